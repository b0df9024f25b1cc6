import { describe, expect, it } from 'vitest';
import { wantsLeg } from '../../../src/calls/activities/dial.ts';
import type { Call } from '../../../src/calls/call.ts';
import type { CallEvent, Effect } from '../../../src/calls/effects.ts';
import { transition } from '../../../src/calls/machine.ts';
import { secondsToRing } from '../../../src/calls/object/state.ts';
import { interruptActivity } from '../../../src/calls/run-activity.ts';
import { startClock } from '../../../src/lib/clock.ts';
import { isId } from '../../../src/lib/ids.ts';
import { aCall, dialOf, NOW } from '../../support/call.ts';
import { documentOf } from '../../support/flow.ts';

const LATER = NOW + 1000;
const A = '+31201234567';
const B = '+31201234568';

const take = (call: Call, event: CallEvent, now = LATER) => transition(call, event, now);
const upon = (call: Call, ...events: CallEvent[]) => events.reduce((it, event) => take(it, event).call, call);
const commands = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'command' ? [it.instruction] : []));
const messages = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'send' ? [it.message] : []));
const placed = (effects: Effect[]) =>
  messages(effects).flatMap((message) => ('place' in message ? [message.place] : []));
const released = (effects: Effect[]) =>
  messages(effects).flatMap((it) => ('leg' in it && it.event.type === 'parent.release' ? [it.leg] : []));
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

const legs = (call: Call) => dialOf(call)?.legs.map(({ id }) => id) ?? [];
const leg = (call: Call, at = 0): string => legs(call)[at] ?? '';
const ready = (call: Call, at = 0): CallEvent => ({ type: 'dial-leg.ready', leg: leg(call, at) });
const ended = (call: Call, status: 'completed' | 'busy' | 'no-answer' | 'failed', at = 0): CallEvent => ({
  type: 'dial-leg.ended',
  leg: leg(call, at),
  status,
});

describe('a call that dials', () => {
  const { call, effects } = dials({ number: A, timeout: 20 });

  it('hears ringing, and places a leg with an id of its own', () => {
    expect(commands(effects)).toEqual([{ do: 'ring' }]);
    expect(placed(effects)).toMatchObject([{ from: '+31851234567', foreign: false, timeout: 20, target: { to: A } }]);
    expect(isId('CA', leg(call))).toBe(true);
    expect(leg(call)).not.toBe(call.id);
  });

  it('is connected when its leg is ready', () => {
    const { effects: then } = take(call, ready(call));
    const bridge = { id: `${call.id}-d1`, home: 'gw-1' };
    expect(commands(then)).toEqual([{ do: 'join', bridge, muted: false }]);
    const party = { number: '+493023125000', consent: 'none' };
    expect(messages(then)).toEqual([
      { to: 'dial-leg', leg: leg(call), event: { type: 'parent.connect', bridge, party, seconds: 14_400 } },
    ]);
  });

  it('asks its action when its leg hangs up', () => {
    const connected = upon(call, ready(call));
    const over = take(connected, ended(call, 'completed'), LATER + 42_000);
    expect(commands(over.effects)).toEqual([{ do: 'leave' }]);
    expect(asked(over.effects)).toMatchObject([
      {
        event: 'dial',
        url: 'https://x.example/after',
        params: {
          dial_call_status: 'completed',
          dial_call_id: leg(call),
          dial_call_duration: '42',
          dial_bridged: 'true',
        },
      },
    ]);
  });

  it.each(['busy', 'no-answer', 'failed'] as const)('tells its action that its leg was %s', (status) => {
    const { effects: then } = take(call, ended(call, status));
    expect(asked(then)).toMatchObject([{ params: { dial_call_status: status, dial_bridged: 'false' } }]);
    expect(commands(then)).toEqual([]);
  });

  it('goes on with the next verb when there is no action', () => {
    const without = dials({ number: A, action: undefined }, {}, { verb: 'say', text: 'Niemand' });
    const then = take(without.call, ended(without.call, 'busy'));
    expect(commands(then.effects)).toMatchObject([{ do: 'play', prompts: [{ say: 'Niemand' }] }]);
  });

  it('releases its leg when it ends itself, and only tells its action how it went', () => {
    for (const event of [{ type: 'leg.ended', cause: 'normal' }, { type: 'user.hangup' }] as const) {
      for (const at of [call, upon(call, ready(call))]) {
        const over = take(at, event);
        expect(released(over.effects)).toEqual([leg(call)]);
        expect(asked(over.effects)).toMatchObject([{ event: 'dial', last: true }]);
        expect(over.call).not.toHaveProperty('activity');
      }
    }
  });

  it('releases a leg that is ready too late', () => {
    const over = upon(call, { type: 'user.hangup' });
    expect(released(take(over, ready(call)).effects)).toEqual([leg(call)]);
    const elsewhere = upon(call, ended(call, 'busy'));
    expect(released(take(elsewhere, ready(call)).effects)).toEqual([leg(call)]);
  });

  it('does nothing about a report that comes twice', () => {
    const connected = upon(call, ready(call));
    expect(take(connected, ready(call))).toEqual({ call: connected, effects: [] });
    const over = upon(connected, ended(call, 'completed'));
    expect(take(over, ended(call, 'completed')).effects).toEqual([]);
  });

  it('does not wait for ever for a leg that could never be placed', () => {
    const { effects: then } = take(call, { type: 'timer.activity' });
    expect(released(then)).toEqual([leg(call)]);
    expect(asked(then)).toMatchObject([{ params: { dial_call_status: 'no-answer' } }]);
  });

  it('ends the talk when its time is up', () => {
    const connected = take(call, ready(call));
    expect(connected.effects).toContainEqual({ do: 'timer.set', name: 'activity', at: LATER + 14_400_000 });
    const over = take(connected.call, { type: 'timer.activity' });
    expect(released(over.effects)).toEqual([leg(call)]);
    expect(asked(over.effects)).toMatchObject([{ params: { dial_call_status: 'completed', dial_bridged: 'true' } }]);
  });

  it('goes on when the network takes it out of the bridge', () => {
    const over = take(upon(call, ready(call)), { type: 'leg.left', bridge: `${call.id}-d1` });
    expect(released(over.effects)).toEqual([leg(call)]);
    expect(asked(over.effects)).toHaveLength(1);
  });

  it('tells its action of a caller ID that is not its own', () => {
    const foreign = dials({ number: A, callerId: '+31851234599' });
    expect(placed(foreign.effects)).toMatchObject([{ from: '+31851234599', foreign: true }]);
    const refused = { refused: 'caller_id_not_owned' as const, status: 'failed' as const };
    const over = take(foreign.call, { type: 'dial-leg.ended', leg: leg(foreign.call), ...refused });
    expect(asked(over.effects)).toMatchObject([
      { params: { dial_call_status: 'failed', dial_call_id: leg(foreign.call) } },
    ]);
    expect(over.effects).toContainEqual({
      do: 'log',
      entry: { type: 'dial.refused', call: leg(foreign.call), code: 'caller_id_not_owned' },
    });
  });
});

describe('a leg that the database does not admit', () => {
  const LATE = NOW + 1000 + 20_000;
  const placedLeg = (call: Call, at = 0): CallEvent => ({ type: 'dial-leg.placed', leg: leg(call, at) });
  const timers = (effects: Effect[]) => effects.filter((it) => it.do === 'timer.set' || it.do === 'timer.clear');

  it('was not answered once the time is over that it may ring', () => {
    const { call, effects } = dials({ number: A, timeout: 20 });
    expect(timers(effects)).toContainEqual({ do: 'timer.set', name: 'activity', at: LATE });
    const over = take(call, { type: 'timer.activity' }, LATE);
    expect(asked(over.effects)).toMatchObject([{ params: { dial_call_status: 'no-answer', dial_bridged: 'false' } }]);
    expect(released(over.effects)).toEqual([leg(call)]);
  });

  it('gives the next target its turn', () => {
    const { call } = dials({ targets, sequential: true, timeout: 20 });
    const next = take(call, { type: 'timer.activity' }, LATE);
    expect(placed(next.effects)).toMatchObject([{ target: { to: B } }]);
    expect(timers(next.effects)).toEqual([{ do: 'timer.set', name: 'activity', at: LATE + 20_000 }]);
  });

  it('keeps nobody from ringing who was admitted', () => {
    const { call } = dials({ targets, timeout: 20 });
    const over = take(upon(call, placedLeg(call, 1)), { type: 'timer.activity' }, LATE);
    expect(released(over.effects)).toEqual([leg(call)]);
    expect(timers(over.effects)).toEqual([{ do: 'timer.set', name: 'activity', at: LATE + 150_000 }]);
    expect(asked(take(over.call, ended(call, 'busy', 1)).effects)).toMatchObject([
      { params: { dial_call_status: 'no-answer' } },
    ]);
  });

  it('is not wanted any more, also where it is ready at last', () => {
    const { call } = dials({ number: A, timeout: 20 }, {}, { verb: 'dial', number: B });
    expect(wantsLeg(call, leg(call))).toBe(true);
    const over = take(call, { type: 'timer.activity' }, LATE);
    expect(wantsLeg(over.call, leg(call))).toBe(false);
    expect(wantsLeg(upon(call, { type: 'user.hangup' }), leg(call))).toBe(false);
    expect(wantsLeg(upon(call, ready(call)), leg(call))).toBe(false);
    expect(released(take(over.call, ready(call)).effects)).toEqual([leg(call)]);
  });

  it('has the time that is left of what it may ring, when the database has answered', () => {
    const { call, effects } = dials({ number: A, timeout: 20 });
    const [order] = placed(effects);
    const left = (at: number, speed = 1) =>
      order && secondsToRing(order, { call, clock: startClock(LATER, speed) }, at);
    expect([left(LATER + 20), left(LATER + 12_000), left(LATE + 1500)]).toEqual([20, 8, -1]);
    expect(left(LATE, 20)).toBe(20);
    expect(order && secondsToRing(order, undefined, LATER)).toBeUndefined();
  });
});

describe('several targets at once', () => {
  const { call, effects } = dials({ targets });

  it('all ring', () => {
    expect(placed(effects).map(({ target }) => target.to)).toEqual([A, B]);
    expect(new Set(legs(call)).size).toBe(2);
  });

  it('are released when one of them is ready first', () => {
    const won = take(call, ready(call, 1));
    expect(released(won.effects)).toEqual([leg(call, 0)]);
    expect(released(take(won.call, ready(call, 0)).effects)).toEqual([leg(call, 0)]);
    expect(asked(take(won.call, ended(call, 'no-answer', 0)).effects)).toEqual([]);
  });

  it('are over when all of them are, with the most hopeful outcome', () => {
    const one = take(call, ended(call, 'failed', 1));
    expect(asked(one.effects)).toEqual([]);
    const both = take(one.call, ended(call, 'busy', 0));
    expect(asked(both.effects)).toMatchObject([{ params: { dial_call_status: 'busy' } }]);
  });
});

describe('several targets one after the other', () => {
  const { call, effects } = dials({ targets, sequential: true });

  it('ring each when the one before has not answered', () => {
    expect(placed(effects).map(({ target }) => target.to)).toEqual([A]);
    const next = take(call, ended(call, 'busy'));
    expect(placed(next.effects).map(({ target }) => target.to)).toEqual([B]);
    expect(asked(take(next.call, ended(next.call, 'no-answer', 1)).effects)).toMatchObject([
      { params: { dial_call_status: 'no-answer' } },
    ]);
  });

  it('do not ring any more once one was connected', () => {
    const over = take(upon(call, ready(call)), ended(call, 'completed'));
    expect(placed(over.effects)).toEqual([]);
    expect(asked(over.effects)).toHaveLength(1);
  });
});

describe('answerOnBridge', () => {
  const inline = documentOf([{ verb: 'dial', number: A, answerOnBridge: true }, HANGUP]);
  const incoming = take(aCall({ inline, direction: 'inbound', from: B }), { type: 'call.received' });

  it('lets an inbound call ring until its leg is ready', () => {
    expect(incoming.call.status).toBe('ringing');
    expect(placed(incoming.effects)).toMatchObject([{ from: B, foreign: false }]);
    const { call, effects } = take(incoming.call, ready(incoming.call));
    expect(commands(effects)).toEqual([{ do: 'answer' }]);
    expect(commands(take(call, { type: 'leg.answered' }).effects)).toMatchObject([{ do: 'join' }]);
  });

  it('releases the leg when the caller gives up', () => {
    expect(released(take(incoming.call, { type: 'leg.ended', cause: 'normal' }).effects)).toHaveLength(1);
  });
});

describe('the star key of a call that dials', () => {
  const star: CallEvent = { type: 'leg.digit', digit: '*' };

  it('ends the talk where the verb says so', () => {
    const { call } = dials({ number: A, hangupOnStar: true });
    expect(take(call, star).effects).toEqual([]);
    expect(released(take(upon(call, ready(call)), star).effects)).toEqual([leg(call)]);
  });

  it('does nothing otherwise', () => {
    const { call } = dials({ number: A });
    expect(take(upon(call, ready(call)), star).effects).toEqual([]);
  });
});

describe('a caller who hides their number', () => {
  it('is shown as the number that was called', () => {
    const inline = documentOf([{ verb: 'dial', number: A }]);
    const hidden = aCall({ inline, direction: 'inbound', from: 'anonymous', to: '+31851234567' });
    const answered = take(upon(hidden, { type: 'call.received' }), { type: 'leg.answered' });
    expect(placed(answered.effects)).toMatchObject([{ from: '+31851234567', foreign: false }]);
  });
});

describe('a call that dials and is to do something else', () => {
  const interrupted = (call: Call) => interruptActivity(call, LATER + 42_000);

  it('releases the legs that ring', () => {
    const { call } = dials({ targets });
    const { call: free, effects } = interrupted(call);
    expect(released(effects)).toEqual(legs(call));
    expect(commands(effects)).toEqual([]);
    expect(free.activity).toBeUndefined();
  });

  it('leaves the bridge in which it talks, and the timeline says how it went', () => {
    const { call } = dials({ number: A });
    const { effects } = interrupted(upon(call, ready(call)));
    expect(released(effects)).toEqual([leg(call)]);
    expect(commands(effects)).toEqual([{ do: 'leave' }]);
    expect(effects).toContainEqual({ do: 'log', entry: { type: 'dial.ended', status: 'completed' } });
    expect(effects).toContainEqual({ do: 'timer.clear', name: 'activity' });
    expect(asked(effects)).toEqual([]);
  });
});
