import type { Party } from '../contracts/consent.ts';
import type { ActivityOrder } from '../contracts/orders.ts';
import type { Position } from '../flow/interpreter.ts';
import type { ActivityEvent, ActivityTransition, AnyActivity } from './activities/activity.ts';
import { activities } from './activities/index.ts';
import { type Call, isOver } from './call.ts';
import { type CallEvent, type Effect, type Transition, unchanged } from './effects.ts';
import { ownParty } from './recording/parties.ts';

/** Hands events to the call's activity. What follows for its document is up to `run-flow.ts`. */

const activityOf = ({ activity }: Call): AnyActivity | undefined =>
  activities.find(({ kind }) => kind === activity?.kind);

/** Begins the activity that a verb orders. The call has left its document. */
export function beginActivity(
  call: Call,
  { activity, order }: ActivityOrder,
  position: Position,
  now: number,
): ActivityTransition {
  const definition = activities.find(({ kind }) => kind === activity);
  return definition?.begin?.(call, order, position, now) ?? unchanged(call);
}

/** Lets the activity decide about an event; undefined when the event is none of its business. */
export const handToActivity = (call: Call, event: ActivityEvent, now: number): ActivityTransition | undefined =>
  activityOf(call)?.on[event.type]?.(call, call.activity, event as never, now);

/** Decides about an event that came too late: this call does not wait for it any more. */
export function handleLateEvent(call: Call, event: CallEvent): Transition {
  const late = activities.find((activity) => activity.late?.[event.type])?.late?.[event.type];
  return late?.(call, event as never) ?? unchanged(call);
}

/** Stops the call's activity, if it has one. */
export const interruptActivity = (call: Call, now: number): Transition =>
  activityOf(call)?.interrupt(call, call.activity, now) ?? unchanged(call);

/** The verb that began the call's activity, and what the activity has come to by the call's end; undefined without either. */
export function resultOfActivity(call: Call, now: number) {
  const position = call.activity?.position;
  return position && { position, params: activityOf(call)?.result?.(call, call.activity, now) ?? {} };
}

/** After every event: those whose recorders hear the call's party learn at once that it agrees, or does not any more. */
export function tellPartyChange(before: Call, { call, effects }: Transition): Transition {
  const isSame = isSameParty(ownParty(before), ownParty(call));
  // Whoever begins to hear the party is told of it as it is.
  const isNews = !isOver(call) && !isSame && newsOfParty(before).length > 0;
  return { call, effects: isNews ? [...effects, ...newsOfParty(call)] : effects };
}

const newsOfParty = (call: Call): Effect[] => activityOf(call)?.partyChanged?.(call, call.activity) ?? [];

const isSameParty = (one: Party, other: Party): boolean =>
  one.consent === other.consent && one.evidence === other.evidence;

/** The verbs that may stand in a document that only this call hears; undefined when all may. */
export const verbsAllowed = (call: Call): readonly string[] | undefined => activityOf(call)?.verbs;
