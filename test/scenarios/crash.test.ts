import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { apiClient, type Json } from '../support/api.ts';
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

const until = (path: string, what: Json) =>
  vi.waitFor(async () => expect((await client().get(path)).body).toMatchObject(what), 20_000);

/** Since `speaker` was muted, or has left. */
const untilSilent = (listener: string, speaker: string) =>
  vi.waitFor(async () => {
    const { heard } = (await client().get(`/simulator/calls/${listener}/heard`)).body as { heard: Json[] };
    expect(heard.findLast(({ call }) => call === speaker)).toHaveProperty('to');
  }, 20_000);

/** A delivery whose report was lost is made again, under the same id. */
const conferenceEvents = () => {
  const posted = hook.posted.filter(({ path }) => path === '/conference');
  return [...new Map(posted.map(({ id, body }) => [id, body])).values()];
};

const nobodyIsLeft = async () => {
  for (const status of ['queued', 'ringing', 'in-progress'])
    await vi.waitFor(async () => expect((await client().get(`/calls?status=${status}`)).body.total).toBe(0), 20_000);
};

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

  it('while calls dial others, and while they talk, ends all as if nothing had been', TIMEOUT, async () => {
    hook = await hookServer({ '/after': answerJson([{ verb: 'hangup' }]) });
    const dial = { verb: 'dial', number: '+493023125007', action: `${hook.url}/after` };
    // Answered one after the other, so that the crashes find each of them doing something else.
    const simulate = (n: number) => ({ speed: 1, ring_after: 0, answer_after: n / 20 });
    const orders = Array.from({ length: 20 }, (_, n) => ({ flow: [dial], simulate: simulate(n) }));
    const calls = await Promise.all(orders.map((order) => client().place(order)));
    const [first = '', last = ''] = [calls[0], calls.at(-1)];
    await client().untilEvent(first, 'dial.placed');
    await crash();
    const [placed] = await client().untilEvent(last, 'dial.placed');
    await client().untilEvent(placed?.call, 'call.in-progress');
    await crash();
    for (const id of calls) {
      expect(await client().ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
      const [dialled] = await client().untilEvent(id, 'dial.placed');
      expect(await client().ended(dialled?.call)).toMatchObject({ status: 'completed', end_reason: 'hangup' });
    }
    const results = hook.requests().map(({ event, dial_call_status: status }) => `${event} ${status}`);
    expect(new Set(results)).toEqual(new Set(['dial completed']));
    await nobodyIsLeft();
  });

  it('while three are in a conference: it goes on, and its events come once and in order', TIMEOUT, async () => {
    hook = await hookServer({ '/after': answerJson([{ verb: 'hangup' }]) });
    const conference = {
      verb: 'conference',
      name: 'crash',
      action: `${hook.url}/after`,
      statusCallback: `${hook.url}/conference`,
    };
    const enter = () =>
      client().place({ flow: [conference], simulate: { speed: 1, ring_after: 0.1, answer_after: 0.1 } });
    const calls = [await enter(), await enter(), await enter()];
    const [anna = '', ben = '', carl = ''] = calls;
    const [entered] = await client().untilEvent(anna, 'conference.entered');
    const path = `/conferences/${entered?.conference}`;
    await vi.waitFor(() => expect(conferenceEvents()).toHaveLength(4), 20_000);
    await crash();
    expect((await client().get(path)).body).toMatchObject({ participant_count: 3 });
    expect(await client().send('PATCH', `${path}/participants/${anna}`, { muted: true })).toMatchObject({
      status: 200,
    });
    await untilSilent(ben, anna);
    expect((await client().delete(`${path}/participants/${carl}`)).status).toBe(204);
    await crash();
    expect(await client().ended(carl)).toMatchObject({ end_reason: 'flow-ended' });
    await client().delete(`/calls/${anna}`);
    await until(path, { participant_count: 1 });
    await client().delete(path);
    expect(await client().ended(ben)).toMatchObject({ end_reason: 'flow-ended' });
    await until(path, { status: 'completed', end_reason: 'ended-via-api' });
    // The wake-up of a consumer that was lost with the Worker is sent again after a minute.
    await vi.waitFor(() => expect(conferenceEvents().at(-1)?.type).toBe('conference.ended'), 90_000);
    expect(conferenceEvents().map(({ sequence }) => sequence)).toEqual(conferenceEvents().map((_, index) => index + 1));
    expect(conferenceEvents().map(({ type }) => type)).toEqual([
      'participant.joined',
      'participant.joined',
      'conference.started',
      'participant.joined',
      'participant.muted',
      'participant.left',
      'participant.left',
      'participant.left',
      'conference.ended',
    ]);
    await nobodyIsLeft();
  });

  it('in the middle of a recording: it is completed, once, and told', TIMEOUT, async () => {
    hook = await hookServer();
    const digits = [{ after: 0.2, digits: '1', after_prompt: true }];
    const id = await client().place({
      flow: [{ verb: 'pause', length: 6 }],
      record: true,
      recording_notice: 'Toets 1.',
      recording_status_callback: `${hook.url}/recorded`,
      simulate: { speed: 1, answer_after: 0, digits },
    });
    await client().untilEvent(id, 'recording.started');
    await crash();
    expect(await client().ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    await until(`/recordings?call_id=${id}`, { recordings: [{ status: 'completed' }], total: 1 });
    await vi.waitFor(() => expect(hook.posted.some(({ path }) => path === '/recorded')).toBe(true), 20_000);
    const told = hook.posted.filter(({ path }) => path === '/recorded').map(({ id: delivery }) => delivery);
    expect(new Set(told).size).toBe(1);
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
