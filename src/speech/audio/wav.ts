import { readWavHeader, type WavFormat } from '../../lib/wav.ts';
import { type AudioChunk, type OpenedAudio, refusedAudio } from './audio.ts';
import { A_LAW, MU_LAW } from './companding.ts';

type ReadSample = (view: DataView, at: number) => number;

const CHUNK_FRAMES = 8192;
const MIN_RATE = 2000;
const MAX_RATE = 192_000;
const MAX_CHANNELS = 8;
/** Servers that stream a WAV write one of these as its length: they do not know it yet. */
const UNKNOWN_LENGTHS = new Set([0, 0x7fffffff, 0xffffffff]);

/** The readers of one sample, by format code and bits. Only eight-bit PCM has no sign. */
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

/** Decodes a WAV file to mono. No length in the file is believed further than there are bytes. */
export function openWav(bytes: Uint8Array): OpenedAudio {
  const header = readWavHeader(bytes);
  if (!header) return refusedAudio('damaged');
  const { format, data } = header;
  const { code, channels, rate, bits } = format;
  if (channels < 1 || rate < MIN_RATE || rate > MAX_RATE) return refusedAudio('damaged');
  const read = READERS[`${code}/${bits}`];
  if (!read || channels > MAX_CHANNELS) return refusedAudio('unsupported_encoding');
  if (!data) return refusedAudio('empty');
  const length = lengthOf(bytes, data);
  const samples = new DataView(bytes.buffer, bytes.byteOffset + data.offset, length);
  const seconds = length / ((bits / 8) * channels * rate);
  return length < (bits / 8) * channels
    ? refusedAudio('empty')
    : { ok: true, seconds, chunks: decode(samples, format, read) };
}

/** How many bytes of samples there are. A length of 0 may mean that it was not known yet, or that there are none. */
function lengthOf(bytes: Uint8Array, { offset, bytes: claimed }: { offset: number; bytes: number }): number {
  const left = bytes.length - offset;
  const isUnknown = UNKNOWN_LENGTHS.has(claimed) && !(claimed === 0 && isMetadata(bytes.subarray(offset)));
  return isUnknown ? left : Math.min(claimed, left);
}

/** Whether these are whole chunks of a RIFF file to the last byte: what follows an empty data chunk, and is no sound. */
function isMetadata(rest: Uint8Array): boolean {
  const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
  let at = 0;
  while (at + 8 <= rest.length && /^[\x20-\x7e]{4}$/.test(String.fromCharCode(...rest.subarray(at, at + 4)))) {
    const size = view.getUint32(at + 4, true);
    at += 8 + size + (size % 2);
  }
  // A last chunk of odd length may lack its padding.
  return at === rest.length || at === rest.length + 1;
}

function* decode(view: DataView, { channels, rate, bits }: WavFormat, read: ReadSample): Generator<AudioChunk> {
  const width = bits / 8;
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
