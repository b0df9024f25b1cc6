/** Reads WAV files (RIFF WAVE) up to their samples, and writes files of 16-bit PCM. */

export const PCM = 1;
/** An extensible format has its true code at the start of a GUID. */
const EXTENSIBLE = 0xfffe;

/** The length of the plain header. Some telephone software skips no other chunk before the samples. */
export const HEADER_BYTES = 44;

export interface WavFormat {
  /** The code of the encoding: 1 is PCM, 3 floats, 6 A-law, 7 µ-law. */
  code: number;
  channels: number;
  /** Samples a second on each channel. */
  rate: number;
  /** Bits of a sample. */
  bits: number;
}

export interface WavHeader {
  format: WavFormat;
  /** Where the samples begin, and how many bytes of them the file claims to have; absent where it has none. */
  data?: { offset: number; bytes: number };
}

export function isWav(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  return bytes.length >= 12 && tagAt(view, 0) === 'RIFF' && tagAt(view, 8) === 'WAVE';
}

/** Reads a file, or the beginning of one, up to its samples; undefined when it is no WAV file, or is damaged before them. */
export function readWavHeader(begin: Uint8Array): WavHeader | undefined {
  if (!isWav(begin)) return undefined;
  const view = viewOf(begin);
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= begin.length; ) {
    const [tag, bytes, offset] = [tagAt(view, at), view.getUint32(at + 4, true), at + 8];
    if (tag === 'data') return format && { format, data: { offset, bytes } };
    if (bytes > begin.length - offset) return undefined;
    if (tag === 'fmt ') {
      format = readFormat(viewOf(begin.subarray(offset, offset + bytes)));
      if (!format) return undefined;
    }
    // Chunks start at even offsets.
    at = offset + bytes + (bytes % 2);
  }
  return format && { format };
}

function readFormat(view: DataView): WavFormat | undefined {
  if (view.byteLength < 16) return undefined;
  const code = view.getUint16(0, true);
  if (code === EXTENSIBLE && view.byteLength < 26) return undefined;
  return {
    code: code === EXTENSIBLE ? view.getUint16(24, true) : code,
    channels: view.getUint16(2, true),
    rate: view.getUint32(4, true),
    bits: view.getUint16(14, true),
  };
}

/** The plain header of a file of 16-bit PCM. A frame is one sample of every channel. */
export function wavHeader({ frames, channels, rate }: { frames: number; channels: number; rate: number }): Uint8Array {
  const bytes = frames * channels * 2;
  const header = new Uint8Array(HEADER_BYTES);
  const view = viewOf(header);
  const tag = (at: number, name: string) => header.set(new TextEncoder().encode(name), at);
  tag(0, 'RIFF');
  view.setUint32(4, HEADER_BYTES - 8 + bytes, true);
  tag(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  tag(36, 'data');
  view.setUint32(40, bytes, true);
  return header;
}

/** A whole file of mono 16-bit PCM. */
export function writeWav(samples: Int16Array, rate: number): ArrayBuffer {
  const file = new ArrayBuffer(HEADER_BYTES + samples.byteLength);
  new Uint8Array(file).set(wavHeader({ frames: samples.length, channels: 1, rate }));
  new Int16Array(file, HEADER_BYTES).set(samples);
  return file;
}

/** Joins the samples of all channels frame by frame, as a file has them. The first channel is the left one. */
export function interleave(channels: Int16Array[]): Uint8Array {
  const [first] = channels;
  if (!first) return new Uint8Array();
  const mixed = new Int16Array(first.length * channels.length);
  channels.forEach((samples, channel) => {
    for (let at = 0; at < samples.length; at++) mixed[at * channels.length + channel] = samples[at] as number;
  });
  return new Uint8Array(mixed.buffer);
}

const tagAt = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
