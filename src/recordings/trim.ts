import { SAMPLE_RATE } from './audio-format.ts';

/** Frames of a recording, from one up to another. */
export interface Extent {
  from: number;
  to: number;
}

/** What is too soft to count as sound may belong to the first word, or to the last: so much of it stays. */
const MARGIN = SAMPLE_RATE / 5;

/**
 * What stays of a recording whose silent ends are cut off. Of one in which nothing is heard it is the beginning: a file
 * that can be played, and says how little there is.
 */
export const keptOf = (sound: Extent | undefined, frames: number): Extent =>
  sound
    ? { from: Math.max(0, sound.from - MARGIN), to: Math.min(frames, sound.to + MARGIN) }
    : { from: 0, to: Math.min(frames, MARGIN) };
