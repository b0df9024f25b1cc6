import type { Grounds } from '../consents/consent.ts';
import type { Instruction, LegFact, Prompt } from '../contracts/carrier.ts';
import type { RoomMessage } from '../contracts/conference.ts';
import type { RecorderState, RecordOrder } from '../contracts/recording-order.ts';
import type { FlowProblem } from '../flow/problem.ts';
import type { Verb } from '../flow/verb.ts';
import { priceOf } from '../rates/rate.ts';
import { keptUntil } from '../retention/retention.ts';
import { type ChildEvent, farewells, news, type ParentEvent, type Word } from './activities/messages.ts';
import { type Call, type CallStatus, durationOf, type EndReason, type FlowRequest } from './call.ts';

/** Timers of the call itself; they run in call time. */
export type TimerName = 'ring' | 'limit' | 'verb' | 'stay' | 'record';

/** Facts, never refused: what the network, a timer or a fetch reports. `user.hangup` was checked by the object. */
export type CallEvent =
  | { type: 'call.placed' }
  | { type: 'call.received' }
  | LegFact
  | { type: 'flow.loaded'; request: number; verbs: Verb[]; url: string }
  | { type: 'flow.failed'; request: number; problem: FlowProblem }
  | { type: `timer.${TimerName}` }
  | ChildEvent
  | ParentEvent
  | { type: 'room.said'; message: RoomMessage }
  | { type: 'room.found'; visit: number; room: string }
  /** The database knows of these consents. */
  | { type: 'grounds.found'; grounds: Grounds }
  /** A consent was withdrawn that this call may be recorded under. */
  | { type: 'consent.withdrawn'; consent: string }
  | { type: 'user.record'; order: RecordOrder; grounds: Grounds }
  | { type: 'user.recorder'; is: RecorderState }
  | { type: 'user.hangup' };

/** One line of a call's timeline. */
export type Note = { type: string } & Record<string, string | number | string[] | undefined>;

export type Effect =
  | { do: 'command'; instruction: Instruction }
  /** Tells the customer; the call as it was at that status, since a step may pass through more than one. */
  | { do: 'notify'; call: Call }
  | { do: 'fetch'; request: FlowRequest }
  /** Says something to another call, or to a room. */
  | { do: 'tell'; word: Word }
  | { do: 'timer.set'; name: TimerName; at: number }
  | { do: 'timer.clear'; name: TimerName }
  /** One more kind, with `tell`, than STYLE.md's five: the timeline is part of the product, and only the machine knows it. */
  | { do: 'note'; note: Note };

export interface Step {
  call: Call;
  effects: Effect[];
}

/** A step, and once the call is not connected with others any more what the verb's `action` is told. */
export type Connecting = Step & { ended?: Record<string, string> };

/** How fast a simulated call runs at most once it is connected with others: their clocks run side by side. */
const MAX_SHARED_SPEED = 20;

export function reject(call: Call, reason: 'rejected' | 'busy', now: number): Step {
  const over = finish(call, reason === 'busy' ? 'busy' : 'no-answer', 'rejected', now);
  return { ...over, effects: [{ do: 'command', instruction: { do: 'reject', reason } }, ...over.effects] };
}

export function hangUp(call: Call, status: CallStatus, reason: EndReason, now: number): Step {
  const over = finish(call, status, reason, now);
  return { ...over, effects: [{ do: 'command', instruction: { do: 'hangup' } }, ...over.effects] };
}

export function finish(call: Call, status: CallStatus, reason: EndReason, now: number): Step {
  const {
    flow: _over,
    inline: _unused,
    dialing: _alone,
    meeting: _away,
    aside: _unheard,
    recorder: _closed,
    ...rest
  } = call;
  const expiresAt = keptUntil('call', now, call.retention);
  const ended = { ...rest, endedAt: now, endReason: call.endReason ?? reason, expiresAt };
  const seconds = call.answeredAt === undefined ? undefined : durationOf(ended);
  const step = become({ ...ended, priceMicros: priceOf(call.rate, seconds) }, status, now);
  const clear = (['ring', 'limit', 'verb', 'stay', 'record'] as const).map(
    (name): Effect => ({ do: 'timer.clear', name }),
  );
  const words = [...lastOfRecorder(call, now), ...farewells(call, status, now)];
  return { call: step.call, effects: [...clear, ...step.effects, ...words.map(say)] };
}

/** With the leg its recorder has closed. */
const lastOfRecorder = ({ recorder }: Call, at: number): Word[] =>
  recorder ? [{ to: 'recording', recording: recorder.id, event: { type: 'stopped', at } }] : [];

/** Every status change is on the timeline and is told to the customer. */
export function become(call: Call, status: CallStatus, now: number): Step {
  return after(withNote({ ...call, status }, { type: `call.${status}` }), (it) => ({
    call: it,
    effects: [{ do: 'notify', call: it }, ...news(it, now).map(say)],
  }));
}

export const stay = (call: Call): Step => ({ call, effects: [] });

export const command = (call: Call, instruction: Instruction): Step => ({
  call,
  effects: [{ do: 'command', instruction }],
});

export const say = (word: Word): Effect => ({ do: 'tell', word });

/** Plays prompts beside the document. */
export function play(call: Call, prompts: Prompt[]): Step & { playback: string } {
  const playbacks = call.playbacks + 1;
  const playback = `${call.id}-${playbacks}`;
  return { ...command({ ...call, playbacks }, { do: 'play', playback, prompts }), playback };
}

/** Calls that are connected share one time, which nobody can stop to wait: it runs by itself, and not too fast. */
export function runFreely(call: Call): Step {
  const { script } = call;
  if (!script || script.speed === 1 || call.runsFreely) return stay(call);
  const speed = Math.min(script.speed, MAX_SHARED_SPEED);
  return command({ ...call, script: { ...script, speed }, runsFreely: true }, { do: 'run', speed });
}

export function fetchFlow(call: Call, ask: Omit<FlowRequest, 'number'>): Step {
  const request = { ...ask, number: call.requests + 1 };
  return {
    call: { ...call, requests: request.number, flow: { is: 'fetching', request } },
    effects: [
      { do: 'timer.clear', name: 'verb' },
      { do: 'fetch', request },
    ],
  };
}

export const withNote = (call: Call, note: Note): Step => ({ call, effects: [{ do: 'note', note }] });

/** One step after the other: the second starts from where the first left the call. */
export const after = (first: Step, then: (call: Call) => Step): Step => {
  const second = then(first.call);
  return { call: second.call, effects: [...first.effects, ...second.effects] };
};
