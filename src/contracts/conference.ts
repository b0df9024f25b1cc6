import type { CallStatus } from '../calls/call.ts';
import type { RecordingPolicy, Stance } from '../consents/policy.ts';
import type { Bridge, Mode, Prompt } from './carrier.ts';
import type { RoomEventKind } from './orders.ts';
import type { RecordOrder } from './recording-order.ts';

/** What calls and rooms say to each other. Every message may come twice: it is recognised by its visit and number. */

/** How a call wants to take part, as its flow says. */
export interface Entry {
  /** At most 128 characters; unique in the room. */
  label?: string;
  muted: boolean;
  beep: 'both' | 'enter' | 'leave' | 'none';
  startOnEnter: boolean;
  endOnExit: boolean;
  /** Of a room that is made by this entry; an existing room keeps its own limit. */
  maxParticipants?: number;
  /** The call id or label of the only one who shall hear it. */
  coach?: string;
  /** The first who enters decides about these. */
  statusCallback?: string;
  statusEvents?: RoomEventKind[];
  record?: RecordOrder;
  /** Where the call's channel is. */
  gateway?: string;
  /** How long the call is kept; a room that it makes is kept as long. */
  kept?: string;
}

/** With what a room begins that nobody created before. */
export interface Founding {
  id: string;
  accountId: string;
  mode: Mode;
  secrets: string[];
  friendlyName?: string;
}

/** What a call tells a room. `visit` counts the rooms a call has entered: 1, 2, … */
export type ParticipantEvent = { call: string; visit: number } & (
  | { type: 'participant.entered'; entry: Entry; at: number }
  /** It left: the call ended, or its flow went on. */
  | { type: 'participant.left'; callStatus: CallStatus; at: number }
  | { type: 'participant.talking'; talking: boolean; at: number }
  /** What only this participant was told has been heard. */
  | { type: 'participant.announced'; announcement: string; at: number }
  /** Whether it may be recorded: `none` when the question was cut short. `keep`: how long its account keeps recordings. */
  | { type: 'participant.answered'; stance: Stance; evidence?: string; keep?: string }
  /** Of a call that the room itself made, before it enters. */
  | { type: 'participant.calling'; callStatus: CallStatus; at: number }
);

/** Where a participant is, and how: the room says it whenever it changes, the call does what is different. */
export type Place =
  /** Alone, with the call's wait document. */
  | { is: 'waiting' }
  | { is: 'meeting'; bridge: Bridge; muted: boolean; coaches?: string; talking: boolean }
  /** Alone, with `url`'s document, or music. */
  | { is: 'held'; url?: string };

/** Why a call is not, or no longer, in a room. Its flow goes on. */
export const OUT_REASONS = [
  'conference_full',
  'conference_ended',
  'conference_not_found',
  'label_taken',
  'coach_absent',
  'kicked',
] as const;
export type OutReason = (typeof OUT_REASONS)[number];

/** What a room tells a call. `n` grows with each; an older one than the last is dropped. */
export type RoomMessage = { room: string; visit: number; n: number } & (
  | { type: 'room.place'; place: Place }
  /** Only this participant hears it; the call reports `participant.announced`. */
  | { type: 'room.announce'; announcement: string; prompts: Prompt[] }
  /** May it be recorded? `policy` holds for the others. The call reports `participant.answered`. */
  | { type: 'room.ask'; policy: RecordingPolicy; notice?: string }
  | { type: 'room.out'; reason: OutReason }
);
