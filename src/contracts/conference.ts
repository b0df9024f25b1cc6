import type { CallStatus } from './call.ts';
import type { Bridge, Prompt } from './carrier.ts';
import type { PartyConsent, RecordingPolicy } from './consent.ts';
import type { ConferenceOrder } from './orders.ts';
import type { Mode } from './scope.ts';

/** What calls and conferences say to each other. Every message may come twice: it is recognised by its stay and number. */

/** How a call wants to take part, and what the conference must know of it. */
export interface ConferenceEntry extends ConferenceOrder {
  /** The gateway that has the call's channel. */
  gateway?: string;
  /** How long the call is kept; a conference that it makes is kept as long. */
  kept?: string;
}

/** With what a conference begins that nobody created before. */
export interface NewConference {
  id: string;
  accountId: string;
  mode: Mode;
  secrets: string[];
  friendlyName?: string;
}

/** What a call tells a conference. `stay` counts the conferences a call has entered: 1, 2, … */
export type ParticipantEvent = { call: string; stay: number } & (
  | { type: 'participant.entered'; entry: ConferenceEntry; at: number }
  /** It left: the call ended, or its flow went on. */
  | { type: 'participant.left'; callStatus: CallStatus; at: number }
  | { type: 'participant.talking'; talking: boolean; at: number }
  /** What only this participant was told has been heard. */
  | { type: 'participant.announced'; announcement: string; at: number }
  /** Whether it may be recorded: `none` when the question was cut short. `keep`: how long its account keeps recordings. */
  | { type: 'participant.answered'; partyConsent: PartyConsent; evidence?: string; keep?: string }
  /** Of a call that the conference itself made, before it enters. */
  | { type: 'participant.calling'; callStatus: CallStatus; at: number }
);

/** Where a participant is, and how: the conference says it whenever it changes, the call does what is different. */
export type Placement =
  /** Alone, with the call's wait document. */
  | { is: 'waiting' }
  | { is: 'joined'; bridge: Bridge; muted: boolean; coaches?: string; talking: boolean }
  /** Alone, with `url`'s document, or music. */
  | { is: 'held'; url?: string; method?: 'GET' | 'POST' };

/** Why a call is not, or no longer, in a conference. Its flow goes on. */
export const REMOVAL_REASONS = [
  'conference_full',
  'conference_ended',
  'conference_not_found',
  'label_taken',
  'coach_absent',
  'kicked',
] as const;
export type RemovalReason = (typeof REMOVAL_REASONS)[number];

/** What a conference tells a call. `n` grows with each; an older one than the last is dropped. */
export type ConferenceMessage = { conference: string; stay: number; n: number } & (
  | { type: 'conference.place'; placement: Placement }
  /** Only this participant hears it; the call reports `participant.announced`. */
  | { type: 'conference.announce'; announcement: string; prompts: Prompt[] }
  /** May it be recorded? `policy` holds for the others. The call reports `participant.answered`. */
  | { type: 'conference.ask-consent'; policy: RecordingPolicy; notice?: string }
  | { type: 'conference.remove'; reason: RemovalReason }
);
