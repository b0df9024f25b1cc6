/** How recordings are kept: WAV files of 16-bit PCM, and MP3 files. */

/** Samples a second on each channel. */
export const SAMPLE_RATE = 8000;

/** Of the MP3 files, by channels. Telephone speech needs no more, and each channel of two has as much as one has alone. */
export const KILOBITS = { 1: 32, 2: 64 } as const;

/** Samples as MP3 encoders take them: from -1 to 1. */
export const toFloats = (samples: Int16Array): Float32Array => Float32Array.from(samples, (sample) => sample / 32_768);
