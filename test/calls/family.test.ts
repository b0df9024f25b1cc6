import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Call, isOver } from '../../src/calls/call.ts';
import type { CallEvent } from '../../src/calls/effects.ts';
import { dialOf } from '../support/call.ts';
import { Family } from '../support/family.ts';

const NETWORK: CallEvent[] = [
  { type: 'leg.ringing' },
  { type: 'leg.answered' },
  { type: 'leg.answered' },
  { type: 'leg.digit', digit: '*' },
  { type: 'leg.ended', cause: 'busy' },
  { type: 'leg.ended', cause: 'normal' },
  { type: 'user.hangup' },
];

const moves = fc.array(fc.tuple(fc.nat(3), fc.nat(9), fc.nat(6), fc.boolean()), { maxLength: 60 });
const orders = fc.record({
  targets: fc
    .constantFrom(1, 2, 3)
    .map((count) => Array.from({ length: count }, (_, at) => ({ noun: 'number', to: `+3120123456${at}` }))),
  sequential: fc.boolean(),
  hangupOnStar: fc.boolean(),
});

function play(order: object, script: [number, number, number, boolean][]): Family {
  const family = new Family(order);
  for (const [who, what, which, again] of script) {
    const ids = [...family.calls.keys()];
    const id = ids[who % ids.length] ?? family.parent;
    if (what < 5) family.deliver(id, again);
    else if (what < 9) family.happen(id, NETWORK[which] as CallEvent);
    else family.fire(id, which);
    checkAlways(family);
  }
  return family;
}

function checkAlways({ calls, parent, joined }: Family): void {
  const together = [...joined].filter(([id]) => id !== parent);
  expect(together.length, 'never more than one of them hears the caller').toBeLessThanOrEqual(1);
  if (together.length === 0) return;
  const bridge = joined.get(parent);
  // The caller may have left a moment before; never is it in another bridge.
  if (bridge !== undefined) expect(together[0]?.[1]).toBe(bridge);
  expect([...calls.keys()].length).toBeLessThanOrEqual(4);
}

describe('whatever happens to a call and its legs, in whatever order, late or twice', () => {
  it('nobody is left alone once every message has arrived', () => {
    fc.assert(
      fc.property(orders, moves, (order, script) => {
        const family = play(order, script);
        family.happen(family.parent, { type: 'user.hangup' });
        family.settle();
        const alive = [...family.calls.values()].filter((call) => !isOver(call));
        expect(alive.map(({ id }) => id)).toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });

  it('the legs that were not first are released while the first talks', () => {
    fc.assert(
      fc.property(orders, moves, (order, script) => {
        const family = play(order, script);
        family.settle();
        const parent = family.calls.get(family.parent);
        const dialing = parent && dialOf(parent);
        if (dialing?.winner === undefined) return;
        const others = dialing.legs.filter(({ id }) => id !== dialing.winner);
        const isAlive = (call: Call | undefined) => call !== undefined && !isOver(call);
        expect(others.filter(({ id }) => isAlive(family.calls.get(id)))).toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });

  it('the caller goes on with its flow once all legs are over', () => {
    fc.assert(
      fc.property(orders, moves, (order, script) => {
        const family = play(order, script);
        for (let rounds = 0; rounds < 4; rounds++) {
          for (const id of family.calls.keys()) {
            if (id !== family.parent) family.happen(id, { type: 'leg.ended', cause: 'normal' });
          }
          family.settle();
        }
        const parent = family.calls.get(family.parent);
        expect(parent && !isOver(parent) && dialOf(parent)).toBeFalsy();
        expect(family.joined.size).toBe(0);
      }),
      { numRuns: 1500 },
    );
  });
});
