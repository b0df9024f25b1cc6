import type { CallStatus } from '../../contracts/call.ts';
import type { Bridge } from '../../contracts/carrier.ts';
import type { ParticipantEvent } from '../../contracts/conference.ts';
import type { ConsentAnswer, Party, RecordingPolicy } from '../../contracts/consent.ts';
import type { DialTarget } from '../../contracts/orders.ts';
import type { RecordingMessage } from '../../contracts/recording.ts';

/** The messages that a call sends. Each may arrive twice, and changes nothing the second time. */

/** What a call tells a leg that it has dialled. */
export type ParentEvent =
  /**
   * Connects the two, for so many seconds at most; `party` is who is on the parent's line, and whether they may be recorded.
   * Older releases told neither.
   */
  | { type: 'parent.connect'; bridge: Bridge; party?: Party; seconds?: number }
  /** It has changed whether the parent's party may be recorded, of whom the leg's recorder hears. */
  | { type: 'parent.party-changed'; party: Party }
  /** The leg is not wanted any more: another leg was first, or the caller is gone. */
  | { type: 'parent.release' };

/** What a dialled leg tells its parent call. */
export type DialLegEvent = {
  leg: string;
} /** The leg waits to be connected; `party` is who is there, and whether they may be recorded. */ & (
  | { type: 'dial-leg.ready'; party?: Party }
  /** The leg is over; `refused` says why nobody's phone has rung. */
  | { type: 'dial-leg.ended'; status: CallStatus; refused?: DialRefusal }
  /** It has changed whether the party of the leg may be recorded. */
  | { type: 'dial-leg.party-changed'; party: Party }
  /** The leg exists; the parent's own object says so. */
  | { type: 'dial-leg.placed' }
  /** The leg was not placed in the time that it might ring, so that there is none. */
  | { type: 'dial-leg.missing' }
);

/** Why a leg was refused before it reached the phone network, by its end reason. */
export const DIAL_REFUSALS = {
  'caller-id-not-owned': 'caller_id_not_owned',
  'no-gateway': 'no_gateway',
  'no-route': 'no_route',
  'emergency-refused': 'emergency_refused',
} as const;
export type DialRefusal = (typeof DIAL_REFUSALS)[keyof typeof DIAL_REFUSALS];

/** A leg that a call wants to be dialled. */
export interface DialLegOrder {
  id: string;
  target: DialTarget;
  /** The caller that the leg sees; `foreign` when that is no number of the parent call, and so must be one of the account's. */
  from: string;
  foreign: boolean;
  /** The policy for the line that the leg will be connected with, if that is recorded, or is to be: the leg is asked first. */
  recordedUnder?: RecordingPolicy;
  /** How long the leg may ring, and last, in seconds. */
  timeout: number;
  timeLimit: number;
}

/** What became of an order to place a leg: nobody wants it any more, or it could not be placed in the time that it may ring. */
export type Placing = 'placed' | 'unwanted' | 'late';

/** A message to another object. */
export type PeerMessage =
  | { to: 'dial-leg'; place: DialLegOrder }
  | { to: 'dial-leg'; leg: string; event: ParentEvent }
  | { to: 'parent'; parent: string; event: DialLegEvent }
  /** Keep as evidence what the party answered. */
  | { to: 'consents'; answer: ConsentAnswer & { announced?: true; question: number; at: number } }
  /** The call is over, and with it what the party agreed to in it. */
  | { to: 'consents'; endedAt: number }
  /** Look up who of these numbers has agreed to be recorded. */
  | { to: 'consents'; lookUp: string[] }
  | ({ to: 'recording' } & RecordingMessage)
  /** An entry names its conference, and the conference that made this call is known; else it is the conference of the stay. */
  | { to: 'conference'; conference?: string; event: ParticipantEvent };
