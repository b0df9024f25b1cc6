import type { CallStatus } from '../../contracts/call.ts';
import type { Bridge } from '../../contracts/carrier.ts';
import type { ParticipantEvent } from '../../contracts/conference.ts';
import type { ConsentAnswer, Party, RecordingPolicy } from '../../contracts/consent.ts';
import type { DialTarget } from '../../contracts/orders.ts';
import type { RecordingMessage } from '../../contracts/recording.ts';

/** What calls that belong together say to each other, and to their conference. Each may come twice, and changes nothing then. */

/** What a call tells one that it dialled. */
export type ParentEvent =
  | { type: 'parent.connect'; bridge: Bridge }
  /** It is not wanted any more: another one answered, or the caller is gone. */
  | { type: 'parent.release' };

/** What a dialled call tells the one that dialled it. */
export type DialLegEvent = { leg: string } /** With who is there, and whether they may be recorded. */ & (
  | { type: 'dial-leg.ready'; party?: Party }
  | { type: 'dial-leg.ended'; status: CallStatus }
  /** It could not be placed at all. */
  | { type: 'dial-leg.refused'; code: DialRefusal }
);

export type DialRefusal = 'caller_id_not_owned';

/** A call to be dialled for another one. */
export interface DialLegOrder {
  id: string;
  target: DialTarget;
  /** What it sees as caller, and whether that must be a number of the account: it is no number of this call. */
  from: string;
  foreign: boolean;
  /** The line that it will be connected with is recorded, or is to be: it is asked first. */
  recordedUnder?: RecordingPolicy;
  /** Seconds. */
  timeout: number;
  timeLimit: number;
}

/** Something to be said to another object. */
export type PeerMessage =
  | { to: 'dial-leg'; place: DialLegOrder }
  | { to: 'dial-leg'; leg: string; event: ParentEvent }
  | { to: 'parent'; parent: string; event: DialLegEvent }
  /** What the other party answered, to be kept as evidence. */
  | { to: 'consents'; answer: ConsentAnswer & { announced?: true; question: number; at: number } }
  /** Who of these has agreed to be recorded? */
  | { to: 'consents'; lookUp: string[] }
  | ({ to: 'recording' } & RecordingMessage)
  /** An entry names its conference, and the conference that made this call is known; else it is the conference of the stay. */
  | { to: 'conference'; conference?: string; event: ParticipantEvent };
