import * as v from 'valibot';
import { validationMessage } from '../lib/validation-message.ts';
import { readJsonBody } from './body.ts';
import { type FieldError, httpErrors } from './errors.ts';
import { unknownFields } from './unknown-fields.ts';

export type Schema = v.GenericSchema;
type OutputOf<S> = S extends Schema ? v.InferOutput<S> : undefined;

/** A request as a route's handler gets it: authenticated and validated. */
export interface RequestContext<Params, Query, Body, Who> {
  params: Params;
  query: Query;
  body: Body;
  caller: Who;
  headers: Headers;
  env: Env;
  /** Adds a warning for the client to the `warnings` of the response. */
  warn(warning: string): void;
}

export interface RouteSpec<Params, Query, Body, Who> {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** The path, with `:name` for each parameter. */
  path: string;
  operationId: string;
  summary: string;
  tag: string;
  params?: Params;
  query?: Query;
  body?: Body;
  /** Whether the body may be left out, in which case its defaults apply. */
  bodyOptional?: boolean;
  /** The schema of each successful response, by status; undefined for a response without a body. */
  replies: Record<number, Schema | undefined>;
  /** The codes of the errors that this route can respond with, besides those of every route. */
  errors?: string[];
  handle(context: RequestContext<OutputOf<Params>, OutputOf<Query>, OutputOf<Body>, Who>): Promise<Response>;
}

/** A route as the router and the OpenAPI description see it, without the types of its parts. */
export interface ApiRoute
  extends Omit<RouteSpec<Schema | undefined, Schema | undefined, Schema | undefined, unknown>, 'handle'> {
  respond(request: Request, params: Record<string, string>, env: Env): Promise<Response>;
}

/**
 * The part of a route that the router needs. An endpoint that is no more than this takes no API
 * key and is not in the OpenAPI description.
 */
export type Endpoint = Pick<ApiRoute, 'path' | 'respond'> & { method: ApiRoute['method'] | 'HEAD' | 'PUT' };

/** Makes a route. `identify` resolves to the caller of a request, or throws a 401. */
export function routeOf<
  Params extends Schema | undefined,
  Query extends Schema | undefined,
  Body extends Schema | undefined,
  Who,
>(spec: RouteSpec<Params, Query, Body, Who>, identify: (request: Request, env: Env) => Promise<Who>): ApiRoute {
  const { handle, ...description } = spec;
  const respond: ApiRoute['respond'] = async (request, params, env) => {
    const caller = await identify(request, env);
    const query = readQuery(request.url);
    const body = spec.body && ((await readJsonBody(request)) ?? (spec.bodyOptional ? {} : undefined));
    const warnings = warningsFor({ query: [spec.query, query], body: [spec.body, body] });
    const response = await handle({
      params: validate<Params>(spec.params, decoded(params)),
      query: validate<Query>(spec.query, query),
      body: validate<Body>(spec.body, body),
      caller,
      headers: request.headers,
      env,
      warn: (warning) => void warnings.push(warning),
    });
    return withWarnings(response, warnings);
  };
  return { ...description, respond };
}

/** Reads the query. A parameter that is given twice is refused, because nobody can know which of the two is meant. */
function readQuery(url: string): Record<string, string> {
  const { searchParams } = new URL(url);
  const twice = [...new Set(searchParams.keys())].filter((name) => searchParams.getAll(name).length > 1);
  if (twice.length > 0) {
    throw httpErrors.invalid_request(twice.map((field) => ({ field, message: 'must be given once' })));
  }
  return Object.fromEntries(searchParams);
}

/** Validates a value by its schema; throws a 422 that names every field that is not right. */
function validate<S extends Schema | undefined>(schema: S | undefined, value: unknown): OutputOf<S> {
  if (!schema) return undefined as OutputOf<S>;
  const result = v.safeParse(schema, value);
  if (result.success) return result.output as OutputOf<S>;
  throw httpErrors.invalid_request(result.issues.map(toFieldError));
}

function toFieldError(issue: v.BaseIssue<unknown>): FieldError {
  const path = (issue.path ?? []).map(({ key }) => String(key)).join('.');
  return { field: path || 'body', message: validationMessage(issue) };
}

/**
 * Warnings about fields that are ignored. Throws a 422 for a known field that is misspelt,
 * because that would silently do nothing.
 */
function warningsFor(parts: Record<string, [Schema | undefined, unknown]>): string[] {
  const found = Object.values(parts).map(([schema, value]) => unknownFields(schema, value));
  const wrong = found.flatMap((it) => it.wrong);
  if (wrong.length > 0) throw httpErrors.invalid_request(wrong);
  return found.flatMap(({ ignored }) => ignored.map((field) => `${field} is unknown and was ignored`));
}

/** Adds the warnings to a response in JSON. Other responses have no place for them. */
async function withWarnings(response: Response, warnings: string[]): Promise<Response> {
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  if (warnings.length === 0 || !isJson) return response;
  const body = await response.json<Record<string, unknown>>();
  return reply(response.status, { ...body, warnings });
}

/**
 * Responses are for the client alone and change all the time: no cache on the way may keep them,
 * and no browser may take them for a page.
 */
const RESPONSE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function reply(status: number, body?: unknown): Response {
  return body === undefined
    ? new Response(null, { status, headers: RESPONSE_HEADERS })
    : Response.json(body, { status, headers: RESPONSE_HEADERS });
}

/** The parts of a path as they were before a client escaped them. One that cannot be is as it came: it names nothing. */
const decoded = (params: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(params).map(([name, part]) => [name, decodedPart(part)]));

function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
