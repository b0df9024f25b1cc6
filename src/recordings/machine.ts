import { type RecorderEvent, type RecordingEventKind, SIMULATED_GATEWAY } from '../contracts/recording.ts';
import { defined } from '../lib/defined.ts';
import {
  type AudioFormat,
  bytesOf,
  isErased,
  type Recording,
  type RecordingStatus,
  type StoredPart,
  type StoredParts,
  secondsOf,
  wholeFile,
} from './recording.ts';

export type RecordingEvent =
  | { type: 'begun' }
  | RecorderEvent
  /** The bucket has a piece of a file. */
  | { type: 'received'; format: AudioFormat; piece: PartNumber; part: StoredPart }
  | { type: 'removed' }
  | { type: 'expired' }
  | { type: `timer.${TimerName}` };

/** Which piece of a file: the `n`-th of `of`, from 1. */
export interface PartNumber {
  n: number;
  of: number;
}

export type TimerName = 'upload' | 'sweep';

export type RecordingEffect =
  /** The recording as it was then. */
  | { do: 'notify'; recording: Recording; kind: RecordingEventKind }
  /** Deletes its sound, and whatever of it is on its way. */
  | { do: 'erase' }
  | { do: 'timer.set'; name: TimerName; at: number }
  | { do: 'timer.clear'; name: TimerName };

export interface RecordingTransition {
  recording: Recording;
  effects: RecordingEffect[];
}

type Of<Type extends RecordingEvent['type']> = Extract<RecordingEvent, { type: Type }>;
type Cell<Event> = (recording: Recording, event: Event, now: number) => RecordingTransition;
type Row = { [Type in RecordingEvent['type']]?: Cell<Of<Type>> };

/** How long a gateway has to bring the sound. */
const UPLOAD_MS = 86_400_000;
/** An upload that had begun when the sound was erased may end after it: what it left is erased then. */
const SWEEP_MS = 3_600_000;

// Rows are states, columns are events. An empty cell means that the event does not matter any more.
const live: Row = {
  late: (it, { seconds }) => miss(it, seconds),
  covered: (it, { consents }) => cover(it, consents),
  stopped: stop,
  failed: fail,
  received: receive,
  expired: expire,
};
const closed: Row = { removed: (it, _event, now) => erase(it, 'deleted', now), expired: expire };
const erased: Row = { 'timer.sweep': (recording) => ({ recording, effects: [{ do: 'erase' }] }) };
const table: Record<RecordingStatus, Row> = {
  'in-progress': { ...live, begun: (it) => tell(it, 'in-progress'), paused: (it) => become(it, 'paused') },
  paused: { ...live, resumed: (it) => become(it, 'in-progress') },
  uploading: {
    ...closed,
    late: (it, { seconds }) => miss(it, seconds),
    failed: fail,
    received: receive,
    'timer.upload': (it, _event, now) => fail(it, { reason: 'upload-missing' }, now),
  },
  // Its sound may arrive before it is told that it broke off.
  completed: {
    ...closed,
    late: (it, { seconds }) => miss(it, seconds),
    stopped: (it, { reason }) => brokenOff(it, reason),
  },
  failed: closed,
  expired: erased,
  deleted: erased,
};

/** The whole life of a recording. Pure: no clock, no randomness, no input or output. */
export function transition(recording: Recording, event: RecordingEvent, now: number): RecordingTransition {
  const cell = table[recording.status][event.type] as Cell<RecordingEvent> | undefined;
  return cell ? cell(recording, event, now) : { recording, effects: [] };
}

/** Whether a gateway may bring the sound of a recording: the one that recorded it, and none where it was simulated. */
export const mayUpload = ({ mode, gateway: own }: Recording, gateway: string): boolean =>
  mode === 'test' ? gateway === SIMULATED_GATEWAY : gateway !== SIMULATED_GATEWAY && (own ?? gateway) === gateway;

/** What the bucket should do with a piece that a gateway wants to bring. */
export function uploadVerdict(
  recording: Recording,
  format: AudioFormat,
  piece: PartNumber,
  part: StoredPart,
): UploadVerdict {
  const parts = recording.audio[format];
  const known = parts?.length === piece.of ? parts[piece.n - 1] : undefined;
  const isHere = known?.sha256 === part.sha256 && known.bytes === part.bytes;
  if (isErased(recording) || recording.status === 'failed') return 'closed';
  if (isHere) return 'known';
  return recording.status === 'completed' ? 'closed' : 'wanted';
}
export type UploadVerdict = 'wanted' | 'known' | 'closed';

const tell = (recording: Recording, kind: RecordingEventKind): RecordingTransition => ({
  recording,
  effects: [{ do: 'notify', recording, kind }],
});

const cover = (recording: Recording, consents: string[]): RecordingTransition => ({
  recording: { ...recording, consents },
  effects: [],
});

/** To the millisecond, as its length. */
const miss = (recording: Recording, seconds: number): RecordingTransition => ({
  recording: { ...recording, missingSeconds: Math.round(seconds * 1000) / 1000 },
  effects: [],
});

const brokenOff = (recording: Recording, reason: string | undefined): RecordingTransition => ({
  recording: reason === undefined ? recording : { ...recording, failure: reason },
  effects: [],
});

const become = (recording: Recording, status: RecordingStatus): RecordingTransition => ({
  recording: { ...recording, status },
  effects: [],
});

function stop(recording: Recording, { at, seconds, reason }: Of<'stopped'>, now: number): RecordingTransition {
  const stopped = { ...recording, stoppedAt: at, ...defined({ seconds, failure: reason }) };
  const { recording: next } = become(stopped, 'uploading');
  // Not from `at`: that is a moment of the call, whose time may run faster than ours.
  return { recording: next, effects: [{ do: 'timer.set', name: 'upload', at: now + UPLOAD_MS }] };
}

/** What has arrived of a recording that failed is not kept: nobody could be told what it is. */
function fail(recording: Recording, { reason }: Pick<Of<'failed'>, 'reason'>, now: number): RecordingTransition {
  const failed: Recording = { ...recording, status: 'failed', failure: reason, audio: {} };
  const over = { ...failed, stoppedAt: recording.stoppedAt ?? now };
  const told = tell(over, 'failed');
  return { recording: over, effects: [{ do: 'timer.clear', name: 'upload' }, { do: 'erase' }, ...told.effects] };
}

function receive(recording: Recording, { format, piece, part }: Of<'received'>, now: number): RecordingTransition {
  const parts = recording.audio[format];
  // A gateway that cuts the file anew begins anew.
  const before: StoredParts = parts?.length === piece.of ? parts : new Array(piece.of).fill(null);
  const audio = { ...recording.audio, [format]: before.with(piece.n - 1, part) };
  const next = { ...recording, audio };
  const wav = wholeFile(next, 'wav');
  if (!wav || !wholeFile(next, 'mp3')) return { recording: next, effects: [] };
  const completed: Recording = {
    ...next,
    status: 'completed',
    // A file that is complete shows that the recorder has stopped, even if that was never told.
    stoppedAt: recording.stoppedAt ?? now,
    seconds: secondsOf(bytesOf(wav), recording.channels),
  };
  const told = tell(completed, 'completed');
  return { recording: completed, effects: [{ do: 'timer.clear', name: 'upload' }, ...told.effects] };
}

function expire(recording: Recording, _event: Of<'expired'>, now: number): RecordingTransition {
  return erase({ ...recording, stoppedAt: recording.stoppedAt ?? now }, 'expired', now);
}

/** What stays says that there was a recording, and nothing of what is in it or of who may hear it. */
function erase(recording: Recording, status: 'expired' | 'deleted', now: number): RecordingTransition {
  const { statusCallback: _url, statusEvents: _kinds, ...rest } = recording;
  const { effects } = tell({ ...recording, status, audio: {} }, status);
  return {
    recording: { ...rest, status, audio: {} },
    effects: [
      { do: 'erase' },
      { do: 'timer.clear', name: 'upload' },
      { do: 'timer.set', name: 'sweep', at: now + SWEEP_MS },
      ...effects,
    ],
  };
}
