import { readFileSync } from 'node:fs';
import addFormats from 'ajv-formats';
import { OpenAPIBackend } from 'openapi-backend';
import { parse } from 'yaml';

/** The published contract of the API. */
export const CONTRACT = parse(readFileSync('test/contract/telefoon-voice.yaml', 'utf8'));

const api = new OpenAPIBackend({
  definition: CONTRACT,
  apiRoot: '/v1/voice',
  strict: true,
  customizeAjv: (ajv) => addFormats.default(ajv),
});
await api.init();

/** What the contract says against an answer of ours; nothing where the contract does not know the path. */
export function contractComplaints(method: string, url: string, status: number, body: unknown): string[] {
  const { pathname, search } = new URL(url);
  const operation = api.matchOperation({ method, path: pathname, query: search, headers: {} });
  if (!operation || status >= 400) return [];
  if (!(status in (operation.responses ?? {}))) return [`${method} ${pathname} must not answer ${status}`];
  const { valid, errors } = api.validateResponse(body ?? null, operation, status);
  return valid ? [] : (errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

/** RFC 9457, and our own promises beyond it. */
export function problemComplaints(status: number, type: string | null, body: unknown): string[] {
  const problem = body as Record<string, unknown>;
  return [
    ...(type === 'application/problem+json' ? [] : [`an error is application/problem+json, not ${type}`]),
    ...(problem?.status === status ? [] : ['status must be that of the answer']),
    ...(typeof problem?.code === 'string' && /^[a-z_]+$/.test(problem.code) ? [] : ['code must be stable snake_case']),
    ...(typeof problem?.title === 'string' && problem.title.length > 20 ? [] : ['title must be a sentence']),
  ];
}
