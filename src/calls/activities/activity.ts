import type { CallStatus, EndReason } from '../../contracts/call.ts';
import type { Position } from '../../flow/interpreter.ts';
import type { Verb } from '../../flow/verb.ts';
import type { ActivityState, Call } from '../call.ts';
import type { CallEvent, Effect, Transition } from '../effects.ts';

/** The events of a call, and those that only an activity gets. */
export type ActivityEvent =
  | CallEvent
  /** The call rings, or was answered. At its end the activity is interrupted instead. */
  | { type: 'call.status-changed' }
  /** The document that only this call hears is over, or the call has none. */
  | { type: 'document.ended' }
  /** The document that only this call hears cannot be had, or has a verb that it must not have. */
  | { type: 'document.failed' }
  /** It is known whether the party may be recorded, which the activity has asked for by `requestConsentOnFile`. */
  | { type: 'consent.settled' };

/** The decision of an activity, and what the call does next, if anything follows. */
export type ActivityTransition = Transition & { next?: NextStep };

export type NextStep =
  /** The activity is over: the verb that began it decides what comes next. */
  | { do: 'resume-verb'; position: Position; params: Record<string, string> }
  | { do: 'run-document'; document: Verb[] }
  | { do: 'hang-up'; status: CallStatus; reason: EndReason };

/** Decides about an event that finds the call busy with this activity; undefined leaves the event to the document. */
type Cell<State, Event> = (call: Call, state: State, event: Event, now: number) => ActivityTransition | undefined;

/**
 * One thing that a call can be busy with besides its document: it dials and talks, it is in a conference, it waits for the
 * call that dialled it. One file each, and one line in `index.ts`.
 */
export interface Activity<State extends ActivityState, Order = never> {
  kind: State['kind'];
  /** Begins the activity as a verb orders. A call is born with an activity that no verb begins. */
  begin?(call: Call, order: Order, position: Position, now: number): ActivityTransition;
  on: { [Type in ActivityEvent['type']]?: Cell<State, Extract<ActivityEvent, { type: Type }>> };
  /** Decides about events that find the call busy with something else, or over: what it began must not go on alone. */
  late?: { [Type in CallEvent['type']]?: (call: Call, event: Extract<CallEvent, { type: Type }>) => Transition };
  /**
   * Stops the activity, whoever wants that: tells everybody who waits for this call, and asks the network to undo what it
   * did. When the call is over only the messages to others leave, since its leg is gone anyway.
   */
  interrupt(call: Call, state: State, now: number): Transition;
  /** What the verb that began the activity is told when the call ends meanwhile. */
  result?(call: Call, state: State, now: number): Record<string, string>;
  /** Tells those whose recorders hear this call's party that it has changed whether the party may be recorded. */
  partyChanged?(call: Call, state: State): Effect[];
  /** The verbs that may stand in a document that only this call hears meanwhile; all, when absent. */
  verbs?: readonly string[];
}

/** An activity of which only the shape matters, as the registry sees it. */
// biome-ignore lint/suspicious/noExplicitAny: a registry of activities is generic in each one's own state and order
export type AnyActivity = Activity<any, any>;

/** The state of the call's activity, if it is of this kind. */
export const stateOf = <State extends ActivityState>(
  { activity }: Pick<Call, 'activity'>,
  kind: State['kind'],
): State | undefined => (activity?.kind === kind ? (activity as State) : undefined);

/** The call without what it was busy with, which may have taken longer than it might. */
export function endActivity(call: Call, now: number): Call {
  const over = Math.max(0, now - (call.activity?.endsBy ?? now));
  const without = withoutActivity(call);
  return over === 0 ? without : { ...without, overtime: (call.overtime ?? 0) + over };
}

/** The call without what it was busy with. */
export function withoutActivity({ activity: _over, ...call }: Call): Call {
  return call;
}
