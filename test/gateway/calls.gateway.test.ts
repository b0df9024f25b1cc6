import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PHONES, phoneThatPresses } from '../../src/gateway-agent/configuration/phones.ts';
import type { Json } from '../support/api.ts';
import { answerJson, hookServer } from '../support/hook-server.ts';
import { FROM, gatewayView, startWorld, type World } from './world.ts';

const OURS = '+3222345678';

describe.skipIf(inject('skipped'))('a live call over SIP', () => {
  let world: World;
  let hook: Awaited<ReturnType<typeof hookServer>>;
  let document: unknown = [];

  const firstCall = () => String((hook.requests()[0]?.call as Json | undefined)?.id);

  beforeAll(async () => {
    hook = await hookServer({
      '/voice': (response, posted) => answerJson(document)(response, posted),
      '/next': answerJson([{ verb: 'hangup' }]),
    });
    world = await startWorld(4);
    const number = ['src/cli/account.ts', 'number', OURS, '--voice-url', `${hook.url}/voice`];
    execFileSync('node', [...number, '--persist-to', world.state]);
  });
  afterAll(async () => {
    await world?.end();
    await hook?.close();
  });

  it('shows its gateway to the operator, and to nobody else', async () => {
    expect(await gatewayView(world)).toMatchObject({
      version: expect.stringMatching(/^22\.1\d/),
      live_channels: 0,
      trunks: ['phones'],
    });
    expect(await world.api.get('/gateways')).toMatchObject({ status: 401 });
  });

  it.each([
    ['busy', 'busy', 'busy', ['call.queued', 'call.busy']],
    ['unallocated', 'failed', 'unallocated', ['call.queued', 'call.failed']],
    ['declines', 'busy', 'rejected', ['call.queued', 'call.ringing', 'call.busy']],
    ['congestion', 'failed', 'congestion', ['call.queued', 'call.failed']],
    ['unavailable', 'no-answer', 'no-answer', ['call.queued', 'call.no-answer']],
    ['announces', 'failed', 'unallocated', ['call.queued', 'call.failed']],
  ] as const)('to the phone that %s ends %s, because of %s', async (phone, status, reason, types) => {
    const id = await world.call(PHONES[phone].number);
    expect(await world.api.ended(id)).toMatchObject({ status, end_reason: reason, duration: 0 });
    expect(await world.types(id)).toEqual(types);
  });

  it.each([
    ['machine', 'machine'],
    ['greets', undefined],
    ['listens', undefined],
  ] as const)('to the phone that %s has answered_by: %s', async (phone, by) => {
    const flow = [{ verb: 'pause', length: 7 }, { verb: 'hangup' }];
    const id = await world.call(PHONES[phone].number, { flow, machine_detection: true });
    expect((await world.api.ended(id)).answered_by).toBe(by);
    expect((await world.types(id)).includes('leg.machine-detected')).toBe(by === 'machine');
    await expect.poll(() => world.gateway.asterisk('core show channels count')).toContain('0 active channels');
  });

  it('gives up after its own timeout, and the phone stops ringing', async () => {
    const id = await world.call(PHONES.neverAnswers.number, { timeout: 5 });
    expect(await world.api.ended(id)).toMatchObject({ status: 'no-answer', end_reason: 'timeout' });
    await expect.poll(() => world.phones.asterisk('core show channels count')).toContain('0 active channels');
  });

  it('is cancelled while it rings', async () => {
    const id = await world.call(PHONES.neverAnswers.number);
    await world.until(id, 'ringing');
    expect(await world.api.delete(`/calls/${id}`)).toMatchObject({ status: 204 });
    expect(await world.api.ended(id)).toMatchObject({ status: 'canceled', end_reason: 'api' });
    await expect.poll(() => world.phones.asterisk('core show channels count')).toContain('0 active channels');
  });

  it('that was answered is ended by the API', async () => {
    const id = await world.call(PHONES.listens.number);
    await world.until(id, 'in-progress');
    await world.api.delete(`/calls/${id}`);
    expect(await world.api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'api' });
    expect(await world.types(id)).toEqual([
      'call.queued',
      'call.ringing',
      'call.in-progress',
      'verb.started',
      'call.completed',
    ]);
  });

  it('that was answered is ended by the phone', async () => {
    const id = await world.call(PHONES.hangsUp.number);
    const { duration, ...call } = await world.api.ended(id);
    expect(call).toMatchObject({ status: 'completed', end_reason: 'hangup' });
    expect(Number(duration)).toBeGreaterThanOrEqual(2);
  });

  it('hears the keys that the phone presses', async () => {
    document = [{ verb: 'gather', numDigits: 6, finishOnKey: '#', timeout: 8, action: '/next' }];
    hook.posted.splice(0);
    const id = await world.call(PHONES.sendsDigits.number, { url: `${hook.url}/voice` });
    expect(await world.api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    expect(hook.requests()).toMatchObject([{ event: 'answered' }, { event: 'gather', digits: '1234' }]);
  });

  it('that is one of twenty at once hears its own key', async () => {
    document = [{ verb: 'gather', numDigits: 1, timeout: 15, action: '/next' }];
    hook.posted.splice(0);
    const keys = Array.from({ length: 20 }, (_, at) => at % 10);
    const ids = await Promise.all(
      keys.map((key) => world.call(phoneThatPresses(key).number, { url: `${hook.url}/voice` })),
    );
    const ended = await Promise.all(ids.map((id) => world.api.ended(id)));
    expect(ended.map(({ end_reason: reason }) => reason)).toEqual(ids.map(() => 'flow-ended'));
    const heard = new Map(hook.requests().map(({ call, digits }) => [(call as { id: string }).id, digits]));
    expect(ids.map((id) => heard.get(id))).toEqual(keys.map(String));
  });

  describe('that comes in', () => {
    const callIn = async (from: string, more: Record<string, unknown> = {}) => {
      hook.posted.splice(0);
      const call = { from, to: OURS, gateway: 4, ...more };
      await world.phones.placeCall(call);
      return call;
    };

    it('rings while its flow is asked for, is answered by the first verb, and hears the caller', async () => {
      document = [{ verb: 'gather', numDigits: 2, timeout: 10, action: '/next' }];
      const call = await callIn('+493023125300', { digits: '42', afterSeconds: 1 });
      expect(await world.phones.outcome(call)).toMatchObject({ status: 'ANSWER', cause: 16 });
      expect(hook.requests()).toMatchObject([
        { event: 'incoming', call: { direction: 'inbound', from: call.from, to: OURS, status: 'ringing' } },
        { event: 'gather', digits: '42' },
      ]);
      const id = firstCall();
      expect(await world.api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    });

    it.each([
      ['busy', 'SIP 486'],
      ['rejected', 'SIP 403'],
    ])('is refused as %s before it is answered: %s', async (reason, sip) => {
      document = [{ verb: 'reject', reason }];
      const call = await callIn(reason === 'busy' ? '+493023125301' : '+493023125302');
      expect((await world.phones.outcome(call)).sip).toContain(sip);
    });

    it('is answered later when its flow begins with a pause', async () => {
      document = [
        { verb: 'pause', length: 2 },
        { verb: 'gather', numDigits: 1, timeout: 1 },
      ];
      const call = await callIn('+493023125303');
      expect(await world.phones.outcome(call)).toMatchObject({ status: 'ANSWER' });
      const id = firstCall();
      const { start_time: start, answer_time: answer } = await world.api.ended(id);
      expect(Date.parse(String(answer)) - Date.parse(String(start))).toBeGreaterThanOrEqual(2000);
    });

    it('ends when the caller gives up before the answer, and when the caller hangs up after it', async () => {
      document = [{ verb: 'pause', length: 60 }];
      const impatient = await callIn('+493023125304', { ringSeconds: 2 });
      await world.phones.outcome(impatient);
      const first = firstCall();
      expect(await world.api.ended(first)).toMatchObject({ status: 'no-answer', end_reason: 'canceled' });
      document = [{ verb: 'gather', numDigits: 1, timeout: 30 }];
      const brief = await callIn('+493023125305', { talkSeconds: 2, afterSeconds: 0 });
      await world.phones.outcome(brief);
      const second = firstCall();
      expect(await world.api.ended(second)).toMatchObject({ status: 'completed', end_reason: 'hangup' });
    });

    it.each([
      ['a number that is nobody’s', '+493023125999'],
      ['a number without a flow', FROM],
    ])('to %s is answered with 404', async (_what, to) => {
      const call = { from: '+493023125306', to, gateway: 4 };
      await world.phones.placeCall(call);
      expect((await world.phones.outcome(call)).sip).toContain('SIP 404');
    });
  });
});
