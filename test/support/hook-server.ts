import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { expect } from 'vitest';
import type { Json } from './api.ts';
import { until } from './until.ts';

export const SECRET = 'whsec_dGVsZWZvb24tbG9jYWwtd2ViaG9vay1zZWNyZXQ=';

export const OTHER_SECRET = 'whsec_b3RoZXItbG9jYWwtd2ViaG9vay1zZWNyZXQtMDAwMDA=';

export interface Posted {
  path: string;
  id: string;
  body: { type: string; timestamp: string; sequence?: number; data: Json };
}

export type Answering = (response: ServerResponse, posted: Posted) => void;

/**
 * A customer's server with answers by path. It accepts only what the public standardwebhooks library accepts, and
 * remembers that in the order of arrival. Anything else, such as what another account sends, gets a 401.
 */
export async function hookServer(answers: Record<string, Answering> = {}, secret = SECRET) {
  const posted: Posted[] = [];
  const refused: string[] = [];
  const server = createServer(async (request, response) => {
    const text = await read(request);
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    const headers = request.headers as Record<string, string>;
    const body = verified(text, request, secret);
    if (!body) {
      refused.push(`${request.method} ${path}`);
      return void response.writeHead(401).end();
    }
    const entry = { path, id: headers['webhook-id'] ?? '', body };
    posted.push(entry);
    const answer = answers[path];
    if (answer) answer(response, entry);
    else response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const callbacks = (id?: string) =>
    posted.filter(({ body }) => body.type.startsWith('call.') && (!id || body.data.id === id));
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return {
    url,
    posted,
    /** What was not signed with the secret. */
    refused,
    at: (path: string) => posted.filter((it) => it.path === path),
    callbacks,
    /** The requests for documents, of one call or of all. */
    requests: (id?: string) =>
      posted
        .filter(({ body }) => body.type === 'flow.requested' && (!id || (body.data.call as Json).id === id))
        .map(({ body }) => body.data),
    untilCallbacks: (...types: string[]) =>
      until(() => expect(callbacks().map(({ body }) => body.type)).toEqual(types)),
    /** Everything posted to this path, once it is so much. */
    untilPosted: (path: string, count: number) =>
      until(() => {
        const there = posted.filter((it) => it.path === path);
        expect(there.length, `posted to ${path}, beside ${refused.length} refused`).toBeGreaterThanOrEqual(count);
        return there;
      }),
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}

/** What was posted, if it was signed with the secret. A GET signs an empty body, which the library then reads as JSON. */
function verified(text: string, { method, headers }: IncomingMessage, secret: string): Posted['body'] | undefined {
  if (method === 'GET') return { type: 'GET', timestamp: '', data: {} };
  try {
    return new Webhook(secret).verify(text, headers as Record<string, string>) as Posted['body'];
  } catch {
    return undefined;
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export const answerXml =
  (xml: string): Answering =>
  (response) =>
    response.writeHead(200, { 'content-type': 'application/xml' }).end(xml);

export const answerJson =
  (document: unknown): Answering =>
  (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
