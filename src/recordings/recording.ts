import type { NewRecording } from '../contracts/recording.ts';
import { defined } from '../lib/defined.ts';
import { idTime } from '../lib/ids.ts';
import { HEADER_BYTES } from '../lib/wav.ts';

export const RECORDING_STATUSES = [
  'in-progress',
  'paused',
  'uploading',
  'completed',
  'failed',
  'expired',
  'deleted',
] as const;
export type RecordingStatus = (typeof RECORDING_STATUSES)[number];

export const AUDIO_FORMATS = ['wav', 'mp3'] as const;
export type AudioFormat = (typeof AUDIO_FORMATS)[number];

/** A piece of a file as it lies in the bucket. */
export interface StoredPart {
  bytes: number;
  /** In hex; both the gateway and the bucket have checked it. */
  sha256: string;
}

/** The pieces of a file that have arrived, in their order; `null` for one that has not. */
export type StoredParts = (StoredPart | null)[];

/** The whole truth about one recording, its sound apart. */
export interface Recording extends NewRecording {
  status: RecordingStatus;
  stoppedAt?: number;
  /** Of sound: without the stretches that were left out. */
  seconds?: number;
  /** How much of its beginning is not in it, in seconds, because the network could not be asked in time. */
  missingSeconds?: number;
  /** Why there is no sound, or why it broke off: snake or kebab case, from the machine that recorded, or `upload-missing`. */
  failure?: string;
  audio: { [Format in AudioFormat]?: StoredParts };
}

/** What the lists show of a recording. */
export type RecordingFacts = Pick<
  Recording,
  | 'id'
  | 'accountId'
  | 'mode'
  | 'callId'
  | 'conferenceId'
  | 'channels'
  | 'source'
  | 'status'
  | 'startedAt'
  | 'stoppedAt'
  | 'seconds'
  | 'missingSeconds'
  | 'failure'
  | 'expiresAt'
> & { createdAt: number; wavBytes?: number; mp3Bytes?: number };

export const newRecording = (facts: NewRecording): Recording => ({ ...facts, status: 'in-progress', audio: {} });

/** Every sample of a recording has two bytes, 8,000 times a second on each channel. */
const BYTES_A_SECOND = 16_000;

export const secondsOf = (wavBytes: number, channels: number): number =>
  Math.max(0, wavBytes - HEADER_BYTES) / (BYTES_A_SECOND * channels);

/** The pieces of a file that is here as a whole; undefined as long as one is missing. */
export function wholeFile({ audio }: Pick<Recording, 'audio'>, format: AudioFormat): StoredPart[] | undefined {
  const parts = audio[format];
  return parts?.every((part) => part !== null) ? (parts as StoredPart[]) : undefined;
}

export const bytesOf = (parts: StoredPart[]): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);

/** Nothing more is heard or received of it. */
export const isClosed = ({ status }: Pick<Recording, 'status'>): boolean =>
  status === 'completed' || status === 'failed' || status === 'expired' || status === 'deleted';

/** Its sound is no longer kept. */
export const isErased = ({ status }: Pick<Recording, 'status'>): boolean =>
  status === 'expired' || status === 'deleted';

export function recordingFacts(recording: Recording): RecordingFacts {
  const { id, accountId, mode, callId, conferenceId, channels, source, status } = recording;
  const { startedAt, stoppedAt, seconds, missingSeconds, failure, expiresAt } = recording;
  const [wav, mp3] = [wholeFile(recording, 'wav'), wholeFile(recording, 'mp3')];
  return defined({
    id,
    accountId,
    mode,
    callId,
    conferenceId,
    channels,
    source,
    status,
    createdAt: idTime(id),
    startedAt,
    stoppedAt,
    seconds,
    missingSeconds,
    failure,
    expiresAt,
    wavBytes: wav && bytesOf(wav),
    mp3Bytes: mp3 && bytesOf(mp3),
  });
}
