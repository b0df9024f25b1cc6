/** The WAV files that Asterisk records, and those that are made of them: 16-bit PCM, 8,000 samples a second. Pure. */

export const RATE = 8000;
export const HEADER_BYTES = 44;
const PCM = 1;

/** Where the sound of a file begins, and how long its header says that it is. */
export interface WavHeader {
  offset: number;
  bytes: number;
}

/** Reads the beginning of a mono recording; a string says what is wrong with it. */
export function readHeader(begin: Uint8Array): WavHeader | string {
  const view = new DataView(begin.buffer, begin.byteOffset, begin.byteLength);
  if (begin.length < 12 || tagAt(view, 0) !== 'RIFF' || tagAt(view, 8) !== 'WAVE') return 'not a WAV file';
  let isKnown = false;
  for (let at = 12; at + 8 <= begin.length; ) {
    const bytes = view.getUint32(at + 4, true);
    if (tagAt(view, at) === 'data') return isKnown ? { offset: at + 8, bytes } : 'not a WAV file';
    if (tagAt(view, at) === 'fmt ' && at + 24 <= begin.length) {
      const [code, channels] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
      const [rate, bits] = [view.getUint32(at + 12, true), view.getUint16(at + 22, true)];
      if (code !== PCM || channels !== 1 || rate !== RATE || bits !== 16) return 'not 8 kHz 16-bit mono PCM';
      isKnown = true;
    }
    at += 8 + bytes + (bytes % 2);
  }
  return 'not a WAV file';
}

const tagAt = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));

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
