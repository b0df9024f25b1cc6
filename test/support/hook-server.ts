import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { expect, vi } from 'vitest';
import type { Json } from './api.ts';

export const SECRET = 'whsec_dGVsZWZvb24tbG9jYWwtd2ViaG9vay1zZWNyZXQ=';

export const OTHER_SECRET = 'whsec_b3RoZXItbG9jYWwtd2ViaG9vay1zZWNyZXQtMDAwMDA=';

export interface Posted {
  path: string;
  id: string;
  body: { type: string; timestamp: string; sequence?: number; data: Json };
}

type Answering = (response: ServerResponse, posted: Posted) => void;

/**
 * A customer's server with answers by path. It accepts only what the public standardwebhooks library accepts, and
 * remembers everything in the order of arrival.
 */
export async function hookServer(answers: Record<string, Answering> = {}, secret = SECRET) {
  const posted: Posted[] = [];
  const server = createServer(async (request, response) => {
    const text = await read(request);
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    const headers = request.headers as Record<string, string>;
    // A GET signs an empty body, which the library then reads as JSON.
    const wanted = request.method === 'GET' ? { type: 'GET', timestamp: '', data: {} } : undefined;
    const body = (wanted ?? new Webhook(secret).verify(text, headers)) as Posted['body'];
    const entry = { path, id: headers['webhook-id'] ?? '', body };
    posted.push(entry);
    const answer = answers[path];
    if (answer) answer(response, entry);
    else response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    posted,
    callbacks: (id?: string) =>
      posted.filter(({ body }) => body.type.startsWith('call.') && (!id || body.data.id === id)),
    requests: () => posted.filter(({ body }) => body.type === 'flow.requested').map(({ body }) => body.data),
    async untilCallbacks(...types: string[]) {
      await vi.waitFor(() => {
        const got = posted.filter(({ body }) => body.type.startsWith('call.')).map(({ body }) => body.type);
        expect(got).toEqual(types);
      }, 20_000);
    },
    async untilPosted(path: string, count: number) {
      await vi.waitFor(() => expect(posted.filter((it) => it.path === path)).toHaveLength(count), 20_000);
    },
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
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
