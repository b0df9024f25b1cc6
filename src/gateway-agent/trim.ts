import { SAMPLE_RATE } from '../recordings/audio-format.ts';
import { type Extent, keptOf } from '../recordings/trim.ts';
import { type ClosedRecording, readFrames } from './recording-files.ts';

/** The samples of one window: long enough for the deepest voice, and for a crackle of the line to count for little. */
const WINDOW = SAMPLE_RATE / 50;

/**
 * The power of -50 dBFS (104, as a sample): what is louder is sound. An idle line is softer: 8, the smallest sample that
 * G.711 knows, or comfort noise of some -60 dBFS. Speech that can be understood is louder. In doubt nothing is cut off.
 */
const LOUD = (32_768 * 10 ** (-50 / 20)) ** 2;

/** The recording without the silence at both ends, cut alike on all channels. Its files are read once, in chunks. */
export async function trimSilence(recording: ClosedRecording): Promise<ClosedRecording> {
  let sound: Extent | undefined;
  let at = 0;
  // Every chunk but the last has whole windows.
  for await (const channels of readFrames(recording, 0, recording.frames)) {
    const heard = soundIn(channels);
    if (heard) sound = { from: sound?.from ?? at + heard.from, to: at + heard.to };
    at += lengthOf(channels);
  }
  return cutTo(recording, keptOf(sound, recording.frames));
}

const lengthOf = ([first]: Int16Array[]): number => first?.length ?? 0;

/** The extent from the first window in which any channel has sound to the last; undefined when none has. */
export function soundIn(channels: Int16Array[]): Extent | undefined {
  let sound: Extent | undefined;
  for (let from = 0; from < lengthOf(channels); from += WINDOW) {
    const to = Math.min(lengthOf(channels), from + WINDOW);
    if (channels.some((samples) => powerOf(samples, from, to) > LOUD)) sound = { from: sound?.from ?? from, to };
  }
  return sound;
}

function powerOf(samples: Int16Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += (samples[at] as number) ** 2;
  return sum / (to - from);
}

/** The same recording, of whose files less is read. */
export const cutTo = (recording: ClosedRecording, { from, to }: Extent): ClosedRecording => ({
  ...recording,
  sounds: recording.sounds.map((sound) => {
    if (!sound) return undefined;
    const { samples, offset } = sound;
    const begin = Math.min(from, samples);
    return { ...sound, offset: offset + begin * 2, samples: Math.min(to, samples) - begin };
  }),
  frames: to - from,
});
