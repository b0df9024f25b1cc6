import { type Chunk, type Opened, refused } from './audio.ts';
import { A_LAW, MU_LAW } from './companding.ts';

type ReadSample = (view: DataView, at: number) => number;
type Format = { channels: number; rate: number; width: number; read: ReadSample };

const PCM = 1;
const EXTENSIBLE = 0xfffe;
const CHUNK_FRAMES = 8192;
const MIN_RATE = 2000;
const MAX_RATE = 192_000;
const MAX_CHANNELS = 8;
/** What servers write that stream a WAV and do not know its length yet. */
const UNKNOWN_LENGTHS = new Set([0, 0x7fffffff, 0xffffffff]);

/** By format code and bits per sample. Eight-bit PCM alone has no sign. */
const READERS: Record<string, ReadSample> = {
  '1/8': (view, at) => (view.getUint8(at) - 128) / 128,
  '1/16': (view, at) => view.getInt16(at, true) / 32_768,
  '1/24': (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65_536) / 8_388_608,
  '1/32': (view, at) => view.getInt32(at, true) / 2_147_483_648,
  '3/32': (view, at) => audible(view.getFloat32(at, true)),
  '3/64': (view, at) => audible(view.getFloat64(at, true)),
  '6/8': (view, at) => A_LAW[view.getUint8(at)] as number,
  '7/8': (view, at) => MU_LAW[view.getUint8(at)] as number,
};

export function isWav(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  return bytes.length >= 12 && tagAt(view, 0) === 'RIFF' && tagAt(view, 8) === 'WAVE';
}

/** Reads a RIFF WAVE file. No length in it is believed further than there are bytes. */
export function openWav(bytes: Uint8Array): Opened {
  const view = viewOf(bytes);
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const tag = tagAt(view, at);
    const length = view.getUint32(at + 4, true);
    const left = bytes.length - at - 8;
    if (tag === 'data') {
      if (!format) return refused('damaged');
      const known = UNKNOWN_LENGTHS.has(length) ? left : Math.min(length, left);
      const body = new DataView(bytes.buffer, bytes.byteOffset + at + 8, known);
      return known < format.width * format.channels ? refused('empty') : { ok: true, chunks: decode(body, format) };
    }
    if (length > left) return refused('damaged');
    if (tag === 'fmt ') {
      const found = readFormat(new DataView(bytes.buffer, bytes.byteOffset + at + 8, length));
      if (typeof found === 'string') return refused(found);
      format = found;
    }
    // Chunks start at even offsets.
    at += 8 + length + (length % 2);
  }
  return refused(format ? 'empty' : 'damaged');
}

/** A WAV file of 16-bit mono PCM with the plain 44-byte header: some telephone software skips no other chunk before the data. */
export function writeWav(samples: Int16Array, rate: number): ArrayBuffer {
  const file = new ArrayBuffer(44 + samples.byteLength);
  const view = new DataView(file);
  const tag = (at: number, name: string) => {
    for (let i = 0; i < name.length; i++) view.setUint8(at + i, name.charCodeAt(i));
  };
  tag(0, 'RIFF');
  view.setUint32(4, 36 + samples.byteLength, true);
  tag(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  tag(36, 'data');
  view.setUint32(40, samples.byteLength, true);
  new Int16Array(file, 44).set(samples);
  return file;
}

function readFormat(view: DataView): Format | 'damaged' | 'unsupported_encoding' {
  if (view.byteLength < 16) return 'damaged';
  const code = view.getUint16(0, true);
  if (code === EXTENSIBLE && view.byteLength < 26) return 'damaged';
  // An extensible format has its true code at the start of a GUID.
  const kind = code === EXTENSIBLE ? view.getUint16(24, true) : code;
  const channels = view.getUint16(2, true);
  const rate = view.getUint32(4, true);
  const bits = view.getUint16(14, true);
  if (channels < 1 || rate < MIN_RATE || rate > MAX_RATE) return 'damaged';
  const read = READERS[`${kind}/${bits}`];
  if (!read || channels > MAX_CHANNELS) return 'unsupported_encoding';
  return { channels, rate, width: bits / 8, read };
}

function* decode(view: DataView, { channels, rate, width, read }: Format): Generator<Chunk> {
  const size = channels * width;
  const frames = Math.floor(view.byteLength / size);
  for (let from = 0; from < frames; from += CHUNK_FRAMES) {
    const samples = new Float32Array(Math.min(CHUNK_FRAMES, frames - from));
    for (let i = 0; i < samples.length; i++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) sum += read(view, (from + i) * size + channel * width);
      samples[i] = sum / channels;
    }
    yield { rate, samples };
  }
}

/** A single NaN or infinity would spread over everything that is mixed or filtered with it. */
function audible(sample: number): number {
  return Number.isFinite(sample) ? Math.max(-1, Math.min(1, sample)) : 0;
}

function tagAt(view: DataView, at: number): string {
  if (at + 4 > view.byteLength) return '';
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
