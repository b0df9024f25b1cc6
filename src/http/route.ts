import * as v from 'valibot';
import { validationMessage } from '../lib/validation-message.ts';
import { readJsonBody } from './body.ts';
import { type FieldError, httpErrors } from './errors.ts';
import { unknownFields } from './unknown-fields.ts';

export type Schema = v.GenericSchema;
type OutputOf<S> = S extends Schema ? v.InferOutput<S> : undefined;

/** What a route's handler gets: everything already authenticated and validated. */
export interface RequestContext<Params, Query, Body, Who> {
  params: Params;
  query: Query;
  body: Body;
  caller: Who;
  headers: Headers;
  env: Env;
  /** Tells the client something beside the answer: it stands in the answer's `warnings`. */
  warn(warning: string): void;
}

export interface RouteSpec<Params, Query, Body, Who> {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `:name` for parameters, as the router has it. */
  path: string;
  operationId: string;
  summary: string;
  tag: string;
  params?: Params;
  query?: Query;
  body?: Body;
  /** The body may be left out; then its defaults apply. */
  bodyOptional?: boolean;
  /** The schema of each successful answer; undefined where it has no body. */
  replies: Record<number, Schema | undefined>;
  /** Codes of the errors that this route can answer with, beside those of every route. */
  errors?: string[];
  handle(context: RequestContext<OutputOf<Params>, OutputOf<Query>, OutputOf<Body>, Who>): Promise<Response>;
}

/** A route whose types no longer matter: what the router and the OpenAPI document see. */
export interface ApiRoute
  extends Omit<RouteSpec<Schema | undefined, Schema | undefined, Schema | undefined, unknown>, 'handle'> {
  respond(request: Request, params: Record<string, string>, env: Env): Promise<Response>;
}

/** What the router needs of a route. One that is only this takes no API key and is not in the OpenAPI document. */
export type Endpoint = Pick<ApiRoute, 'path' | 'respond'> & { method: ApiRoute['method'] | 'HEAD' | 'PUT' };

/** A route whose requests are identified by `identify`, which answers with who asks or throws a 401. */
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
      params: validate<Params>(spec.params, params),
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

/** Each parameter once: which of two would be meant? */
function readQuery(url: string): Record<string, string> {
  const { searchParams } = new URL(url);
  const twice = [...new Set(searchParams.keys())].filter((name) => searchParams.getAll(name).length > 1);
  if (twice.length > 0) {
    throw httpErrors.invalid_request(twice.map((field) => ({ field, message: 'must be given once' })));
  }
  return Object.fromEntries(searchParams);
}

/** The value as its schema has it, or a 422 that names every field. */
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

/** What a request has that is ignored; or a 422 where that is a known field misspelt, which would silently do nothing. */
function warningsFor(parts: Record<string, [Schema | undefined, unknown]>): string[] {
  const found = Object.values(parts).map(([schema, value]) => unknownFields(schema, value));
  const wrong = found.flatMap((it) => it.wrong);
  if (wrong.length > 0) throw httpErrors.invalid_request(wrong);
  return found.flatMap(({ ignored }) => ignored.map((field) => `${field} is unknown and was ignored`));
}

/** Adds the warnings to an answer in JSON; any other answer has no place for them. */
async function withWarnings(response: Response, warnings: string[]): Promise<Response> {
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  if (warnings.length === 0 || !isJson) return response;
  const body = await response.json<Record<string, unknown>>();
  return reply(response.status, { ...body, warnings });
}

/** Answers are for the client alone and change all the time: nobody on the way may keep them, or take them for a page. */
const ANSWER_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function reply(status: number, body?: unknown): Response {
  return body === undefined
    ? new Response(null, { status, headers: ANSWER_HEADERS })
    : Response.json(body, { status, headers: ANSWER_HEADERS });
}
