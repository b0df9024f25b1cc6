import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiClient } from '../support/api.ts';
import { SECRET } from '../support/hook-server.ts';
import { until } from '../support/until.ts';
import { type SampleServer, startServer } from './customer.ts';
import { pageNamed } from './pages.ts';

const folder = mkdtempSync(join(tmpdir(), 'telefoon-sample-'));
let server: SampleServer;
let url: string;

beforeAll(async () => {
  const block = pageNamed('quick-start.md').blocks.find(({ kind }) => kind === 'server.mjs');
  if (!block) throw new Error('The quick start has no server.mjs.');
  server = await startServer(block, folder);
  url = `http://127.0.0.1:${server.port}`;
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const statusOf = async (init: RequestInit): Promise<number> => (await fetch(`${url}/flow`, init)).status;

const signed = (body: string, at = new Date(), secret = SECRET) => ({
  'webhook-id': 'CA-1',
  'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
  'webhook-signature': new Webhook(secret).sign('CA-1', at, body),
});

const asked = JSON.stringify({
  type: 'flow.requested',
  timestamp: '2026-11-23T09:00:00.000Z',
  data: { event: 'answered' },
});

describe('the server of the quick start', () => {
  it('answers what is signed, whichever of two secrets did it', async () => {
    const headers = signed(asked);
    const twice = { ...headers, 'webhook-signature': `v1,bm90IG91cnM= ${headers['webhook-signature']}` };
    expect(await statusOf({ method: 'POST', body: asked, headers })).toBe(200);
    expect(await statusOf({ method: 'POST', body: asked, headers: twice })).toBe(200);
  });

  it.each<[string, RequestInit, number]>([
    ['a GET', {}, 401],
    ['a request without a body', { method: 'POST' }, 401],
    ['text that is not JSON', { method: 'POST', body: 'to=1&from=2' }, 401],
    ['another content type', { method: 'PUT', body: '<x/>', headers: { 'content-type': 'text/xml' } }, 401],
    ['a body of 20 MB', { method: 'POST', body: 'x'.repeat(20_000_000) }, 413],
    [
      'a signature of somebody else',
      { method: 'POST', body: asked, headers: signed(asked, new Date(), 'whsec_AAAA') },
      401,
    ],
    ['a signature of another body', { method: 'POST', body: `${asked} `, headers: signed(asked) }, 401],
    [
      'a signature of yesterday',
      { method: 'POST', body: asked, headers: signed(asked, new Date(Date.now() - 86_400_000)) },
      401,
    ],
    [
      'headers that make no sense',
      { method: 'POST', body: asked, headers: { ...signed(asked), 'webhook-timestamp': 'now' } },
      401,
    ],
    ['signed nonsense', { method: 'POST', body: 'null', headers: signed('null') }, 400],
    ['signed text that is not JSON', { method: 'POST', body: '{', headers: signed('{') }, 400],
  ])('refuses %s', async (_what, init, status) => {
    expect(await statusOf(init)).toBe(status);
  });

  it('survives a client that goes away in the middle of its body', async () => {
    const halfSent = request(`${url}/flow`, { method: 'POST', headers: { 'content-length': 1000 } });
    const gone = new Promise((resolve) => halfSent.on('error', resolve));
    await new Promise<void>((resolve) => halfSent.write('{', () => resolve()));
    halfSent.destroy();
    await gone;
    expect(await statusOf({})).toBe(401);
  });

  it('takes a call through its menu after all that', async () => {
    const api = apiClient();
    const order = { to: '+493023125006', url: `${url}/flow`, status_callback: `${url}/status` };
    expect(await api.ended(await api.place(order))).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    await until(() => expect(server.printed()).toContain('call.completed'));
    expect(server.printed()).toContain('/pressed flow.requested gather 1');
  });
});
