import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiClient } from '../support/api.ts';
import { answerJson, hookServer } from '../support/hook-server.ts';
import { prepareState, type RunningWorker, startWorker } from '../support/worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'telefoon-crash-'));
let worker: RunningWorker;
let hook: Awaited<ReturnType<typeof hookServer>>;

beforeAll(async () => {
  prepareState(folder);
  worker = await startWorker(folder);
}, 60_000);
afterAll(async () => {
  await worker.kill();
  rmSync(folder, { recursive: true });
});
afterEach(() => hook?.close());

const client = () => apiClient('tf_test_local', worker.url);

async function crash(): Promise<void> {
  await worker.kill();
  worker = await startWorker(folder);
}

const MENU = { verb: 'gather', numDigits: 1, action: '/bye', timeout: 20, prompts: [{ verb: 'say', text: 'Kies' }] };
const TIMEOUT = { timeout: 120_000 };

describe('kill -9 of the running Worker', () => {
  it('in the middle of a call loses nothing: the call ends properly and every callback arrives', TIMEOUT, async () => {
    hook = await hookServer({ '/menu': answerJson([MENU]), '/bye': answerJson([{ verb: 'pause', length: 1 }]) });
    const digits = [{ after: 8, digits: '1' }];
    const order = { url: `${hook.url}/menu`, status_callback: `${hook.url}/status`, simulate: { speed: 1, digits } };
    const id = await client().place(order);
    await client().untilEvent(id, 'verb.started');
    await crash();
    expect(await client().ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    await hook.untilCallbacks('call.ringing', 'call.in-progress', 'call.completed');
    expect(hook.requests().map(({ event, digits: pressed }) => [event, pressed])).toEqual([
      ['answered', undefined],
      ['gather', '1'],
    ]);
  });

  it('while the customer is away loses no callback, and keeps their order', TIMEOUT, async () => {
    let away = true;
    hook = await hookServer({ '/status': (response) => response.writeHead(away ? 503 : 204).end() });
    const id = await client().place({ flow: [{ verb: 'pause', length: 1 }], status_callback: `${hook.url}/status` });
    await client().ended(id);
    await client().untilEvent(id, 'callback.failed');
    await crash();
    away = false;
    await client().untilEvent(id, 'callback.delivered', 3);
    const accepted = hook.callbacks(id).slice(-3);
    expect(accepted.map(({ body }) => body.type)).toEqual(['call.ringing', 'call.in-progress', 'call.completed']);
    expect(accepted[0]?.id).toBe(hook.callbacks(id)[0]?.id);
  });

  it('right after a call was accepted still makes the call', TIMEOUT, async () => {
    hook = await hookServer();
    const ids = await Promise.all(
      Array.from({ length: 10 }, () => client().place({ flow: [{ verb: 'hangup' }], simulate: { speed: 1 } })),
    );
    await crash();
    for (const id of ids) expect(await client().ended(id)).toMatchObject({ status: 'completed' });
    expect((await client().get('/calls?status=completed')).body.total).toBeGreaterThanOrEqual(10);
  });
});
