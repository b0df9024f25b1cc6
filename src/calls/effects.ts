import type { CallStatus } from '../contracts/call.ts';
import type { Instruction, LegFact, Prompt } from '../contracts/carrier.ts';
import type { ConferenceMessage } from '../contracts/conference.ts';
import type { ConsentOnFile } from '../contracts/consent.ts';
import type { RecorderState, RecordingOrder } from '../contracts/recording.ts';
import type { FlowProblem } from '../flow/problem.ts';
import type { Verb } from '../flow/verb.ts';
import type { DialLegEvent, ParentEvent, PeerMessage } from './activities/messages.ts';
import type { Call, FlowRequest } from './call.ts';

/**
 * The timers of a call run in call time. The verb that waits and the activity have one each, to set and clear at will.
 * `consent` needs no cell: what has expired ends before any event.
 */
export const TIMER_NAMES = ['ring', 'limit', 'verb', 'activity', 'record', 'consent'] as const;
export type TimerName = (typeof TIMER_NAMES)[number];

/** Facts that the network, a timer or a fetch reports: they are never refused. The object has checked what users want. */
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
  /** The database has said which consents are on file. */
  | { type: 'consent.looked-up'; consentOnFile: ConsentOnFile }
  /** A consent was withdrawn under which this call may be recorded. */
  | { type: 'consent.withdrawn'; consent: string }
  | { type: 'user.record'; order: RecordingOrder; consentOnFile: ConsentOnFile }
  | { type: 'user.recorder'; is: RecorderState }
  | { type: 'user.hangup' }
  /** Its row cannot be written any more, whatever is left out. */
  | { type: 'call.too-large' }
  /** The network has not taken what the call asks of it for too long. */
  | { type: 'call.unreachable' };

/** One line of a call's timeline. */
export type TimelineRecord = { type: string } & Record<string, string | number | boolean | string[] | undefined>;

/** A timeline entry with its moment, epoch milliseconds. */
export type TimedEntry = TimelineRecord & { at: number };

export type Effect =
  | { do: 'command'; instruction: Instruction }
  /** Tells the customer of a status. The call is as it was then, since one transition may pass through more than one. */
  | { do: 'notify'; call: Call }
  | { do: 'fetch'; request: FlowRequest }
  /** Sends a message to another object. */
  | { do: 'send'; message: PeerMessage }
  | { do: 'timer.set'; name: TimerName; at: number }
  | { do: 'timer.clear'; name: TimerName }
  /** An effect of its own, because the timeline is part of the product and only the machine knows what belongs on it. */
  | { do: 'log'; entry: TimelineRecord };

export interface Transition {
  call: Call;
  effects: Effect[];
}

/** A simulated call that is connected with others runs at most so fast, because their clocks run side by side. */
const MAX_SHARED_SPEED = 20;

/** Every status change is on the timeline and is told to the customer. */
export function changeStatus(call: Call, status: CallStatus): Transition {
  return andThen(log({ ...call, status }, { type: `call.${status}` }), (it) => ({
    call: it,
    effects: [{ do: 'notify', call: it }],
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
export function shareTime(call: Call): Transition {
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

/** Makes one transition of two: the second starts from where the first has left the call. */
export const andThen = (first: Transition, then: (call: Call) => Transition): Transition => {
  const second = then(first.call);
  return { call: second.call, effects: [...first.effects, ...second.effects] };
};
