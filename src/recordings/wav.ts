/** The WAV files that recordings are kept as: 16-bit PCM, 8,000 samples a second. Pure. */

export const RATE = 8000;
export const HEADER_BYTES = 44;
const PCM = 1;

/** Of their MP3s. Telephone speech needs no more, and each channel of two has as much as one has alone. */
export const KILOBITS = { 1: 32, 2: 64 } as const;

export function writeHeader(frames: number, channels: number): Uint8Array {
  const bytes = frames * channels * 2;
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  const tag = (at: number, name: string) => header.set(new TextEncoder().encode(name), at);
  tag(0, 'RIFF');
  view.setUint32(4, HEADER_BYTES - 8 + bytes, true);
  tag(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  tag(36, 'data');
  view.setUint32(40, bytes, true);
  return header;
}

/** The samples of each channel, one after the other: the first is the left one. */
export function interleave(channels: Int16Array[]): Uint8Array {
  const [first] = channels;
  if (!first) return new Uint8Array();
  const mixed = new Int16Array(first.length * channels.length);
  channels.forEach((samples, channel) => {
    for (let at = 0; at < samples.length; at++) mixed[at * channels.length + channel] = samples[at] as number;
  });
  return new Uint8Array(mixed.buffer);
}

export const toFloats = (samples: Int16Array): Float32Array => Float32Array.from(samples, (sample) => sample / 32_768);
