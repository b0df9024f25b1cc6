import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newDialLeg } from '../../src/calls/activities/dial-leg.ts';
import { type Call, durationOf, type NewCallFacts } from '../../src/calls/call.ts';
import type { CallEvent, Effect } from '../../src/calls/effects.ts';
import { transition } from '../../src/calls/machine.ts';
import { priceOf } from '../../src/rates/rate.ts';
import { aCall, dialOf, NOW } from '../support/call.ts';
import { documentOf } from '../support/flow.ts';

/** Ten hours for which the alarm did not ring. */
const STOPPED_MS = 36_000_000;

const upon = (call: Call, now: number, ...events: CallEvent[]): Call =>
  events.reduce((it, event) => transition(it, event, now).call, call);
const messages = (effects: Effect[]) => effects.flatMap((effect) => (effect.do === 'send' ? [effect.message] : []));

const up = (facts: Partial<NewCallFacts> = {}): Call =>
  upon(aCall({ timeLimit: 8, ...facts }), NOW, { type: 'call.placed' }, { type: 'leg.answered' });

describe('a call that outlives its limit because an alarm came late', () => {
  it.each<[string, CallEvent]>([
    ['the alarm rings at last', { type: 'timer.limit' }],
    ['its customer hangs up', { type: 'user.hangup' }],
    ['the network reports its end', { type: 'leg.ended', cause: 'normal' }],
    ['the network fails', { type: 'leg.ended', cause: 'network-failure' }],
  ])('is charged for its limit only, when %s', (_what, event) => {
    const call = upon(up(), NOW + STOPPED_MS, event);
    expect(durationOf(call)).toBe(8);
    expect(call.priceMicros).toBe(priceOf(call.rate, 8));
    expect(call.endedAt).toBe(NOW + 8000);
  });

  it.each([7, 8])('is charged for what it lasted when it ended in time, after %d s', (seconds) => {
    expect(durationOf(upon(up(), NOW + seconds * 1000, { type: 'user.hangup' }))).toBe(seconds);
  });

  it('is charged for its limit when it came in', () => {
    const facts = {
      direction: 'inbound' as const,
      timeLimit: 60,
      inline: documentOf([{ verb: 'say', text: 'Hallo' }]),
    };
    const call = upon(aCall(facts), NOW, { type: 'call.received' }, { type: 'leg.answered' });
    expect(durationOf(upon(call, NOW + STOPPED_MS, { type: 'timer.limit' }))).toBe(60);
  });
});

describe('a dial that outlives its limit because an alarm came late', () => {
  const dialling = () =>
    up({ timeLimit: 3600, inline: documentOf([{ verb: 'dial', number: '+31201234567', timeLimit: 10 }]) });
  const connected = () => {
    const call = dialling();
    const leg = dialOf(call)?.legs[0]?.id ?? '';
    return transition(call, { type: 'dial-leg.ready', leg }, NOW);
  };

  it('costs the caller no more than its limit', () => {
    const { call } = connected();
    const late = upon(call, NOW + 1_800_000, { type: 'timer.activity' });
    expect(late.status).toBe('completed');
    expect(durationOf(late)).toBe(10);
  });

  it('costs the caller no more than its limit also when the caller hangs up first', () => {
    const { call } = connected();
    expect(durationOf(upon(call, NOW + 1_800_000, { type: 'leg.ended', cause: 'normal' }))).toBe(10);
  });

  it('costs the dialled leg no more than its limit', () => {
    const [told] = messages(connected().effects);
    const event = told?.to === 'dial-leg' && 'event' in told ? told.event : undefined;
    const leg = upon(up({ timeLimit: 130, activity: newDialLeg('CA1') }), NOW + 2000, event as CallEvent);
    const released = upon(leg, NOW + STOPPED_MS, { type: 'parent.release' });
    expect(durationOf(released)).toBe(12);
  });

  it('costs the dialled leg nothing beyond the limit of the call that dialled', () => {
    const short = up({ timeLimit: 8, inline: documentOf([{ verb: 'dial', number: '+31201234567', timeLimit: 600 }]) });
    const { effects } = transition(
      short,
      { type: 'dial-leg.ready', leg: dialOf(short)?.legs[0]?.id ?? '' },
      NOW + 3000,
    );
    expect(messages(effects)).toMatchObject([{ event: { type: 'parent.connect', seconds: 5 } }]);
  });

  it('tells its action no more than its limit', () => {
    const call = up({
      timeLimit: 3600,
      inline: documentOf([{ verb: 'dial', number: '+31201234567', timeLimit: 10, action: 'https://x.example/after' }]),
    });
    const talking = upon(call, NOW, { type: 'dial-leg.ready', leg: dialOf(call)?.legs[0]?.id ?? '' });
    const { call: after } = transition(talking, { type: 'timer.activity' }, NOW + STOPPED_MS / 100);
    expect(after.flow).toMatchObject({ request: { params: { dial_call_duration: '10' } } });
  });
});

it('a stay in a conference that outlives its limit costs no more than that', () => {
  const call = up({ timeLimit: 3600, inline: documentOf([{ verb: 'conference', name: 'team', timeLimit: 20 }]) });
  expect(durationOf(upon(call, NOW + 1_800_000, { type: 'timer.activity' }))).toBe(20);
});

it('whenever events come, nobody pays for more than the limits allow', () => {
  const events = fc.constantFrom<CallEvent['type']>(
    'leg.answered',
    'timer.activity',
    'timer.verb',
    'timer.limit',
    'user.hangup',
    'leg.ringing',
  );
  const limits = fc.record({ own: fc.integer({ min: 1, max: 100 }), dial: fc.integer({ min: 1, max: 100 }) });
  fc.assert(
    fc.property(limits, fc.array(fc.tuple(events, fc.nat(200_000)), { maxLength: 12 }), ({ own, dial }, script) => {
      const inline = documentOf([{ verb: 'dial', number: '+31201234567', timeLimit: dial }]);
      let call = upon(aCall({ timeLimit: own, inline }), NOW, { type: 'call.placed' });
      let now = NOW;
      for (const [type, later] of script) {
        now += later;
        call = upon(call, now, { type } as CallEvent);
        const leg = dialOf(call)?.legs[0]?.id;
        if (leg !== undefined) call = upon(call, now, { type: 'dial-leg.ready', leg });
      }
      const over = upon(call, now + STOPPED_MS, { type: 'leg.ended', cause: 'normal' });
      expect(durationOf(over)).toBeLessThanOrEqual(own);
      expect(durationOf(over)).toBeLessThanOrEqual(dial);
      expect(over.endedAt).toBeGreaterThanOrEqual(over.answeredAt ?? 0);
    }),
    { numRuns: 1000 },
  );
});
