import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchFlow } from '../../src/calls/object/fetch-flow.ts';
import { fetchPrompt } from '../../src/speech/prompt-fetch.ts';
import { attemptDelivery } from '../../src/webhooks/post.ts';
import { fetchTwice } from '../../src/webhooks/second-try.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

let close = async () => {};
afterEach(() => close());

/** A server that answers its first request with the first of these, and so on, and what it was sent. */
async function serverWith(...answers: Answer[]) {
  const seen: { id: unknown; signature: unknown; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ id: request.headers['webhook-id'], signature: request.headers['webhook-signature'], body });
    answers[seen.length - 1]?.(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = async () => void server.close().closeAllConnections();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen };
}

const cut: Answer = (response) => response.destroy();
const json =
  (value: unknown): Answer =>
  (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));

const delivery = (url: string) => ({
  id: 'CA1-f1',
  url,
  body: '{"type":"flow.requested"}',
  accountId: 'AC1',
  secrets: ['whsec_dGVsZWZvb24tbG9jYWwtd2ViaG9vay1zZWNyZXQ='],
});

describe('a request whose connection is closed before an answer began is sent once more, the same', () => {
  it('when it asks for a flow', async () => {
    const { url, seen } = await serverWith(cut, json([{ verb: 'hangup' }]));
    expect(await fetchFlow(delivery(url), 'any')).toMatchObject({ status: 200, verbs: [{ verb: 'hangup' }] });
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toMatchObject({ id: 'CA1-f1', body: '{"type":"flow.requested"}' });
  });

  it('when it asks for a flow by GET, and where a redirect points', async () => {
    const redirect: Answer = (response) => response.writeHead(307, { location: '/there' }).end();
    const { url, seen } = await serverWith(cut, redirect, cut, json([]));
    expect(await fetchFlow({ ...delivery(url), method: 'GET' }, 'any')).toMatchObject({ url: `${url}there` });
    expect(seen.map(({ id }) => id)).toEqual(['CA1-f1', 'CA1-f1', 'CA1-f1', 'CA1-f1']);
  });

  it('when it delivers a callback, as one attempt', async () => {
    const { url, seen } = await serverWith(cut, (response) => response.writeHead(204).end());
    expect(await attemptDelivery(delivery(url), 'any')).toMatchObject({ status: 204 });
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
  });

  it('when it fetches the audio of a prompt', async () => {
    const { url } = await serverWith(cut, (response) => response.writeHead(200).end('RIFF'));
    expect(await fetchPrompt(url, 'any')).toMatchObject({ ok: true });
  });
});

describe('a request is not sent again', () => {
  it('a third time', async () => {
    const { url, seen } = await serverWith(cut, cut, json([]));
    expect(await fetchFlow(delivery(url), 'any')).toMatchObject({ problem: { code: 'flow_unreachable' } });
    expect(seen).toHaveLength(2);
  });

  it('when an answer has begun', async () => {
    const breaksOff: Answer = (response) => {
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': 100 })
        .write('[', () => response.destroy());
    };
    const { url, seen } = await serverWith(breaksOff, json([]));
    expect(await fetchFlow(delivery(url), 'any')).toMatchObject({ problem: { code: 'flow_unreadable' } });
    expect(seen).toHaveLength(1);
  });

  it('when the server has answered, whatever it said', async () => {
    const { url, seen } = await serverWith((response) => response.writeHead(503).end(), json([]));
    expect(await fetchFlow(delivery(url), 'any')).toMatchObject({ status: 503 });
    expect(seen).toHaveLength(1);
  });

  it('when the time for both tries is over', async () => {
    const over = new AbortController();
    const { url, seen } = await serverWith(() => over.abort(), json([]));
    await expect(fetchTwice(url, { signal: over.signal })).rejects.toThrow();
    expect(seen).toHaveLength(1);
  });

  it('when its URL is refused', async () => {
    const { url, seen } = await serverWith(json([]));
    expect(await fetchFlow(delivery(url), 'https')).toMatchObject({ problem: { code: 'flow_url_refused' } });
    expect(await attemptDelivery(delivery(url), 'https')).toMatchObject({ error: 'url-refused' });
    expect(seen).toEqual([]);
  });
});
