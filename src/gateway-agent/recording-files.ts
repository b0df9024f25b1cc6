import { type FileHandle, open, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRecordingName, type RecordingSide } from '../carriers/asterisk/channel-names.ts';
import { interleave, PCM, readWavHeader } from '../lib/wav.ts';
import { SAMPLE_RATE } from '../recordings/audio-format.ts';
import { GatewayError } from './errors.ts';

/** A file of mono sound as Asterisk wrote it. */
interface SoundFile {
  path: string;
  offset: number;
  samples: number;
}

/** A recording that is complete: one file, or one with what the party said and one with what it heard. */
export interface ClosedRecording {
  id: string;
  channels: 1 | 2;
  /** The file of each channel; undefined where nothing was recorded. */
  sounds: (SoundFile | undefined)[];
  /** The number of samples of the longest file. */
  frames: number;
  /** Whether the silence at both ends is to be cut off. */
  trim: boolean;
}

/** The files of one recording: the only one (''), or one for each side. */
export interface RecordingFiles {
  sides: Map<'' | RecordingSide, string>;
  trim: boolean;
}

/** A recorder may be paused for long. A recording to which nothing was written for this long counts as complete. */
const ABANDONED_MS = 86_400_000;
const BEGIN_BYTES = 4096;
const CHUNK = SAMPLE_RATE;

/** The recordings in a folder, by their ids, whether or not they are complete. */
export async function findRecordings(folder: string): Promise<Map<string, RecordingFiles>> {
  const found = new Map<string, RecordingFiles>();
  for (const name of (await readdir(folder)).sort()) {
    const file = name.endsWith('.wav') ? parseRecordingName(`done/${name.slice(0, -'.wav'.length)}`) : undefined;
    if (!file) continue;
    const { recording, trim, side = '' } = file;
    const files: RecordingFiles = found.get(recording) ?? { sides: new Map(), trim };
    files.sides.set(side, join(folder, name));
    found.set(recording, files);
  }
  return found;
}

/** The Asterisk that may be writing a recording. */
export interface RecordingWriter {
  pid: number;
  /** When it was started, in epoch milliseconds. An older file was left behind by another process, and will not change. */
  since: number;
}

/** The recording, once nobody writes to it any more; undefined as long as somebody may. */
export async function closedRecording(
  id: string,
  files: RecordingFiles,
  writer: RecordingWriter,
): Promise<ClosedRecording | undefined> {
  const { sides, trim } = files;
  const mono = sides.get('');
  const paths = mono === undefined ? [sides.get('in'), sides.get('out')] : [mono];
  const read = await Promise.all(paths.map((path) => path && readSound(path, writer)));
  const sounds = read.filter((it) => it !== undefined && it !== '');
  if (sounds.some((it) => !it.isClosed)) return undefined;
  // The file of the other side may be about to come.
  if (sounds.length < paths.length && sounds.some((it) => !it.isOld)) return undefined;
  const channels = paths.length === 1 ? 1 : 2;
  const frames = Math.max(...sounds.map(({ samples }) => samples));
  return { id, channels, sounds: read.map((it) => it || undefined), frames, trim };
}

/** Deletes a recording and the files that were made of it. Its own files go last: an upload that was interrupted begins with them. */
export async function deleteRecordingFiles(files: RecordingFiles, made: string[]): Promise<void> {
  for (const path of [...made, ...files.sides.values()]) await rm(path, { force: true });
}

async function readSound(
  path: string,
  { pid, since }: RecordingWriter,
): Promise<SoundFile & { isClosed: boolean; isOld: boolean }> {
  const file = await open(path);
  try {
    const { size, mtimeMs } = await file.stat();
    const isOld = mtimeMs < since || mtimeMs < Date.now() - ABANDONED_MS;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(BEGIN_BYTES), 0, BEGIN_BYTES, 0);
    const sound = size === 0 ? { offset: 0, bytes: 0 } : findSound(buffer.subarray(0, bytesRead));
    // A file that is just being begun may have no whole header yet.
    if (typeof sound === 'string' && !isOld) return { path, offset: 0, samples: 0, isClosed: false, isOld };
    if (typeof sound === 'string') throw new GatewayError(`is ${sound}`);
    const samples = Math.floor((size - sound.offset) / 2);
    const isWhole = sound.offset + sound.bytes === size && (sound.bytes > 0 || !(await hasOpen(pid, path)));
    return { path, offset: sound.offset, samples, isClosed: isOld || isWhole, isOld };
  } finally {
    await file.close();
  }
}

/** Where the sound of a file begins, and how many bytes its header says it has; a string says what is wrong with the file. */
export function findSound(begin: Uint8Array): { offset: number; bytes: number } | string {
  const header = readWavHeader(begin);
  if (!header) return 'not a WAV file';
  const { code, channels, rate, bits } = header.format;
  if (code !== PCM || channels !== 1 || rate !== SAMPLE_RATE || bits !== 16) return 'not 8 kHz 16-bit mono PCM';
  return header.data ?? 'not a WAV file';
}

/** Whether a process has the file open. Asterisk writes the length when it closes a file, but one without any sound looks the same before and after. */
async function hasOpen(pid: number, path: string): Promise<boolean> {
  const handles = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const open = await Promise.all(handles.map((handle) => readlink(`/proc/${pid}/fd/${handle}`).catch(() => '')));
  return open.includes(path);
}

/** Reads the sound from one frame to another, in chunks with as many samples for every channel: silence where a file has ended. */
export async function* readFrames({ sounds }: ClosedRecording, from: number, to: number): AsyncGenerator<Int16Array[]> {
  const files = await openAll(sounds);
  try {
    for (let at = from; at < to; at += CHUNK) {
      const count = Math.min(CHUNK, to - at);
      yield await Promise.all(sounds.map((sound, channel) => readSamples(files[channel], sound, at, count)));
    }
  } finally {
    await Promise.all(files.map((file) => file?.close()));
  }
}

/** The same as bytes of PCM, with the channels interleaved. */
export async function* readPcm(recording: ClosedRecording, from: number, to: number): AsyncGenerator<Uint8Array> {
  for await (const channels of readFrames(recording, from, to)) yield interleave(channels);
}

const openAll = (sounds: ClosedRecording['sounds']): Promise<(FileHandle | undefined)[]> =>
  Promise.all(sounds.map((sound) => (sound === undefined ? undefined : open(sound.path))));

async function readSamples(file: FileHandle | undefined, sound: SoundFile | undefined, at: number, count: number) {
  const samples = new Int16Array(count);
  const wanted = Math.max(0, Math.min(count, (sound?.samples ?? 0) - at));
  const bytes = new Uint8Array(samples.buffer, 0, wanted * 2);
  for (let done = 0; file && sound && done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, sound.offset + at * 2 + done);
    if (bytesRead === 0) throw new GatewayError('has become shorter');
    done += bytesRead;
  }
  return samples;
}
