import { describe, expect, it } from 'vitest';
import { newDialLeg } from '../../../src/calls/activities/dial-leg.ts';
import type { Call } from '../../../src/calls/call.ts';
import type { CallEvent, Effect } from '../../../src/calls/effects.ts';
import { transition } from '../../../src/calls/machine.ts';
import { isId } from '../../../src/lib/ids.ts';
import { aCall, dialOf, NOW } from '../../support/call.ts';
import { documentOf } from '../../support/flow.ts';

const LATER = NOW + 1000;
const A = '+31201234567';
const B = '+31201234568';

const take = (call: Call, event: CallEvent, now = LATER) => transition(call, event, now);
const upon = (call: Call, ...events: CallEvent[]) => events.reduce((it, event) => take(it, event).call, call);
const commands = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'command' ? [it.instruction] : []));
const words = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'send' ? [it.message] : []));
const placed = (effects: Effect[]) => words(effects).flatMap((word) => ('place' in word ? [word.place] : []));
const released = (effects: Effect[]) =>
  words(effects).flatMap((it) => ('leg' in it && it.event.type === 'parent.release' ? [it.leg] : []));
const asked = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'fetch' ? [it.request] : []));

const targets = [
  { noun: 'number', to: A },
  { noun: 'number', to: B },
];
const HANGUP = { verb: 'hangup' };

/** A call that was answered, whose inline flow dials. */
const dials = (attributes: object, facts: Partial<Call> = {}, ...rest: object[]) => {
  const inline = documentOf([{ verb: 'dial', action: 'https://x.example/after', ...attributes }, ...rest]);
  const answered = upon(aCall({ inline, ...facts }), { type: 'call.placed' });
  return take(answered, { type: 'leg.answered', gateway: 'gw-1' });
};

const children = (call: Call) => dialOf(call)?.legs.map(({ id }) => id) ?? [];
const child = (call: Call, at = 0): string => children(call)[at] ?? '';
const ready = (call: Call, at = 0): CallEvent => ({ type: 'dial-leg.ready', leg: child(call, at) });
const ended = (call: Call, status: 'completed' | 'busy' | 'no-answer' | 'failed', at = 0): CallEvent => ({
  type: 'dial-leg.ended',
  leg: child(call, at),
  status,
});

describe('a call that dials', () => {
  const { call, effects } = dials({ number: A, timeout: 20 });

  it('hears ringing, and places a call of its own id', () => {
    expect(commands(effects)).toEqual([{ do: 'ring' }]);
    expect(placed(effects)).toMatchObject([{ from: '+31851234567', foreign: false, timeout: 20, target: { to: A } }]);
    expect(isId('CA', child(call))).toBe(true);
    expect(child(call)).not.toBe(call.id);
  });

  it('is connected when the other one is ready', () => {
    const { effects: then } = take(call, ready(call));
    const bridge = { id: `${call.id}-d1`, home: 'gw-1' };
    expect(commands(then)).toEqual([{ do: 'join', bridge, muted: false }]);
    expect(words(then)).toEqual([{ to: 'dial-leg', leg: child(call), event: { type: 'parent.connect', bridge } }]);
  });

  it('asks its action when the other one hangs up', () => {
    const connected = upon(call, ready(call));
    const over = take(connected, ended(call, 'completed'), LATER + 42_000);
    expect(commands(over.effects)).toEqual([{ do: 'leave' }]);
    expect(asked(over.effects)).toMatchObject([
      {
        event: 'dial',
        url: 'https://x.example/after',
        params: {
          dial_call_status: 'completed',
          dial_call_id: child(call),
          dial_call_duration: '42',
          dial_bridged: 'true',
        },
      },
    ]);
  });

  it.each(['busy', 'no-answer', 'failed'] as const)('tells its action that the other one was %s', (status) => {
    const { effects: then } = take(call, ended(call, status));
    expect(asked(then)).toMatchObject([{ params: { dial_call_status: status, dial_bridged: 'false' } }]);
    expect(commands(then)).toEqual([]);
  });

  it('goes on with the next verb when there is no action', () => {
    const without = dials({ number: A, action: undefined }, {}, { verb: 'say', text: 'Niemand' });
    const then = take(without.call, ended(without.call, 'busy'));
    expect(commands(then.effects)).toMatchObject([{ do: 'play', prompts: [{ say: 'Niemand' }] }]);
  });

  it('lets the other one go when it ends itself, and asks nothing more', () => {
    for (const event of [{ type: 'leg.ended', cause: 'normal' }, { type: 'user.hangup' }] as const) {
      for (const at of [call, upon(call, ready(call))]) {
        const over = take(at, event);
        expect(released(over.effects)).toEqual([child(call)]);
        expect(asked(over.effects)).toEqual([]);
        expect(over.call).not.toHaveProperty('activity');
      }
    }
  });

  it('answers with a release to one that is ready too late', () => {
    const over = upon(call, { type: 'user.hangup' });
    expect(released(take(over, ready(call)).effects)).toEqual([child(call)]);
    const elsewhere = upon(call, ended(call, 'busy'));
    expect(released(take(elsewhere, ready(call)).effects)).toEqual([child(call)]);
  });

  it('hears the same twice as once', () => {
    const connected = upon(call, ready(call));
    expect(take(connected, ready(call))).toEqual({ call: connected, effects: [] });
    const over = upon(connected, ended(call, 'completed'));
    expect(take(over, ended(call, 'completed')).effects).toEqual([]);
  });

  it('does not wait for ever for a call that could never be placed', () => {
    const { effects: then } = take(call, { type: 'timer.activity' });
    expect(released(then)).toEqual([child(call)]);
    expect(asked(then)).toMatchObject([{ params: { dial_call_status: 'no-answer' } }]);
  });

  it('ends the talk when its time is up', () => {
    const connected = take(call, ready(call));
    expect(connected.effects).toContainEqual({ do: 'timer.set', name: 'activity', at: LATER + 14_400_000 });
    const over = take(connected.call, { type: 'timer.activity' });
    expect(released(over.effects)).toEqual([child(call)]);
    expect(asked(over.effects)).toMatchObject([{ params: { dial_call_status: 'completed', dial_bridged: 'true' } }]);
  });

  it('goes on when the network takes it out of the bridge', () => {
    const over = take(upon(call, ready(call)), { type: 'leg.left', bridge: `${call.id}-d1` });
    expect(released(over.effects)).toEqual([child(call)]);
    expect(asked(over.effects)).toHaveLength(1);
  });

  it('tells its action of a caller ID that is not its own', () => {
    const foreign = dials({ number: A, callerId: '+31851234599' });
    expect(placed(foreign.effects)).toMatchObject([{ from: '+31851234599', foreign: true }]);
    const refused = { type: 'dial-leg.refused', leg: child(foreign.call), code: 'caller_id_not_owned' } as const;
    expect(asked(take(foreign.call, refused).effects)).toMatchObject([{ params: { dial_call_status: 'failed' } }]);
  });
});

describe('several at once', () => {
  const { call, effects } = dials({ targets });

  it('all ring', () => {
    expect(placed(effects).map(({ target }) => target.to)).toEqual([A, B]);
    expect(new Set(children(call)).size).toBe(2);
  });

  it('the first that is ready wins, and the others are let go', () => {
    const won = take(call, ready(call, 1));
    expect(released(won.effects)).toEqual([child(call, 0)]);
    expect(released(take(won.call, ready(call, 0)).effects)).toEqual([child(call, 0)]);
    expect(asked(take(won.call, ended(call, 'no-answer', 0)).effects)).toEqual([]);
  });

  it('end when all of them have, with the most hopeful outcome', () => {
    const one = take(call, ended(call, 'failed', 1));
    expect(asked(one.effects)).toEqual([]);
    const both = take(one.call, ended(call, 'busy', 0));
    expect(asked(both.effects)).toMatchObject([{ params: { dial_call_status: 'busy' } }]);
  });
});

describe('several one after the other', () => {
  const { call, effects } = dials({ targets, sequential: true });

  it('the next rings when the one before has not answered', () => {
    expect(placed(effects).map(({ target }) => target.to)).toEqual([A]);
    const next = take(call, ended(call, 'busy'));
    expect(placed(next.effects).map(({ target }) => target.to)).toEqual([B]);
    expect(asked(take(next.call, ended(next.call, 'no-answer', 1)).effects)).toMatchObject([
      { params: { dial_call_status: 'no-answer' } },
    ]);
  });

  it('nobody else rings once one was connected', () => {
    const over = take(upon(call, ready(call)), ended(call, 'completed'));
    expect(placed(over.effects)).toEqual([]);
    expect(asked(over.effects)).toHaveLength(1);
  });
});

describe('answerOnBridge', () => {
  const inline = documentOf([{ verb: 'dial', number: A, answerOnBridge: true }, HANGUP]);
  const incoming = take(aCall({ inline, direction: 'inbound', from: B }), { type: 'call.received' });

  it('lets an inbound call ring until the other one is ready', () => {
    expect(incoming.call.status).toBe('ringing');
    expect(placed(incoming.effects)).toMatchObject([{ from: B, foreign: false }]);
    const { call, effects } = take(incoming.call, ready(incoming.call));
    expect(commands(effects)).toEqual([{ do: 'answer' }]);
    expect(commands(take(call, { type: 'leg.answered' }).effects)).toMatchObject([{ do: 'join' }]);
  });

  it('lets go of the other one when the caller gives up', () => {
    expect(released(take(incoming.call, { type: 'leg.ended', cause: 'normal' }).effects)).toHaveLength(1);
  });
});

describe('the star key', () => {
  const star: CallEvent = { type: 'leg.digit', digit: '*' };

  it('ends the talk where it is asked to', () => {
    const { call } = dials({ number: A, hangupOnStar: true });
    expect(take(call, star).effects).toEqual([]);
    expect(released(take(upon(call, ready(call)), star).effects)).toEqual([child(call)]);
  });

  it('does nothing otherwise', () => {
    const { call } = dials({ number: A });
    expect(take(upon(call, ready(call)), star).effects).toEqual([]);
  });
});

describe('a caller who hides', () => {
  it('is shown as the number that was called', () => {
    const inline = documentOf([{ verb: 'dial', number: A }]);
    const hidden = aCall({ inline, direction: 'inbound', from: 'anonymous', to: '+31851234567' });
    const answered = take(upon(hidden, { type: 'call.received' }), { type: 'leg.answered' });
    expect(placed(answered.effects)).toMatchObject([{ from: '+31851234567', foreign: false }]);
  });
});

describe('a call that was dialled', () => {
  const PARENT = `CA${'0'.repeat(32)}`;
  const facts = { parentId: PARENT, activity: newDialLeg(PARENT) };
  const bridge = { id: `${PARENT}-d1` };
  const connect: CallEvent = { type: 'parent.connect', bridge };
  const up = (more: Partial<Call> = {}) =>
    take(upon(aCall({ ...facts, ...more }), { type: 'call.placed' }), { type: 'leg.answered' });

  it('is ready as soon as it is answered, and joins when told', () => {
    const { call, effects } = up();
    const party = { number: '+493023125000', consent: 'none' };
    const told = { to: 'parent', parent: PARENT, event: { leg: call.id, type: 'dial-leg.ready', party } };
    expect(words(effects)).toEqual([told]);
    expect(commands(take(call, connect).effects)).toEqual([{ do: 'join', bridge, muted: false }]);
  });

  it('presses its keys first, then hears the whisper, and then is ready', () => {
    const { call, effects } = up({
      inline: documentOf([{ verb: 'play', digits: '12' }]),
      url: 'https://x.example/whisper',
    });
    expect(commands(effects)).toMatchObject([{ do: 'play', prompts: [{ digits: '12' }] }]);
    const pressed = take(call, { type: 'leg.playback-ended', playback: `${call.id}-1` });
    expect(asked(pressed.effects)).toMatchObject([{ event: 'whisper', url: 'https://x.example/whisper' }]);
    const verbs = documentOf([{ verb: 'pause', length: 1 }]);
    const whispering = upon(pressed.call, { type: 'flow.loaded', request: 1, verbs, url: 'https://x.example/w' });
    const heard = take(whispering, { type: 'timer.verb' });
    expect(words(heard.effects)).toMatchObject([{ event: { type: 'dial-leg.ready' } }]);
  });

  it('is not connected when the whisper hangs up', () => {
    const { call } = up({ url: 'https://x.example/whisper' });
    const refused = take(call, {
      type: 'flow.loaded',
      request: 1,
      verbs: documentOf([HANGUP]),
      url: 'https://x.example/w',
    });
    expect(refused.call.status).toBe('completed');
    expect(words(refused.effects)).toMatchObject([{ event: { type: 'dial-leg.ended', status: 'completed' } }]);
  });

  it('cannot dial others from its whisper', () => {
    const { call } = up({ url: 'https://x.example/whisper' });
    const verbs = documentOf([{ verb: 'dial', number: B }]);
    const { effects } = take(call, { type: 'flow.loaded', request: 1, verbs, url: 'https://x.example/w' });
    expect(effects).toContainEqual({
      do: 'log',
      entry: expect.objectContaining({ type: 'flow.failed', code: 'flow_invalid' }),
    });
    expect(placed(effects)).toEqual([]);
  });

  it.each([
    ['rings', aCall(facts), 'canceled'],
    ['has been answered', up().call, 'completed'],
  ])('is hung up when it is not wanted any more and it %s', (_when, call, status) => {
    const over = take(call.status === 'queued' ? upon(call, { type: 'call.placed' }) : call, {
      type: 'parent.release',
    });
    expect(commands(over.effects)).toEqual([{ do: 'hangup' }]);
    expect(over.call.status).toBe(status);
    expect(words(over.effects)).toMatchObject([{ to: 'parent', event: { type: 'dial-leg.ended', status } }]);
  });

  it('ends when the network takes it out of the bridge', () => {
    expect(take(upon(up().call, connect), { type: 'leg.left', bridge: bridge.id }).call.status).toBe('failed');
  });
});
