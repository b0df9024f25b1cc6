import { describe, expect, it } from 'vitest';
import type { Call } from '../../src/calls/call.ts';
import type { CallEvent, Effect } from '../../src/calls/effects.ts';
import { transition } from '../../src/calls/machine.ts';
import type { EndCause } from '../../src/contracts/carrier.ts';
import { aCall, NOW } from '../support/call.ts';
import { documentOf } from '../support/flow.ts';

const upon = (call: Call, ...events: CallEvent[]) =>
  events.reduce((it, event) => transition(it, event, NOW + 1000).call, call);
const take = (call: Call, event: CallEvent, now = NOW + 1000) => transition(call, event, now);
const commands = (effects: Effect[]) =>
  effects.flatMap((effect) => (effect.do === 'command' ? [effect.instruction] : []));
const timers = (effects: Effect[]) => effects.filter((effect) => effect.do.startsWith('timer.'));
const fetches = (effects: Effect[]) => effects.flatMap((effect) => (effect.do === 'fetch' ? [effect.request] : []));

const notified = (effects: Effect[]) =>
  effects.flatMap((effect) => (effect.do === 'notify' ? [effect.call.status] : []));

const URL = 'https://x.example/flow';
const loaded = (request: number, ...verbs: unknown[]): CallEvent => ({
  type: 'flow.loaded',
  request,
  verbs: documentOf(verbs),
  url: URL,
});
const broken: CallEvent = { type: 'flow.failed', request: 1, problem: { code: 'flow_timeout', detail: 'No answer.' } };

const placed = upon(aCall({ url: URL }), { type: 'call.placed' });
const ringing = upon(placed, { type: 'leg.ringing' });
const answered = upon(ringing, { type: 'leg.answered' });
const say = { verb: 'say', text: 'Hallo' };

describe('a new call', () => {
  it('is dialled and has as long as its timeout to be answered', () => {
    const { call, effects } = take(aCall({ timeout: 20 }), { type: 'call.placed' }, NOW);
    expect(call.status).toBe('queued');
    expect(commands(effects)).toEqual([{ do: 'dial', to: '+493023125000', from: '+31851234567' }]);
    expect(timers(effects)).toEqual([{ do: 'timer.set', name: 'ring', at: NOW + 20_000 }]);
    expect(notified(effects)).toEqual([]);
  });

  it('may be answered by a network that never said it rings', () => {
    expect(upon(placed, { type: 'leg.answered' }).status).toBe('in-progress');
  });
});

describe('while a real phone rings', () => {
  const menu = documentOf([say, { verb: 'gather', prompts: [{ verb: 'say', text: 'Kies', language: 'nl-BE' }] }]);
  const prompts = [
    { say: 'Hallo', language: 'nl-NL', times: 1 },
    { say: 'Kies', language: 'nl-BE', times: 1 },
  ];

  it('what the inline flow says is prepared', () => {
    const { call, effects } = take(aCall({ mode: 'live', inline: menu }), { type: 'call.placed' });
    expect(commands(effects)).toEqual([{ do: 'dial', to: '+493023125000', from: '+31851234567', prepare: prompts }]);
    expect(call.inline).toEqual(menu);
  });

  it.each([
    ['a simulated call', aCall({ mode: 'test', inline: menu })],
    ['a call whose flow is not known yet', aCall({ mode: 'live', url: URL })],
    ['a flow that says nothing', aCall({ mode: 'live', inline: documentOf([{ verb: 'hangup' }]) })],
  ])('there is nothing to prepare for %s', (_what, call) => {
    expect(commands(take(call, { type: 'call.placed' }).effects)).toEqual([
      { do: 'dial', to: '+493023125000', from: '+31851234567' },
    ]);
  });
});

it('a call that shall find out whether a machine answers asks its leg, once it is answered', () => {
  const { effects } = take(upon(aCall({ detectMachine: true }), { type: 'call.placed' }), { type: 'leg.answered' });
  expect(commands(effects)).toEqual([{ do: 'detect-machine' }]);
});

describe('a call that is not answered', () => {
  it.each<[EndCause, string, string]>([
    ['busy', 'busy', 'busy'],
    ['rejected', 'busy', 'rejected'],
    ['no-answer', 'no-answer', 'no-answer'],
    ['normal', 'no-answer', 'canceled'],
    ['unallocated', 'failed', 'unallocated'],
    ['congestion', 'failed', 'congestion'],
    ['network-failure', 'failed', 'network-failure'],
    ['no-gateway', 'failed', 'no-gateway'],
  ])('because of %s ends as %s (%s), free of charge, and the customer is told', (cause, status, reason) => {
    const { call, effects } = take(ringing, { type: 'leg.ended', cause });
    expect(call).toMatchObject({ status, endReason: reason, endedAt: NOW + 1000, priceMicros: 0 });
    expect(notified(effects)).toEqual([status]);
    expect(commands(effects)).toEqual([]);
  });

  it('in time is given up as no-answer, and the leg is hung up', () => {
    const { call, effects } = take(ringing, { type: 'timer.ring' });
    expect(call).toMatchObject({ status: 'no-answer', endReason: 'timeout' });
    expect(commands(effects)).toEqual([{ do: 'hangup' }]);
  });

  it.each([
    ['queued', placed],
    ['ringing', ringing],
  ])('and ended by its customer while %s is canceled', (_status, call) => {
    const step = take(call, { type: 'user.hangup' });
    expect(step.call).toMatchObject({ status: 'canceled', endReason: 'api' });
    expect(commands(step.effects)).toEqual([{ do: 'hangup' }]);
  });
});

describe('an answer', () => {
  it('asks for the flow, ends the ring time and starts the time limit', () => {
    const { call, effects } = take(ringing, { type: 'leg.answered' });
    expect(call).toMatchObject({ status: 'in-progress', answeredAt: NOW + 1000 });
    expect(fetches(effects)).toEqual([{ number: 1, event: 'answered', url: URL, params: {} }]);
    expect(timers(effects)).toContainEqual({ do: 'timer.clear', name: 'ring' });
    expect(timers(effects)).toContainEqual({ do: 'timer.set', name: 'limit', at: NOW + 1000 + 14_400_000 });
  });

  it('runs an inline flow at once', () => {
    const { effects } = take(upon(aCall({ inline: documentOf([say]) }), { type: 'call.placed' }), {
      type: 'leg.answered',
    });
    expect(commands(effects)).toMatchObject([{ do: 'play', prompts: [{ say: 'Hallo' }] }]);
    expect(fetches(effects)).toEqual([]);
  });

  it('without url or flow leaves the line up and silent', () => {
    const { call, effects } = take(upon(aCall(), { type: 'call.placed' }), { type: 'leg.answered' });
    expect(call.status).toBe('in-progress');
    expect([...commands(effects), ...fetches(effects)]).toEqual([]);
  });

  it('that comes after the call was given up changes nothing', () => {
    const over = upon(ringing, { type: 'timer.ring' });
    expect(take(over, { type: 'leg.answered' })).toEqual({ call: over, effects: [] });
  });
});

describe('a call in progress', () => {
  it('charges from answer to end, in whole seconds', () => {
    const { call } = take(answered, { type: 'leg.ended', cause: 'normal' }, NOW + 1000 + 61_400);
    expect(call).toMatchObject({ status: 'completed', endReason: 'hangup', priceMicros: 61_000 });
  });

  it('whose network breaks down has failed', () => {
    expect(upon(answered, { type: 'leg.ended', cause: 'network-failure' })).toMatchObject({ status: 'failed' });
  });

  it('ends at its time limit', () => {
    const { call, effects } = take(answered, { type: 'timer.limit' });
    expect(call).toMatchObject({ status: 'completed', endReason: 'time-limit' });
    expect(commands(effects)).toEqual([{ do: 'hangup' }]);
  });

  it('ignores a ring timer that fires after the answer', () => {
    expect(take(answered, { type: 'timer.ring' })).toEqual({ call: answered, effects: [] });
  });

  it('notes a prompt that could not be played, and does nothing else', () => {
    const running = upon(answered, loaded(1, say));
    expect(take(running, { type: 'leg.prompt-failed', code: 'prompt_unreachable' })).toEqual({
      call: running,
      effects: [{ do: 'log', entry: { type: 'prompt.failed', code: 'prompt_unreachable' } }],
    });
  });

  it('that is over notes nothing of its prompts', () => {
    const over = upon(answered, { type: 'user.hangup' });
    expect(take(over, { type: 'leg.prompt-failed', code: 'prompt_unreachable' }).effects).toEqual([]);
  });

  it('notes that a machine answered', () => {
    expect(upon(answered, { type: 'leg.machine-detected' }).answeredBy).toBe('machine');
  });
});

describe('a flow', () => {
  const gather = { verb: 'gather', numDigits: 1, action: '/menu' };

  it('ignores a document that is no longer awaited, such as one that was fetched twice', () => {
    const running = upon(answered, loaded(1, say));
    expect(take(running, loaded(1, { verb: 'hangup' }))).toEqual({ call: running, effects: [] });
  });

  it('asks the next document with the digits, its URL resolved against this one', () => {
    const { effects } = take(upon(answered, loaded(1, gather)), { type: 'leg.digit', digit: '1' }, NOW + 5000);
    expect(fetches(effects)).toEqual([
      { number: 2, event: 'gather', url: 'https://x.example/menu', params: { digits: '1' } },
    ]);
  });

  it('gives every playback of the call another id', () => {
    const first = take(answered, loaded(1, say, say));
    const [played] = commands(first.effects);
    const second = take(first.call, {
      type: 'leg.playback-ended',
      playback: (played as { playback: string }).playback,
    });
    expect(commands(second.effects)[0]).not.toMatchObject({ playback: (played as { playback: string }).playback });
  });

  it('that is over ends the call', () => {
    const { call, effects } = take(answered, loaded(1));
    expect(call).toMatchObject({ status: 'completed', endReason: 'flow-ended' });
    expect(commands(effects)).toEqual([{ do: 'hangup' }]);
  });

  it('that cannot be had is replaced by the fallback, which is told why', () => {
    const call = upon(
      aCall({ url: URL, fallbackUrl: 'https://y.example/' }),
      { type: 'call.placed' },
      { type: 'leg.answered' },
    );
    const { effects } = take(call, broken);
    expect(fetches(effects)).toEqual([
      {
        number: 2,
        event: 'fallback',
        url: 'https://y.example/',
        params: {},
        failed: { code: 'flow_timeout', detail: 'No answer.', url: URL },
      },
    ]);
  });

  it('whose fallback cannot be had either ends with a notice in the language of the call', () => {
    const call = upon(
      aCall({ url: URL, fallbackUrl: 'https://y.example/', language: 'nl-BE' }),
      { type: 'call.placed' },
      { type: 'leg.answered' },
      broken,
    );
    const { call: noticed, effects } = take(call, { ...broken, request: 2 } as CallEvent);
    expect(commands(effects)).toMatchObject([
      { do: 'play', prompts: [{ say: 'Er is een technische fout opgetreden. Tot ziens.', language: 'nl-BE' }] },
    ]);
    const playback = `${call.id}-1`;
    expect(upon(noticed, { type: 'leg.playback-ended', playback })).toMatchObject({
      status: 'completed',
      endReason: 'flow-failed',
    });
  });

  it('that failed is the reason of the end, also when the customer ends the call during the notice', () => {
    const noticed = upon(answered, broken);
    expect(upon(noticed, { type: 'user.hangup' })).toMatchObject({ status: 'completed', endReason: 'flow-failed' });
  });

  it('that only ever names the next document is stopped', () => {
    let call = answered;
    let request = 0;
    let effects: Effect[] = [];
    do ({ call, effects } = take(call, loaded(++request, { verb: 'redirect', url: '/again' })));
    while (fetches(effects).length > 0);
    expect(request).toBe(21);
    expect(effects).toContainEqual({
      do: 'log',
      entry: expect.objectContaining({ type: 'flow.failed', code: 'flow_loop' }),
    });
    expect(commands(effects)).toMatchObject([{ do: 'play' }]);
  });

  it('that takes its time between documents may go on for ever', () => {
    let call = answered;
    for (let request = 1; request <= 50; request++) {
      call = take(call, loaded(request, { verb: 'pause', length: 2 }, { verb: 'redirect' }), NOW + request * 5000).call;
      call = take(call, { type: 'timer.verb' }, NOW + request * 5000 + 2000).call;
    }
    expect(call).toMatchObject({ status: 'in-progress', requests: 51 });
  });
});

describe('an inbound call', () => {
  const received = upon(aCall({ direction: 'inbound', url: URL, timeout: 120 }), { type: 'call.received' });

  it('rings, and asks its flow before it is answered', () => {
    const step = take(aCall({ direction: 'inbound', url: URL, timeout: 120 }), { type: 'call.received' }, NOW);
    expect(step.call.status).toBe('ringing');
    expect(fetches(step.effects)).toMatchObject([{ event: 'incoming', url: URL }]);
    expect(timers(step.effects)).toContainEqual({ do: 'timer.set', name: 'ring', at: NOW + 120_000 });
  });

  it('is answered by the first verb that needs it, which begins once the line is up', () => {
    const { call, effects } = take(received, loaded(1, say));
    expect(commands(effects)).toEqual([{ do: 'answer' }]);
    expect(call.status).toBe('ringing');
    const up = take(call, { type: 'leg.answered' });
    expect(up.call.status).toBe('in-progress');
    expect(commands(up.effects)).toMatchObject([{ do: 'play' }]);
  });

  it.each([
    ['rejected', 'no-answer'],
    ['busy', 'busy'],
  ])('can be refused as %s and then ends as %s, free of charge', (reason, status) => {
    const { call, effects } = take(received, loaded(1, { verb: 'reject', reason }));
    expect(call).toMatchObject({ status, endReason: 'rejected', priceMicros: 0 });
    expect(commands(effects)).toEqual([{ do: 'reject', reason }]);
  });

  it('whose answer is delayed by a pause is answered after it', () => {
    const paused = upon(received, loaded(1, { verb: 'pause', length: 3 }, say));
    expect(paused.status).toBe('ringing');
    expect(commands(take(paused, { type: 'timer.verb' }).effects)).toEqual([{ do: 'answer' }]);
  });

  it('whose caller gives up was not answered', () => {
    expect(upon(received, { type: 'leg.ended', cause: 'normal' })).toMatchObject({
      status: 'no-answer',
      endReason: 'canceled',
    });
  });

  it('that is answered and hung up in one step is told of both', () => {
    const step = take(upon(received, loaded(1, { verb: 'hangup' })), { type: 'leg.answered' });
    expect(notified(step.effects)).toEqual(['in-progress', 'completed']);
  });

  it('whose flow cannot be had is answered with the notice', () => {
    expect(commands(take(received, broken).effects)).toEqual([{ do: 'answer' }]);
  });
});

it('an answer to the question for consent is filed with its number, and the flow goes on', () => {
  const asking = upon(answered, loaded(1, { verb: 'consent' }, say));
  const heard = upon(asking, { type: 'leg.playback-ended', playback: `${asking.id}-1` });
  const { call, effects } = take(heard, { type: 'leg.digit', digit: '1' });
  expect(effects).toContainEqual({
    do: 'send',
    message: {
      to: 'consents',
      answer: expect.objectContaining({ granted: true, key: '1', question: 1, language: 'nl-NL' }),
    },
  });
  expect(commands(effects)).toMatchObject([{ do: 'play', prompts: [{ say: 'Hallo' }] }]);
  expect(call.questions).toBe(1);
});
