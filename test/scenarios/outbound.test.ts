import { afterEach, describe, expect, it } from 'vitest';
import { answerJson, answerXml } from '../support/hook-server.ts';
import { worldOf } from '../support/world.ts';

const { api, live, number, hookServer } = worldOf(import.meta.url);
let hook: Awaited<ReturnType<typeof hookServer>>;
afterEach(() => hook?.close());

const MENU = `<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <Gather numDigits="1" action="gathered"><Say>Druk op een toets.</Say></Gather>
  <Say>U heeft niets gekozen.</Say>
</Response>`;
const BYE = [{ verb: 'say', text: 'Dank u wel.' }, { verb: 'hangup' }];

describe('a call from the first curl to the last callback', () => {
  it('rings, is answered, speaks, takes a key and ends, and every change is told in order', async () => {
    hook = await hookServer({ '/flows/menu': answerXml(MENU), '/flows/gathered': answerJson(BYE) });
    const id = await api.place({
      to: '+493023125006',
      url: `${hook.url}/flows/menu?tenant=7`,
      status_callback: `${hook.url}/status`,
      tts_language: 'nl-NL',
      metadata: { order: '4711' },
    });
    const call = await api.ended(id);
    expect(call).toMatchObject({
      id,
      status: 'completed',
      direction: 'outbound',
      from: number,
      to: '+493023125006',
      price_unit: 'EUR',
      end_reason: 'flow-ended',
      metadata: { order: '4711' },
    });
    await hook.untilCallbacks('call.ringing', 'call.in-progress', 'call.completed');
    expect(hook.callbacks().map(({ body, id: key }) => [body.sequence, key])).toEqual(
      [1, 2, 3].map((n) => [n, `${id}-${n}`]),
    );
    expect(hook.callbacks().at(-1)?.body.data).toEqual(call);
    expect(hook.requests()).toMatchObject([
      { event: 'answered', call: { id, status: 'in-progress', metadata: { order: '4711' } } },
      { event: 'gather', digits: '1', call: { id } },
    ]);
  });

  it('has a timeline: transitions, flow requests with status and milliseconds, verbs, callback attempts', async () => {
    hook = await hookServer({ '/menu': answerXml(MENU), '/gathered': answerJson(BYE) });
    const id = await api.place({
      to: '+493023125006',
      url: `${hook.url}/menu?secret=1`,
      status_callback: `${hook.url}/status`,
    });
    await api.untilEvent(id, 'callback.delivered', 3);
    const events = await api.events(id);
    expect(events.filter(({ type }) => !String(type).startsWith('callback.'))).toMatchObject([
      { type: 'call.queued' },
      { type: 'call.ringing' },
      { type: 'call.in-progress' },
      {
        type: 'flow.requested',
        event: 'answered',
        url: `${hook.url}/menu`,
        http_status: 200,
        milliseconds: expect.any(Number),
      },
      { type: 'verb.started', verb: 'gather' },
      { type: 'flow.requested', event: 'gather', http_status: 200 },
      { type: 'verb.started', verb: 'say' },
      { type: 'verb.started', verb: 'hangup' },
      { type: 'call.completed' },
    ]);
    expect(events.filter(({ type }) => type === 'callback.delivered')).toMatchObject([
      { event: 'call.ringing', sequence: 1, attempt: 1, http_status: 204 },
      { event: 'call.in-progress', sequence: 2 },
      { event: 'call.completed', sequence: 3 },
    ]);
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  it('falls to the next verb when nothing is pressed', async () => {
    hook = await hookServer({ '/menu': answerXml(MENU) });
    const id = await api.place({ url: `${hook.url}/menu` });
    await api.ended(id);
    expect(hook.requests()).toHaveLength(1);
    expect((await api.events(id)).filter(({ type }) => type === 'verb.started').map(({ verb }) => verb)).toEqual([
      'gather',
      'say',
    ]);
  });

  it('in real time takes real time', async () => {
    const began = performance.now();
    const id = await api.place({ flow: [{ verb: 'pause', length: 2 }], simulate: { speed: 1 } });
    const { status, duration } = await api.ended(id);
    expect(status).toBe('completed');
    expect(duration).toBeGreaterThanOrEqual(2);
    expect(performance.now() - began).toBeGreaterThan(2000);
  });
});

describe('an inline flow', () => {
  it.each([
    ['verbs', [{ verb: 'pause', length: 2 }]],
    ['JSON text', '[{"verb":"pause","length":2}]'],
    ['XML text', '<Response><Pause length="2"/></Response>'],
  ])('may be %s, and is run at the answer', async (_form, flow) => {
    expect(await api.ended(await api.place({ flow }))).toMatchObject({ status: 'completed', duration: 2 });
  });
});

describe('without url or flow', () => {
  it('the call stays up until someone ends it', async () => {
    const id = await api.place({ simulate: { speed: 1 } });
    await api.untilEvent(id, 'call.in-progress');
    expect((await api.delete(`/calls/${id}`)).status).toBe(204);
    expect(await api.call(id)).toMatchObject({ status: 'completed', end_reason: 'api' });
    expect((await api.delete(`/calls/${id}`)).status).toBe(204);
  });

  it('or until the time limit does', async () => {
    expect(await api.ended(await api.place({ time_limit: 90 }))).toMatchObject({
      status: 'completed',
      duration: 90,
      end_reason: 'time-limit',
    });
  });
});

it('a live call fails while no gateway is connected, and says so', async () => {
  const placed = await live.post('/calls', { to: '+31201234567', from: number });
  expect(placed.status).toBe(201);
  expect(await live.ended(placed.body.id)).toMatchObject({
    status: 'failed',
    end_reason: 'no-gateway',
    price: '0.00',
    duration: 0,
  });
});
