import type { Mode } from './scope.ts';

/** What is to be recorded, and who is told of it. Absolute URLs only. */
export interface RecordingOrder {
  source: RecordingSource;
  /** Two: what the party says on the first, what it hears on the second. */
  channels: 1 | 2;
  /** Seconds after which it ends. */
  maxSeconds?: number;
  /** Seconds of silence after which the verb is told. */
  silence?: number;
  /** The silence at its beginning and its end is cut off. */
  trim?: true;
  statusCallback?: string;
  /** All but the beginning, when absent. */
  statusEvents?: RecordingEventKind[];
}

/** The part of an order that is the same for everything that can be recorded. */
export type RecordingOptions = Pick<RecordingOrder, 'trim' | 'statusCallback' | 'statusEvents'>;

/** What a recorder that is open does from now on: `paused` leaves the time out, `silent` keeps it as silence. */
export type RecorderState = 'on' | 'paused' | 'silent' | 'off';

/** What a verb wants of the call's recorder. */
export type RecorderRequest = { do: 'start'; order: RecordingOrder } | { do: 'change'; is: RecorderState };

/** What asked for the recording. */
export const RECORDING_SOURCES = [
  'outbound-api',
  'record-verb',
  'dial-verb',
  'start-verb',
  'start-api',
  'conference',
] as const;
export type RecordingSource = (typeof RECORDING_SOURCES)[number];
/** What a status callback can be told of. */
export const RECORDING_EVENT_KINDS = ['in-progress', 'completed', 'failed', 'expired', 'deleted'] as const;
export type RecordingEventKind = (typeof RECORDING_EVENT_KINDS)[number];
/** With what a recording begins. JSON; all times are epoch milliseconds. */
export interface NewRecording {
  id: string;
  accountId: string;
  mode: Mode;
  /** Of one of these two. */
  callId?: string;
  conferenceId?: string;
  /** Two: what the party says on the first, what it hears on the second. */
  channels: 1 | 2;
  source: RecordingSource;
  startedAt: number;
  /** When its audio must be gone. */
  expiresAt: number;
  /** Ids of the evidence that every party agreed. */
  consents: string[];
  /** The only gateway that may bring its audio; any, when absent. */
  gateway?: string;
  statusCallback?: string;
  /** All but the beginning, when absent. */
  statusEvents?: RecordingEventKind[];
  secrets: string[];
}

/** What the call or the conference tells of its recorder. */
export type RecorderEvent =
  | { type: 'paused'; at: number }
  | { type: 'resumed'; at: number }
  /** `reason` where nobody asked it to: what there is of it is kept. */
  | { type: 'stopped'; at: number; seconds?: number; reason?: string }
  | { type: 'failed'; at: number; reason: string }
  /** Of the network: it began to record so many seconds after it was asked to. */
  | { type: 'late'; at: number; seconds: number }
  /** Who else is on the line has agreed, too: all that it is covered by now. */
  | { type: 'covered'; at: number; consents: string[] };

/** A recorder that broke off leaves what it has heard; a recorder that was refused has heard nothing. */
export const failureOf = (reason: string, at: number): Extract<RecorderEvent, { type: 'stopped' | 'failed' }> =>
  reason === 'recorder-broke' ? { type: 'stopped', at, reason } : { type: 'failed', at, reason };

/** What a call or a conference tells one of its recordings. */
export type RecordingMessage = { begin: NewRecording } | { recording: string; event: RecorderEvent };

/** A recorder that opens so much later than it was ordered has missed something; what is less is the way of the order. */
export const LATE_MS = 1000;

/** Who brings the sound of recordings on the simulated network; no gateway has this id. */
export const SIMULATED_GATEWAY = 'simulated';
