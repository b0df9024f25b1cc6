import { RATE } from '../recordings/wav.ts';

/** The WAV files that Asterisk records. What is made of them is written as any recording is. Pure. */
export { HEADER_BYTES, interleave, RATE, writeHeader } from '../recordings/wav.ts';

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
