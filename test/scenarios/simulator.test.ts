import { describe, expect, it } from 'vitest';
import { apiClient, type Json, KEYS } from '../support/api.ts';
import { answerJson } from '../support/hook-server.ts';
import { worldOf } from '../support/world.ts';

const { api, live, number, hookServer } = worldOf(import.meta.url);

describe('the numbers reserved for fiction', () => {
  it.each([
    ['000', { status: 'completed', end_reason: 'flow-ended' }],
    ['001', { status: 'busy', end_reason: 'busy', duration: 0, price: '0.00' }],
    ['002', { status: 'no-answer', end_reason: 'timeout', duration: 0, price: '0.00' }],
    ['003', { status: 'failed', end_reason: 'unallocated', duration: 0, price: '0.00' }],
    ['004', { status: 'completed', end_reason: 'flow-ended' }],
    ['007', { status: 'completed', end_reason: 'hangup', duration: 3 }],
    ['008', { status: 'failed', end_reason: 'congestion', duration: 0, price: '0.00' }],
  ])('+49 30 23125 %s end as %j', async (last, end) => {
    const id = await api.place({ to: `+493023125${last}`, flow: [{ verb: 'pause', length: 10 }] });
    expect(await api.ended(id)).toMatchObject(end);
  });

  it('+49 30 23125 004 answers after five seconds', async () => {
    const { start_time, answer_time } = await api.ended(
      await api.place({ to: '+493023125004', flow: [{ verb: 'hangup' }] }),
    );
    expect(Date.parse(String(answer_time)) - Date.parse(String(start_time))).toBeCloseTo(5000, -3);
  });

  it('+49 30 23125 005 is an answering machine', async () => {
    const id = await api.place({ to: '+493023125005', flow: [{ verb: 'pause', length: 10 }] });
    expect(await api.ended(id)).toMatchObject({ status: 'completed', answered_by: 'machine' });
  });

  it('+49 30 23125 006 presses 1 after the first prompt', async () => {
    const hook = await hookServer({ '/menu': answerJson([{ verb: 'hangup' }]) });
    const gather = {
      verb: 'gather',
      numDigits: 1,
      action: `${hook.url}/menu`,
      prompts: [{ verb: 'say', text: 'Kies' }],
    };
    await api.ended(await api.place({ to: '+493023125006', flow: [gather] }));
    expect(hook.requests()).toMatchObject([{ event: 'gather', digits: '1' }]);
    await hook.close();
  });

  it('any other number rings, answers after a second and stays', async () => {
    const id = await api.place({ to: '+31201234567', flow: [{ verb: 'pause', length: 60 }] });
    expect(await api.ended(id)).toMatchObject({ status: 'completed', duration: 60, end_reason: 'flow-ended' });
  });
});

it('tells afterwards what a callee heard, and when', async () => {
  const flow = [
    { verb: 'say', text: 'Een ogenblik.' },
    { verb: 'pause', length: 2 },
    { verb: 'play', url: 'https://x.example/a.wav' },
  ];
  const id = await api.place({ flow, tts_language: 'nl-NL' });
  const call = await api.ended(id);
  const { body } = await api.get(`/simulator/calls/${id}/heard`);
  const heard = body.heard as Json[];
  expect(heard).toMatchObject([
    { what: 'say', text: 'Een ogenblik.', language: 'nl-NL' },
    { what: 'silence' },
    { what: 'play', url: 'https://x.example/a.wav' },
  ]);
  const [say, silence, play] = heard;
  expect([silence?.from, play?.from]).toEqual([say?.to, silence?.to]);
  expect([say?.from, play?.to]).toEqual([call.answer_time, call.end_time]);
  expect((await apiClient(KEYS.other).get(`/simulator/calls/${id}/heard`)).status).toBe(404);
});

describe('simulate', () => {
  it.each([
    ['busy', 'busy', 'busy'],
    ['no-answer', 'no-answer', 'timeout'],
    ['reject', 'busy', 'rejected'],
    ['unallocated', 'failed', 'unallocated'],
    ['congestion', 'failed', 'congestion'],
  ])('outcome %s ends as %s (%s)', async (outcome, status, end_reason) => {
    expect(await api.ended(await api.place({ simulate: { outcome } }))).toMatchObject({ status, end_reason });
  });

  it('is kept to the second at a thousand times the speed', async () => {
    const id = await api.place({
      time_limit: 4000,
      simulate: { ring_after: 2, answer_after: 3.5, hang_up_after: 3600 },
    });
    const call = await api.ended(id);
    expect(call).toMatchObject({ status: 'completed', duration: 3600 });
    const types = (await api.events(id)).map(({ type, timestamp }) => [type, Date.parse(String(timestamp))] as const);
    const at = (type: string) => types.find(([it]) => it === type)?.[1] ?? 0;
    expect(at('call.ringing') - at('call.queued')).toBe(2000);
    expect(at('call.in-progress') - at('call.ringing')).toBe(3500);
  });

  it('presses digits after the answer and after prompts', async () => {
    const menu = { verb: 'gather', numDigits: 2, action: '/menu', prompts: [{ verb: 'say', text: 'Kies' }] };
    const hook = await hookServer({ '/menu': answerJson([menu]) });
    const digits = [
      { after: 0.1, digits: '12' },
      { after: 0.5, digits: '3', after_prompt: true },
      { after: 0.8, digits: '4', after_prompt: true },
    ];
    await api.ended(await api.place({ url: `${hook.url}/menu`, simulate: { digits, hang_up_after: 60 } }));
    expect(hook.requests().map(({ digits: pressed }) => pressed)).toEqual([undefined, '12', '34']);
    await hook.close();
  });

  it('speech takes as long as speaking it would', async () => {
    const text = 'Goedemorgen, u spreekt met de klantenservice van Telefoon.';
    const short = await api.ended(await api.place({ flow: [{ verb: 'say', text }] }));
    const long = await api.ended(await api.place({ flow: [{ verb: 'say', text, loop: 10 }] }));
    expect(short.duration).toBeGreaterThanOrEqual(3);
    expect(Number(long.duration)).toBeGreaterThan(9 * Number(short.duration));
  });

  it('works with test keys only', async () => {
    const refused = await live.post('/calls', { to: '+31201234567', from: number, simulate: {} });
    expect(refused).toMatchObject({ status: 422, body: { code: 'simulate_needs_test_key' } });
  });

  it.each([
    [{ outcome: 'explode' }, 'simulate.outcome'],
    [{ speed: 0 }, 'simulate.speed'],
    [{ speed: 1001 }, 'simulate.speed'],
    [{ ring_after: -1 }, 'simulate.ring_after'],
    [{ digits: [{ after: 1, digits: 'abc' }] }, 'simulate.digits.0.digits'],
    [{ digits: 'abc' }, 'simulate.digits'],
    [{ talks: [{ after: 1 }] }, 'simulate.talks.0.for'],
  ])('%j is refused, naming %s', async (simulate, field) => {
    const refused = await api.post('/calls', { to: '+493023125000', from: number, simulate });
    expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_request', errors: [{ field }] } });
  });
});

it('a ringing call can be canceled', async () => {
  const id = await api.place({ to: '+493023125002', simulate: { speed: 1 } });
  await api.untilEvent(id, 'call.ringing');
  expect((await api.delete(`/calls/${id}`)).status).toBe(204);
  expect(await api.call(id)).toMatchObject({ status: 'canceled', end_reason: 'api', duration: 0, price: '0.00' });
});
