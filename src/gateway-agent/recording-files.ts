import { type FileHandle, open, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { interleave, PCM, readWavHeader } from '../lib/wav.ts';
import { SAMPLE_RATE } from '../recordings/audio-format.ts';
import { GatewayError } from './errors.ts';

/** One file of mono sound as Asterisk wrote it. */
interface Sound {
  path: string;
  offset: number;
  samples: number;
}

/** A recording whose recorder has closed its files: one sound, or what a party said and what it heard. */
export interface Recorded {
  id: string;
  channels: 1 | 2;
  /** One for each channel; undefined where nothing was recorded. */
  sounds: (Sound | undefined)[];
  /** Samples of the longest. */
  frames: number;
  /** The silence at its beginning and its end is to be cut off. */
  trim: boolean;
}

/** The files of one recording, by their part: the whole, or one direction. */
export interface Files {
  parts: Map<'' | 'in' | 'out', string>;
  trim: boolean;
}

/** A recorder may be paused for long; one that writes nothing for so long is forgotten. */
const STILL_MS = 86_400_000;
const BEGIN_BYTES = 4096;
const CHUNK = SAMPLE_RATE;

/** The recordings that lie in a folder, by their ids, whether or not they are complete. */
export async function findRecordings(folder: string): Promise<Map<string, Files>> {
  const found = new Map<string, Files>();
  for (const name of (await readdir(folder)).sort()) {
    const [, id, trim, part = ''] = /^(RE[0-9a-f]{32})(\.trim)?(?:\.(in|out))?\.wav$/.exec(name) ?? [];
    if (id === undefined) continue;
    const files: Files = found.get(id) ?? { parts: new Map(), trim: trim !== undefined };
    files.parts.set(part as '' | 'in' | 'out', join(folder, name));
    found.set(id, files);
  }
  return found;
}

/** The Asterisk that may be writing. */
export interface Writer {
  pid: number;
  /** When it was started, in epoch milliseconds: what is older was left behind by another one, as it was when that ended. */
  since: number;
}

/** The recording, once nobody writes to it any more; undefined before. */
export async function closedRecording(id: string, files: Files, writer: Writer): Promise<Recorded | undefined> {
  const { parts, trim } = files;
  const mono = parts.get('');
  const paths = mono === undefined ? [parts.get('in'), parts.get('out')] : [mono];
  const read = await Promise.all(paths.map((path) => path && readSound(path, writer)));
  const sounds = read.filter((it) => it !== undefined && it !== '');
  if (sounds.some((it) => !it.isClosed)) return undefined;
  // The other direction may be about to come.
  if (sounds.length < paths.length && sounds.some((it) => !it.isOld)) return undefined;
  const channels = paths.length === 1 ? 1 : 2;
  const frames = Math.max(...sounds.map(({ samples }) => samples));
  return { id, channels, sounds: read.map((it) => it || undefined), frames, trim };
}

/** Deletes what is left of a recording, its sources last: what is interrupted is begun again. */
export async function deleteRecording(files: Files, made: string[]): Promise<void> {
  for (const path of [...made, ...files.parts.values()]) await rm(path, { force: true });
}

async function readSound(path: string, { pid, since }: Writer): Promise<Sound & { isClosed: boolean; isOld: boolean }> {
  const file = await open(path);
  try {
    const { size, mtimeMs } = await file.stat();
    const isOld = mtimeMs < since || mtimeMs < Date.now() - STILL_MS;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(BEGIN_BYTES), 0, BEGIN_BYTES, 0);
    const sound = size === 0 ? { offset: 0, bytes: 0 } : findSound(buffer.subarray(0, bytesRead));
    // One that is just being begun is not whole yet.
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

/** Asterisk writes the length when it closes the file; one without any sound looks the same before and after. */
async function hasOpen(pid: number, path: string): Promise<boolean> {
  const handles = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const open = await Promise.all(handles.map((handle) => readlink(`/proc/${pid}/fd/${handle}`).catch(() => '')));
  return open.includes(path);
}

/** The sound from one frame to another, in chunks; each has as many samples for every channel, silent where one has ended. */
export async function* framesOf({ sounds }: Recorded, from: number, to: number): AsyncGenerator<Int16Array[]> {
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

export async function* pcmOf(recorded: Recorded, from: number, to: number): AsyncGenerator<Uint8Array> {
  for await (const channels of framesOf(recorded, from, to)) yield interleave(channels);
}

const openAll = (sounds: Recorded['sounds']): Promise<(FileHandle | undefined)[]> =>
  Promise.all(sounds.map((sound) => (sound === undefined ? undefined : open(sound.path))));

async function readSamples(file: FileHandle | undefined, sound: Sound | undefined, at: number, count: number) {
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
