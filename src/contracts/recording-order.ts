import type { RecordingEventKind, RecordingSource } from '../recordings/recording.ts';

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

/** What a recorder that is open does from now on: `paused` leaves the time out, `silent` keeps it as silence. */
export type RecorderState = 'on' | 'paused' | 'silent' | 'off';

/** What a verb wants of the call's recorder. */
export type RecorderRequest = { do: 'start'; order: RecordingOrder } | { do: 'change'; is: RecorderState };
