import { isWav } from '../../lib/wav.ts';
import {
  type AudioChunk,
  type AudioRefusal,
  type OpenedAudio,
  type RefusedAudio,
  refusedAudio,
  type TelephoneRate,
} from './audio.ts';
import { openMp3 } from './mp3.ts';
import { Resampler } from './resampler.ts';
import { openWav } from './wav.ts';

export type AudioLimits = { maxBytes: number; maxSeconds: number };

export type TelephoneAudio = { ok: true; samples: Int16Array; rate: TelephoneRate; seconds: number } | RefusedAudio;

/** A Worker has 128 MB for everything that it does at once; a file within these limits takes some 40 MB with its samples. */
export const AUDIO_LIMITS: AudioLimits = { maxBytes: 10_000_000, maxSeconds: 600 };

/** The sound that is converted in one turn: some two milliseconds of work. */
const TURN_SECONDS = 0.25;

export type ConversionOptions = { rate: TelephoneRate; minimp3: WebAssembly.Module; limits?: AudioLimits };

/**
 * Converts any WAV or MP3 file to samples that a telephone plays. The bytes tell the kind of file, since content types are
 * often wrong. It does a quarter of a second of sound after the other, and awaits `rest` in between, so that a customer's long
 * file does not hold up whatever else the process has to do.
 */
export async function toTelephone(
  bytes: Uint8Array,
  wanted: ConversionOptions,
  rest: () => Promise<void> = () => scheduler.wait(0),
): Promise<TelephoneAudio> {
  const work = convert(bytes, wanted);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await rest();
  }
}

/** Converts a file, and yields after each turn. The length of a file is checked before its first sample is decoded. */
function* convert(
  bytes: Uint8Array,
  { rate, minimp3, limits = AUDIO_LIMITS }: ConversionOptions,
): Generator<void, TelephoneAudio> {
  if (bytes.length > limits.maxBytes) return refusedAudio('too_large');
  const opened: OpenedAudio = isWav(bytes) ? openWav(bytes) : openMp3(bytes, minimp3);
  if (!opened.ok) return opened;
  if (opened.seconds > limits.maxSeconds) return refusedAudio('too_long');
  const parts = yield* resampleAll(opened.chunks, rate, limits.maxSeconds);
  if (typeof parts === 'string') return refusedAudio(parts);
  const samples = joinSamples(parts);
  return samples.length ? { ok: true, samples, rate, seconds: samples.length / rate } : refusedAudio('empty');
}

export function joinSamples(parts: Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function silence(ms: number, rate: TelephoneRate): Int16Array {
  return new Int16Array(Math.round((ms * rate) / 1000));
}

export function withVolume(samples: Int16Array, volume: number): Int16Array {
  return volume === 1 ? samples : samples.map((sample) => clamp(sample * volume));
}

function* resampleAll(
  chunks: Iterable<AudioChunk>,
  rate: TelephoneRate,
  maxSeconds: number,
): Generator<void, Int16Array[] | AudioRefusal> {
  const parts: Int16Array[] = [];
  let seconds = 0;
  let current: { rate: number; resampler: Resampler } | undefined;
  try {
    for (const chunk of chunks) {
      const before = seconds;
      seconds += chunk.samples.length / chunk.rate;
      if (seconds > maxSeconds) return 'too_long';
      if (Math.floor(seconds / TURN_SECONDS) > Math.floor(before / TURN_SECONDS)) yield;
      if (current?.rate !== chunk.rate) {
        if (current) parts.push(toInt16(current.resampler.finish()));
        current = { rate: chunk.rate, resampler: new Resampler(chunk.rate, rate) };
      }
      parts.push(toInt16(current.resampler.push(chunk.samples)));
    }
  } catch (error) {
    // The MP3 decoder ran out of its own memory, which takes a file that was made for it.
    if (error instanceof WebAssembly.RuntimeError) return 'damaged';
    throw error;
  }
  if (current) parts.push(toInt16(current.resampler.finish()));
  return parts;
}

function toInt16(samples: Float32Array): Int16Array {
  const out = new Int16Array(samples.length);
  for (let i = 0; i < out.length; i++) out[i] = clamp((samples[i] as number) * 32_768);
  return out;
}

function clamp(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value)));
}
