import type { CallStatus, EndReason } from '../contracts/call.ts';
import type { Instruction, LegFact, Prompt } from '../contracts/carrier.ts';
import type { ConferenceMessage } from '../contracts/conference.ts';
import type { ConsentOnFile } from '../contracts/consent.ts';
import type { RecorderState, RecordingOrder } from '../contracts/recording.ts';
import type { FlowProblem } from '../flow/problem.ts';
import type { Verb } from '../flow/verb.ts';
import { priceOf } from '../rates/rate.ts';
import { keptUntil } from '../retention/retention.ts';
import {
  type DialLegEvent,
  endMessages,
  type ParentEvent,
  type PeerMessage,
  statusMessages,
} from './activities/messages.ts';
import { type Call, durationOf, type FlowRequest } from './call.ts';

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
  | DialLegEvent
  | ParentEvent
  | { type: 'conference.message'; message: ConferenceMessage }
  | { type: 'conference.found'; stay: number; conference: string }
  /** The database knows of these consents. */
  | { type: 'consent.looked-up'; consentOnFile: ConsentOnFile }
  /** A consent was withdrawn that this call may be recorded under. */
  | { type: 'consent.withdrawn'; consent: string }
  | { type: 'user.record'; order: RecordingOrder; consentOnFile: ConsentOnFile }
  | { type: 'user.recorder'; is: RecorderState }
  | { type: 'user.hangup' };

/** One line of a call's timeline. */
export type TimelineRecord = { type: string } & Record<string, string | number | string[] | undefined>;

/** A timeline entry with its moment, epoch milliseconds. */
export type TimedEntry = TimelineRecord & { at: number };

export type Effect =
  | { do: 'command'; instruction: Instruction }
  /** Tells the customer; the call as it was at that status, since a step may pass through more than one. */
  | { do: 'notify'; call: Call }
  | { do: 'fetch'; request: FlowRequest }
  /** Says something to another call, or to a conference. */
  | { do: 'send'; message: PeerMessage }
  | { do: 'timer.set'; name: TimerName; at: number }
  | { do: 'timer.clear'; name: TimerName }
  /** An effect of its own, because the timeline is part of the product and only the machine knows what belongs on it. */
  | { do: 'log'; entry: TimelineRecord };

export interface Transition {
  call: Call;
  effects: Effect[];
}

/** A step, and once the call is not connected with others any more what the verb's `action` is told. */
export type ConnectionTransition = Transition & { ended?: Record<string, string> };

/** How fast a simulated call runs at most once it is connected with others: their clocks run side by side. */
const MAX_SHARED_SPEED = 20;

export function reject(call: Call, reason: 'rejected' | 'busy', now: number): Transition {
  const over = finish(call, reason === 'busy' ? 'busy' : 'no-answer', 'rejected', now);
  return { ...over, effects: [{ do: 'command', instruction: { do: 'reject', reason } }, ...over.effects] };
}

export function hangUp(call: Call, status: CallStatus, reason: EndReason, now: number): Transition {
  const over = finish(call, status, reason, now);
  return { ...over, effects: [{ do: 'command', instruction: { do: 'hangup' } }, ...over.effects] };
}

export function finish(call: Call, status: CallStatus, reason: EndReason, now: number): Transition {
  const {
    flow: _over,
    inline: _unused,
    dialing: _alone,
    meeting: _away,
    pendingNotice: _unheard,
    recorder: _closed,
    ...rest
  } = call;
  const expiresAt = keptUntil('call', now, call.retention);
  const ended = { ...rest, endedAt: now, endReason: call.endReason ?? reason, expiresAt };
  const seconds = call.answeredAt === undefined ? undefined : durationOf(ended);
  const step = changeStatus({ ...ended, priceMicros: priceOf(call.rate, seconds) }, status, now);
  const clear = (['ring', 'limit', 'verb', 'stay', 'record'] as const).map(
    (name): Effect => ({ do: 'timer.clear', name }),
  );
  const words = [...recorderStopped(call, now), ...endMessages(call, status, now)];
  return { call: step.call, effects: [...clear, ...step.effects, ...words.map(send)] };
}

/** With the leg its recorder has closed. */
const recorderStopped = ({ recorder }: Call, at: number): PeerMessage[] =>
  recorder ? [{ to: 'recording', recording: recorder.id, event: { type: 'stopped', at } }] : [];

/** Every status change is on the timeline and is told to the customer. */
export function changeStatus(call: Call, status: CallStatus, now: number): Transition {
  return andThen(log({ ...call, status }, { type: `call.${status}` }), (it) => ({
    call: it,
    effects: [{ do: 'notify', call: it }, ...statusMessages(it, now).map(send)],
  }));
}

export const unchanged = (call: Call): Transition => ({ call, effects: [] });

export const command = (call: Call, instruction: Instruction): Transition => ({
  call,
  effects: [{ do: 'command', instruction }],
});

export const send = (message: PeerMessage): Effect => ({ do: 'send', message });

/** Plays prompts beside the document. */
export function playBeside(call: Call, prompts: Prompt[]): Transition & { playback: string } {
  const playbacks = call.playbacks + 1;
  const playback = `${call.id}-${playbacks}`;
  return { ...command({ ...call, playbacks }, { do: 'play', playback, prompts }), playback };
}

/** Calls that are connected share one time, which nobody can stop to wait: it runs by itself, and not too fast. */
export function runFreely(call: Call): Transition {
  const { script } = call;
  if (!script || script.speed === 1 || call.runsFreely) return unchanged(call);
  const speed = Math.min(script.speed, MAX_SHARED_SPEED);
  return command({ ...call, script: { ...script, speed }, runsFreely: true }, { do: 'run', speed });
}

export function requestFlow(call: Call, ask: Omit<FlowRequest, 'number'>): Transition {
  const request = { ...ask, number: call.requests + 1 };
  return {
    call: { ...call, requests: request.number, flow: { is: 'fetching', request } },
    effects: [
      { do: 'timer.clear', name: 'verb' },
      { do: 'fetch', request },
    ],
  };
}

export const log = (call: Call, entry: TimelineRecord): Transition => ({ call, effects: [{ do: 'log', entry }] });

/** One step after the other: the second starts from where the first left the call. */
export const andThen = (first: Transition, then: (call: Call) => Transition): Transition => {
  const second = then(first.call);
  return { call: second.call, effects: [...first.effects, ...second.effects] };
};
