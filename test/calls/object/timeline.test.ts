import { expect, it } from 'vitest';
import {
  advance,
  applyLegEvent,
  type CallState,
  logDelivery,
  logEntry,
  newState,
} from '../../../src/calls/object/state.ts';
import { startClock } from '../../../src/lib/clock.ts';
import { aCall, NOW } from '../../support/call.ts';
import { documentOf } from '../../support/flow.ts';

const timesOf = ({ timeline }: CallState) => timeline.map(({ at }) => at - NOW);

const begun = (speed: number): CallState => {
  const call = aCall({ inline: documentOf([{ verb: 'pause', length: 60 }]) });
  return advance(newState(call, startClock(NOW, speed)), { type: 'call.placed' }, NOW, NOW);
};

const attempted = (state: CallState, wall: number): CallState =>
  logDelivery(
    state,
    { notification: { type: 'call.ringing', sequence: 1, attempts: 1 }, end: 'delivered' } as Parameters<
      typeof logDelivery
    >[1],
    { status: 200, milliseconds: 5 },
    wall,
  );

it('a timeline never goes back, also where a network reports what is older than what was noted since', () => {
  const noted = logEntry(begun(1), { type: 'flow.requested' }, NOW + 500);
  const rings = applyLegEvent(noted, { type: 'leg.ringing', at: NOW + 300 }, NOW + 510);
  expect(rings.timeline.map(({ type }) => type)).toEqual(['call.queued', 'flow.requested', 'call.ringing']);
  expect(timesOf(rings)).toEqual([0, 500, 500]);
});

it('what a callback came to is noted in the time of a call whose time runs faster', () => {
  const answered = applyLegEvent(begun(1000), { type: 'leg.answered', at: NOW + 90_000 }, NOW + 100);
  expect(timesOf(attempted(answered, NOW + 120)).at(-1)).toBe(90_020);
});

it('a call whose inline flow has attributes that do nothing notes them when the flow begins', () => {
  const call = aCall({ inline: documentOf([{ verb: 'hangup' }]), inlineIgnored: ['say.foo'] });
  const placed = advance(newState(call, startClock(NOW, 1)), { type: 'call.placed' }, NOW, NOW);
  const ended = advance(placed, { type: 'leg.answered' }, NOW, NOW);
  expect(ended.timeline).toContainEqual({ type: 'flow.read', ignored: ['say.foo'], at: NOW });
  expect(ended.call).not.toHaveProperty('inlineIgnored');
});
