import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import type { ApiRoute } from './route.ts';

type Json = Record<string, unknown>;

/**
 * Describes the API in OpenAPI 3.1. The description is derived from the schemas that validate, so that it cannot differ from
 * them. `schemas` are those that no route has; they are described by their names.
 */
export function describeApi(routes: ApiRoute[], schemas: Record<string, v.GenericSchema> = {}): Json {
  const components: Json = {};
  for (const [name, schema] of Object.entries(schemas)) components[name] = schemaOf(schema, components);
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace('/v1/voice', '').replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route, components) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Telefoon Voice API',
      version: 'v1',
      description: 'GDPR-compliant programmable voice API for European markets.',
      contact: { name: 'Telefoon Support', url: 'https://www.telefoon.com/support', email: 'api-support@telefoon.com' },
      termsOfService: 'https://www.telefoon.com/terms',
    },
    servers: [{ url: '/v1/voice' }],
    security: [{ ApiKeyAuth: [] }],
    paths,
    components: {
      securitySchemes: { ApiKeyAuth: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
      schemas: { ...components, Problem: PROBLEM },
    },
  };
}

const PROBLEM: Json = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable: programs decide by it' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { field: { type: 'string' }, message: { type: 'string' } } },
    },
  },
};

function describeRoute(route: ApiRoute, components: Json): Json {
  const { operationId, summary, tag, params, query, body, bodyOptional, replies, errors = [] } = route;
  const successes = Object.entries(replies).map(([status, schema]) => [status, describeReply(schema, components)]);
  const codes = ['unauthorized', ...(body || query ? ['invalid_request'] : []), ...errors];
  return {
    operationId,
    summary,
    tags: [tag],
    parameters: [...parametersOf(params, 'path', components), ...parametersOf(query, 'query', components)],
    ...(body && { requestBody: { required: !bodyOptional, content: jsonOf(schemaOf(body, components)) } }),
    responses: {
      ...Object.fromEntries(successes),
      ...(params && { 404: describeError('Nothing with this id belongs to the account.') }),
      default: describeError(`An error. Codes: ${codes.join(', ')}.`),
    },
  };
}

const describeError = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

const jsonOf = (schema: Json): Json => ({ 'application/json': { schema } });

const describeReply = (schema: v.GenericSchema | undefined, components: Json): Json => ({
  description: 'Done',
  ...(schema && { content: jsonOf(schemaOf(schema, components)) }),
});

function parametersOf(schema: v.GenericSchema | undefined, place: 'path' | 'query', components: Json): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, components) as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: withNumericDefault(field as Json),
  }));
}

/** The default of a query parameter is text, as a query is; the description gives the number that it means. */
const withNumericDefault = (field: Json): Json =>
  field.type === 'integer' && typeof field.default === 'string' ? { ...field, default: Number(field.default) } : field;

/** The JSON schema of a schema. Schemas with a title are described once, under components. */
function schemaOf(schema: v.GenericSchema, components: Json): Json {
  const { $schema: _dialect, ...json } = toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input' }) as Json;
  return hoist(json, components) as Json;
}

function hoist(value: unknown, components: Json): unknown {
  if (Array.isArray(value)) return value.map((item) => hoist(item, components));
  if (typeof value !== 'object' || value === null) return value;
  const inside = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hoist(item, components)]));
  if (typeof inside.title !== 'string' || inside.type !== 'object' || !/^[A-Z]/.test(inside.title)) return inside;
  components[inside.title] = inside;
  return { $ref: `#/components/schemas/${inside.title}` };
}
