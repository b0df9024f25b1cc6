import { SAMPLE_RATE } from '../recordings/audio-format.ts';
import { type Extent, keptOf } from '../recordings/trim.ts';
import { framesOf, type Recorded } from './recording-files.ts';

/** A window is long enough for the deepest voice, and for a crackle of the line to count for little. */
const WINDOW = SAMPLE_RATE / 50;

/**
 * The power of -50 dBFS (104, as a sample). An idle line is softer: 8, the smallest that G.711 knows, or comfort noise of
 * some -60 dBFS. Speech that can be understood is louder. What is in doubt stays.
 */
const LOUD = (32_768 * 10 ** (-50 / 20)) ** 2;

/** The recording without the silence at its beginning and its end, all channels alike. It is read once, piece by piece. */
export async function trimmed(recorded: Recorded): Promise<Recorded> {
  let sound: Extent | undefined;
  let at = 0;
  // Every piece but the last has whole windows.
  for await (const channels of framesOf(recorded, 0, recorded.frames)) {
    const heard = soundIn(channels);
    if (heard) sound = { from: sound?.from ?? at + heard.from, to: at + heard.to };
    at += lengthOf(channels);
  }
  return cut(recorded, keptOf(sound, recorded.frames));
}

const lengthOf = ([first]: Int16Array[]): number => first?.length ?? 0;

/** From the first window in which something is heard to the last. */
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

/** The same files, of which less is read. */
export const cut = (recorded: Recorded, { from, to }: Extent): Recorded => ({
  ...recorded,
  sounds: recorded.sounds.map((sound) => {
    if (!sound) return undefined;
    const { samples, offset } = sound;
    const begin = Math.min(from, samples);
    return { ...sound, offset: offset + begin * 2, samples: Math.min(to, samples) - begin };
  }),
  frames: to - from,
});
