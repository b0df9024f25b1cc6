import { readWavHeader } from '../lib/wav.ts';
import type { AudioFormat } from './recording.ts';

/** How recordings are kept: WAV files of 16-bit PCM, and MP3 files. */

/** Samples a second on each channel. */
export const SAMPLE_RATE = 8000;

/** Of the MP3 files, by channels. Telephone speech needs no more, and each channel of two has as much as one has alone. */
export const KILOBITS = { 1: 32, 2: 64 } as const;

/** Samples as MP3 encoders take them: from -1 to 1. */
export const toFloats = (samples: Int16Array): Float32Array => Float32Array.from(samples, (sample) => sample / 32_768);

/** So much of a file shows what it is. */
export const HEAD_BYTES = 44;

/** Whether a file begins as the gateway's program writes it: a plain WAV header of 16-bit telephone sound, or an MP3 frame. */
export const beginsAs: Record<AudioFormat, (head: Uint8Array) => boolean> = {
  wav: (head) => {
    const header = readWavHeader(head);
    if (!header?.data) return false;
    const { code, bits, rate, channels } = header.format;
    return code === 1 && bits === 16 && rate === 8000 && (channels === 1 || channels === 2);
  },
  // Eleven bits of synchronisation, then layer III (ISO/IEC 11172-3, 2.4.2.3).
  mp3: ([sync = 0, kind = 0]) => sync === 0xff && (kind & 0xe6) === 0xe2,
};
