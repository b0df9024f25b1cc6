import { kindAndPlace } from '../lib/error-kind.ts';

/** A field of a request that is not right; `field` is its path in the body or the query. */
export interface FieldError {
  field: string;
  message: string;
}

export interface ErrorKind {
  status: number;
  message: string;
  headers?: Record<string, string>;
}

/** The error that routes throw. Only this file turns one into a response. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: FieldError[];
  readonly headers: Record<string, string>;

  constructor(
    code: string,
    { status, message, headers: always }: ErrorKind,
    errors: FieldError[] = [],
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.headers = { ...always, ...headers };
  }
}

type Factory = (errors?: FieldError[], headers?: Record<string, string>) => HttpError;

/** Makes the errors of a domain from a table: each has a stable code, a status and a sentence that says what to do. */
export function defineErrors<const Kinds extends Record<string, ErrorKind>>(
  kinds: Kinds,
): { [Code in keyof Kinds]: Factory } {
  const factories = Object.entries(kinds).map(([code, kind]): [string, Factory] => [
    code,
    (errors, headers) => new HttpError(code, kind, errors, headers),
  ]);
  return Object.fromEntries(factories) as { [Code in keyof Kinds]: Factory };
}

export const httpErrors = defineErrors({
  body_broken: { status: 400, message: 'The body broke off, or its transfer encoding is wrong: send it again.' },
  malformed_json: { status: 400, message: 'The body is not well-formed JSON in UTF-8.' },
  unauthorized: { status: 401, message: 'Send a valid API key in the X-API-Key header.' },
  not_found: { status: 404, message: 'There is nothing at this path; GET /v1/voice/openapi.json lists what there is.' },
  method_not_allowed: {
    status: 405,
    message: 'This path does not have this method; the Allow header lists those it has.',
  },
  body_too_large: { status: 413, message: 'The body has more than 128 KB: send less, for example a flow by url.' },
  unsupported_media_type: {
    status: 415,
    message: 'Send the body as JSON, with Content-Type: application/json, and not compressed.',
  },
  invalid_request: { status: 422, message: 'Some fields are not right; errors names each.' },
  unavailable: {
    status: 503,
    message: 'A part of the service does not answer. Nothing was done; try again in a moment.',
    headers: { 'retry-after': '5' },
  },
  internal_error: { status: 500, message: 'Something went wrong on our side. Nothing is known to have been done.' },
});

/**
 * The error as a problem document (RFC 9457): `title` is the sentence of its code, and `detail`
 * names the fields of this request.
 */
export function problemResponse(error: HttpError): Response {
  const { status, code, message, errors, headers } = error;
  const body = {
    type: 'about:blank',
    title: message,
    status,
    code,
    ...(errors.length > 0 && {
      detail: errors.map(({ field, message: wrong }) => `${field} ${wrong}`).join('; '),
      errors,
    }),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  });
}

/** Turns anything that a route threw into a response. An unexpected error is logged once, by its kind only. */
export function errorResponse(error: unknown): Response {
  if (error instanceof HttpError) return problemResponse(error);
  // biome-ignore lint/suspicious/noConsole: the platform's log
  console.error('unexpected error', kindAndPlace(error));
  return problemResponse(isDatabaseError(error) ? httpErrors.unavailable() : httpErrors.internal_error());
}

const isDatabaseError = (error: unknown): boolean =>
  error instanceof Error && /D1_ERROR|Failed query/.test(error.message);
