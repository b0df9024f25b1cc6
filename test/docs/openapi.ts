import { inject } from 'vitest';
import { KEYS } from '../support/api.ts';

export interface Schema {
  enum?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
}

interface Operation {
  parameters: { name: string; in: string }[];
  responses: { default: { description: string } };
}

/** What every request can be answered with: no page repeats it for each. */
const GENERAL = ['unauthorized', 'invalid_request'];

const answer = await fetch(`${inject('url')}/v1/voice/openapi.json`, { headers: { 'x-api-key': KEYS.local } });
const described = (await answer.json()) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

/** Every request of the API as pages write it, with its own errors and its query. */
export const OPERATIONS = Object.entries(described.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { parameters, responses }]) => ({
    request: `${method.toUpperCase()} ${path}`,
    errors: (responses.default.description.match(/[a-z]+(_[a-z0-9]+)+|unauthorized/g) ?? []).filter(
      (code) => !GENERAL.includes(code),
    ),
    query: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
  })),
);

export function schemaNamed(name: string): Schema {
  const schema = described.components.schemas[name];
  if (!schema) throw new Error(`The API has no schema ${name}.`);
  return schema;
}
