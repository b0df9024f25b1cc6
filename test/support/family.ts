import { wantsLeg } from '../../src/calls/activities/dial.ts';
import { newDialLeg } from '../../src/calls/activities/dial-leg.ts';
import type { DialLegOrder, PeerMessage } from '../../src/calls/activities/messages.ts';
import { type Call, isOver } from '../../src/calls/call.ts';
import type { CallEvent, Effect, TimerName } from '../../src/calls/effects.ts';
import { transition } from '../../src/calls/machine.ts';
import { aCall, NOW } from './call.ts';
import { documentOf } from './flow.ts';

/** A call and its legs, without objects or networks: their messages wait, and may arrive twice. */
export class Family {
  readonly calls = new Map<string, Call>();
  readonly waiting: { from: string; message: PeerMessage }[] = [];
  readonly timers = new Map<string, Set<TimerName>>();
  readonly joined = new Map<string, string>();
  readonly parent: string;

  constructor(order: object, facts: Partial<Call> = {}) {
    const call = aCall({
      inline: documentOf([
        { verb: 'dial', ...order },
        { verb: 'pause', length: 5 },
      ]),
      ...facts,
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
      if (effect.do === 'command') this.command(id, effect.instruction);
    }
    if (isOver(call)) this.joined.delete(id);
  }

  protected command(id: string, instruction: Extract<Effect, { do: 'command' }>['instruction']): void {
    if (instruction.do === 'join') this.joined.set(id, instruction.bridge.id);
    if (instruction.do === 'leave') this.joined.delete(id);
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
    this.handle(from, said.message);
  }

  handle(_from: string, message: PeerMessage): void {
    if ('place' in message) this.place(message.place);
    else if (message.to === 'dial-leg') this.happen(message.leg, message.event);
    else if (message.to === 'parent') this.happen(message.parent, message.event);
  }

  place({ id, target, timeout, timeLimit, recordedUnder }: DialLegOrder): void {
    const parent = this.calls.get(this.parent);
    if (this.calls.has(id) || !parent || !wantsLeg(parent, id)) return;
    // A crash may lose the parent's own note of it.
    if (this.calls.size % 2 === 1) this.happen(this.parent, { type: 'dial-leg.placed', leg: id });
    const activity = newDialLeg(this.parent, recordedUnder);
    this.calls.set(id, aCall({ id, to: target.to, timeout, timeLimit, parentId: this.parent, activity }));
    this.happen(id, { type: 'call.placed' });
  }

  settle(): void {
    for (let rounds = 0; this.waiting[0] && rounds < 1000; rounds++) this.deliver(this.waiting[0].from, false);
  }
}
