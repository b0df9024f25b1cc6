import type { RecordingPolicy } from '../../consents/policy.ts';
import type { Bridge } from '../../contracts/carrier.ts';
import type { ParticipantEvent } from '../../contracts/conference.ts';
import type { DialTarget } from '../../contracts/orders.ts';
import type { Answer } from '../../flow/verb.ts';
import type { RecordingWord } from '../../recordings/object/client.ts';
import type { Call, CallStatus } from '../call.ts';
import type { Present } from '../recording/parties.ts';

/** What calls that belong together say to each other, and to their room. Each may come twice, and changes nothing then. */

/** What a call tells one that it dialled. */
export type ParentEvent =
  | { type: 'parent.connect'; bridge: Bridge }
  /** It is not wanted any more: another one answered, or the caller is gone. */
  | { type: 'parent.release' };

/** What a dialled call tells the one that dialled it. */
export type ChildEvent = { child: string } /** With who is there, and whether they may be recorded. */ & (
  | { type: 'child.ready'; party?: Present }
  | { type: 'child.ended'; status: CallStatus }
  /** It could not be placed at all. */
  | { type: 'child.refused'; code: PlacingRefusal }
);

export type PlacingRefusal = 'caller_id_not_owned';

/** A call to be dialled for another one. */
export interface ChildOrder {
  id: string;
  target: DialTarget;
  /** What it sees as caller, and whether that must be a number of the account: it is no number of this call. */
  from: string;
  foreign: boolean;
  /** The line that it will be connected with is recorded, or is to be: it is asked first. */
  recordedUnder?: RecordingPolicy;
  notice?: string;
  /** Seconds. */
  timeout: number;
  timeLimit: number;
}

/** Something to be said to another object. */
export type Word =
  | { to: 'child'; place: ChildOrder }
  | { to: 'child'; child: string; event: ParentEvent }
  | { to: 'parent'; parent: string; event: ChildEvent }
  /** What the other party answered, to be kept as evidence. */
  | { to: 'file'; answer: Answer & { announced?: true; question: number; at: number } }
  /** Who of these has agreed to be recorded? */
  | { to: 'file'; look: string[] }
  | ({ to: 'recording' } & RecordingWord)
  /** On entering `name` says which; the room that made this call is known before. Else it is the visit's. */
  | { to: 'room'; name?: string; room?: string; event: ParticipantEvent };

/** What the others must hear when a call's status changed. */
export function news(call: Call, now: number): Word[] {
  const { id, participantOf: room, visits, status } = call;
  if (room === undefined || visits > 0) return [];
  return [
    { to: 'room', room, event: { call: id, visit: 0, type: 'participant.calling', callStatus: status, at: now } },
  ];
}

/** What the others must hear when a call is over: nobody waits for it, and no leg of its children goes on. */
export function farewells(call: Call, status: CallStatus, now: number): Word[] {
  const { id, parentId, dialing, meeting } = call;
  const words: Word[] = (dialing?.children ?? [])
    .filter((child) => !child.over)
    .map((child) => ({ to: 'child', child: child.id, event: { type: 'parent.release' } }));
  if (parentId !== undefined) {
    words.push({ to: 'parent', parent: parentId, event: { child: id, type: 'child.ended', status } });
  }
  if (meeting) words.push(goodbye(id, meeting.visit, status, now));
  return words;
}

export const goodbye = (call: string, visit: number, callStatus: CallStatus, at: number): Word => ({
  to: 'room',
  event: { call, visit, type: 'participant.left', callStatus, at },
});
