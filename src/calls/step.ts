import type { Instruction, LegFact } from '../carriers/carrier.ts';
import type { FlowProblem } from '../flow/problem.ts';
import type { Verb } from '../flow/verb.ts';
import { priceOf } from '../rates/model.ts';
import { type Call, type CallStatus, durationOf, type EndReason, type FlowRequest } from './model.ts';

/** Timers of the call itself; they run in call time. */
export type TimerName = 'ring' | 'limit' | 'verb';

/** Facts, never refused: what the network, a timer or a fetch reports. `user.hangup` was checked by the object. */
export type CallEvent =
  | { type: 'call.placed' }
  | { type: 'call.received' }
  | LegFact
  | { type: 'flow.loaded'; request: number; verbs: Verb[]; url: string }
  | { type: 'flow.failed'; request: number; problem: FlowProblem }
  | { type: `timer.${TimerName}` }
  | { type: 'user.hangup' };

/** One line of a call's timeline. */
export type Note = { type: string } & Record<string, string | number | string[] | undefined>;

export type Effect =
  | { do: 'command'; instruction: Instruction }
  /** Tells the customer; the call as it was at that status, since a step may pass through more than one. */
  | { do: 'notify'; call: Call }
  | { do: 'fetch'; request: FlowRequest }
  | { do: 'timer.set'; name: TimerName; at: number }
  | { do: 'timer.clear'; name: TimerName }
  /** A sixth kind beside STYLE.md's five: the timeline is part of the product, and only the machine knows it. */
  | { do: 'note'; note: Note };

export interface Step {
  call: Call;
  effects: Effect[];
}

export function reject(call: Call, reason: 'rejected' | 'busy', now: number): Step {
  const over = finish(call, reason === 'busy' ? 'busy' : 'no-answer', 'rejected', now);
  return { ...over, effects: [{ do: 'command', instruction: { do: 'reject', reason } }, ...over.effects] };
}

export function hangUp(call: Call, status: CallStatus, reason: EndReason, now: number): Step {
  const over = finish(call, status, reason, now);
  return { ...over, effects: [{ do: 'command', instruction: { do: 'hangup' } }, ...over.effects] };
}

export function finish(call: Call, status: CallStatus, reason: EndReason, now: number): Step {
  const { flow: _over, inline: _unused, ...rest } = call;
  const ended = { ...rest, endedAt: now, endReason: call.endReason ?? reason };
  const seconds = call.answeredAt === undefined ? undefined : durationOf(ended);
  const step = become({ ...ended, priceMicros: priceOf(call.rate, seconds) }, status);
  const clear = (['ring', 'limit', 'verb'] as const).map((name): Effect => ({ do: 'timer.clear', name }));
  return { call: step.call, effects: [...clear, ...step.effects] };
}

/** Every status change is on the timeline and is told to the customer. */
export function become(call: Call, status: CallStatus): Step {
  return after(withNote({ ...call, status }, { type: `call.${status}` }), (it) => ({
    call: it,
    effects: [{ do: 'notify', call: it }],
  }));
}

export const withNote = (call: Call, note: Note): Step => ({ call, effects: [{ do: 'note', note }] });

/** One step after the other: the second starts from where the first left the call. */
export const after = (first: Step, then: (call: Call) => Step): Step => {
  const second = then(first.call);
  return { call: second.call, effects: [...first.effects, ...second.effects] };
};
