import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wantsLeg } from '../../src/calls/activities/dial.ts';
import { newDialLeg } from '../../src/calls/activities/dial-leg.ts';
import type { DialLegOrder, PeerMessage } from '../../src/calls/activities/messages.ts';
import { type Call, isOver } from '../../src/calls/call.ts';
import type { CallEvent, TimerName } from '../../src/calls/effects.ts';
import { transition } from '../../src/calls/machine.ts';
import { aCall, dialOf, NOW } from '../support/call.ts';
import { documentOf } from '../support/flow.ts';

/** A call and its legs, without objects or networks: their messages wait, and may arrive twice. */
class Family {
  readonly calls = new Map<string, Call>();
  readonly waiting: { from: string; message: PeerMessage }[] = [];
  readonly timers = new Map<string, Set<TimerName>>();
  readonly joined = new Map<string, string>();
  readonly parent: string;

  constructor(order: object) {
    const call = aCall({
      inline: documentOf([
        { verb: 'dial', ...order },
        { verb: 'pause', length: 5 },
      ]),
    });
    this.parent = call.id;
    this.calls.set(call.id, call);
    this.happen(call.id, { type: 'call.placed' });
  }

  happen(id: string, event: CallEvent): void {
    const before = this.calls.get(id);
    if (!before) return;
    const { call, effects } = transition(before, event, NOW);
    this.calls.set(id, call);
    const timers = this.timers.get(id) ?? new Set();
    this.timers.set(id, timers);
    for (const effect of effects) {
      if (effect.do === 'send') this.waiting.push({ from: id, message: effect.message });
      if (effect.do === 'timer.set') timers.add(effect.name);
      if (effect.do === 'timer.clear') timers.delete(effect.name);
      if (effect.do !== 'command') continue;
      if (effect.instruction.do === 'join') this.joined.set(id, effect.instruction.bridge.id);
      if (effect.instruction.do === 'leave') this.joined.delete(id);
    }
    if (isOver(call)) this.joined.delete(id);
  }

  fire(id: string, at: number): void {
    const name = [...(this.timers.get(id) ?? [])][at % 4];
    if (!name) return;
    this.timers.get(id)?.delete(name);
    this.happen(id, { type: `timer.${name}` });
  }

  /** Delivers the first message of a call, which is kept when it is to be delivered again. */
  deliver(from: string, again: boolean): void {
    const at = this.waiting.findIndex((it) => it.from === from);
    const said = this.waiting[at];
    if (!said) return;
    if (!again) this.waiting.splice(at, 1);
    const { message } = said;
    if ('place' in message) this.place(message.place, !again);
    else if (message.to === 'dial-leg') this.happen(message.leg, message.event);
    else if (message.to === 'parent') this.happen(message.parent, message.event);
  }

  place({ id, target, timeout, timeLimit }: DialLegOrder, isTold: boolean): void {
    const parent = this.calls.get(this.parent);
    if (this.calls.has(id) || !parent || !wantsLeg(parent, id)) return;
    if (isTold) this.happen(this.parent, { type: 'dial-leg.placed', leg: id });
    const facts = { id, to: target.to, timeout, timeLimit, parentId: this.parent, activity: newDialLeg(this.parent) };
    this.calls.set(id, aCall(facts));
    this.happen(id, { type: 'call.placed' });
  }

  settle(): void {
    for (let rounds = 0; this.waiting[0] && rounds < 1000; rounds++) this.deliver(this.waiting[0].from, false);
  }
}

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
