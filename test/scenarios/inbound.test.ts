import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../support/api.ts';
import { answerJson } from '../support/hook-server.ts';
import { operator } from '../support/operator.ts';
import { until } from '../support/until.ts';
import { worldOf } from '../support/world.ts';

const { api, live, account, number, hookServer } = worldOf(import.meta.url);
let document: unknown = [];
let hook: Awaited<ReturnType<typeof hookServer>>;

beforeAll(async () => {
  hook = await hookServer({
    '/voice': (response, posted) => answerJson(document)(response, posted),
    '/menu': answerJson([{ verb: 'hangup' }]),
    '/broken': (response) => response.writeHead(500).end(),
  });
  // The operator's command, as the documents have it.
  const urls = ['--voice-url', `${hook.url}/voice`, '--status-callback', `${hook.url}/status`];
  expect(await operator('account', 'number', number, ...urls)).toMatchObject({ status: 0 });
});
afterAll(() => hook.close());

async function ring(flow: unknown, simulate: Json = {}): Promise<string> {
  document = flow;
  const rung = await api.post('/simulator/inbound-calls', {
    to: number,
    from: '+32470123456',
    simulate: { speed: 1000, ...simulate },
  });
  expect(rung).toMatchObject({
    status: 201,
    body: { status: 'ringing', direction: 'inbound', to: number, from: '+32470123456' },
  });
  return String(rung.body.id);
}

describe('a call to a number of ours', () => {
  it('asks its voice_url while it rings, is answered by the first verb and runs its flow', async () => {
    const menu = { verb: 'gather', numDigits: 1, action: '/menu', prompts: [{ verb: 'say', text: 'Kies' }] };
    const id = await ring([menu], { digits: [{ after: 0.5, digits: '2', after_prompt: true }] });
    expect(await api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    expect(hook.requests(id)).toMatchObject([
      { event: 'incoming', call: { id, status: 'ringing', direction: 'inbound' } },
      { event: 'gather', digits: '2', call: { status: 'in-progress' } },
    ]);
    await until(() =>
      expect(hook.callbacks(id).map(({ body }) => body.type)).toEqual([
        'call.ringing',
        'call.in-progress',
        'call.completed',
      ]),
    );
  });

  it.each([
    ['rejected', 'no-answer'],
    ['busy', 'busy'],
  ])('can be refused as %s before it is answered, free of charge: %s', async (reason, status) => {
    const id = await ring([{ verb: 'reject', reason }]);
    expect(await api.ended(id)).toMatchObject({ status, end_reason: 'rejected', duration: 0, price: '0.00' });
  });

  it('is answered later when the flow begins with a pause', async () => {
    const { start_time, answer_time } = await api.ended(
      await ring([
        { verb: 'pause', length: 7 },
        { verb: 'say', text: 'Hallo' },
      ]),
    );
    expect(Math.round((Date.parse(String(answer_time)) - Date.parse(String(start_time))) / 1000)).toBe(7);
  });

  it('whose caller gives up while it rings was not answered', async () => {
    const id = await ring([{ verb: 'pause', length: 30 }], { give_up_after: 5 });
    expect(await api.ended(id)).toMatchObject({ status: 'no-answer', end_reason: 'canceled', duration: 0 });
  });

  it.each([1, 1000])('whose caller gives up at once, at speed %i, does not ring on', async (speed) => {
    const id = await ring([{ verb: 'say', text: 'Hallo' }], { give_up_after: 0, speed });
    expect(await api.ended(id)).toMatchObject({ status: 'no-answer', end_reason: 'canceled' });
  });

  it('that nobody answers within two minutes is given up', async () => {
    expect(await api.ended(await ring([{ verb: 'pause', length: 600 }]))).toMatchObject({
      status: 'no-answer',
      end_reason: 'timeout',
    });
  });

  it('whose flow cannot be had is answered with the notice', async () => {
    expect(await api.ended(await ring({ not: 'a flow' }))).toMatchObject({
      status: 'completed',
      end_reason: 'flow-failed',
    });
  });

  it('whose caller hangs up ends the call', async () => {
    const id = await ring(
      [
        { verb: 'pause', length: 1 },
        { verb: 'say', text: 'Hallo', loop: 100 },
      ],
      { hang_up_after: 12 },
    );
    expect(await api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'hangup', duration: 12 });
  });

  it('can be ended by its customer while it rings', async () => {
    const id = await ring([{ verb: 'pause', length: 60 }], { speed: 1 });
    await api.untilEvent(id, 'verb.started');
    await api.delete(`/calls/${id}`);
    expect(await api.call(id)).toMatchObject({ status: 'canceled', end_reason: 'api' });
  });
});

describe('the simulator refuses', () => {
  it('a number without a voice_url', async () => {
    expect(await api.post('/simulator/inbound-calls', { to: account.spareNumber, from: '+32470123456' })).toMatchObject(
      {
        status: 422,
        body: { code: 'number_not_configured' },
      },
    );
  });

  it('a live key', async () => {
    expect(await live.post('/simulator/inbound-calls', { to: number, from: '+32470123456' })).toMatchObject({
      status: 422,
      body: { code: 'simulate_needs_test_key' },
    });
  });

  it('numbers that are none', async () => {
    expect(await api.post('/simulator/inbound-calls', { to: 'x', from: 'y' })).toMatchObject({
      body: { errors: [{ field: 'to' }, { field: 'from' }] },
    });
  });
});
