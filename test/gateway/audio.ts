import { readFile } from 'node:fs/promises';
import { writeWav } from '../../src/lib/wav.ts';
import { samplesOf } from '../support/samples.ts';

const RATE = 8000;

/** A WAV of `seconds` of a pure tone: 8 kHz unless another rate is given, 16 bit, mono. */
export function toneWav(hertz: number, seconds: number, amplitude = 12_000, rate = RATE): Buffer {
  const samples = Math.round(rate * seconds);
  const sine = (at: number) => Math.round(amplitude * Math.sin((2 * Math.PI * hertz * at) / rate));
  return Buffer.from(
    writeWav(
      Int16Array.from({ length: samples }, (_, at) => sine(at)),
      rate,
    ),
  );
}

/** The samples of a WAV, also of one that is still being written and whose header says nothing yet. */
export async function readSamples(path: string): Promise<Int16Array> {
  return samplesOf(await readFile(path));
}

/** Seconds in which `hertz` carries most of the energy, judged in windows of 50 ms that are not silent. */
export function secondsOfTone(samples: Int16Array, hertz: number, rate = RATE): number {
  const isTone = (window: Int16Array) => loudness(window) > 500 && shareOf(window, hertz, rate) > 0.7;
  return windowsOf(samples, rate).filter(isTone).length * 0.05;
}

/** Seconds in which a tone is part of the mix, whatever else is: judged in windows of 50 ms. */
export function secondsWith(samples: Int16Array, hertz: number): number {
  const isIn = (window: Int16Array) => amplitudeOf(window, hertz) > 1000;
  return windowsOf(samples).filter(isIn).length * 0.05;
}

/** Seconds that are not silent. */
export function secondsOfSound(samples: Int16Array): number {
  return windowsOf(samples).filter((window) => loudness(window) > 100).length * 0.05;
}

/** How much the samples resemble a piece of audio where they resemble it most, from 0 to 1, and at which sample that begins. */
export function likeness(samples: Int16Array, piece: Int16Array): { correlation: number; at: number } {
  const best = { correlation: 0, at: 0 };
  const wanted = energyOf(piece);
  let energy = energyOf(samples.subarray(0, piece.length));
  for (let at = 0; at + piece.length <= samples.length; at++) {
    const correlation = productOf(samples, piece, at) / Math.sqrt(wanted * energy || 1);
    if (correlation > best.correlation) Object.assign(best, { correlation, at });
    const [gone = 0, next = 0] = [samples[at], samples[at + piece.length]];
    energy += next * next - gone * gone;
  }
  return best;
}

const energyOf = (samples: Int16Array): number => samples.reduce((sum, sample) => sum + sample * sample, 0);

function productOf(samples: Int16Array, piece: Int16Array, from: number): number {
  let sum = 0;
  for (let at = 0; at < piece.length; at++) sum += (samples[from + at] ?? 0) * (piece[at] ?? 0);
  return sum;
}

function windowsOf(samples: Int16Array, rate = RATE): Int16Array[] {
  const size = rate / 20;
  return Array.from({ length: Math.floor(samples.length / size) }, (_, at) =>
    samples.subarray(at * size, (at + 1) * size),
  );
}

function loudness(window: Int16Array): number {
  return Math.sqrt(window.reduce((sum, sample) => sum + sample * sample, 0) / window.length);
}

/** The amplitude of a tone within the window: its term of the Fourier transform. */
function amplitudeOf(window: Int16Array, hertz: number): number {
  let [cosine, sine] = [0, 0];
  window.forEach((sample, at) => {
    const phase = (2 * Math.PI * hertz * at) / RATE;
    cosine += sample * Math.cos(phase);
    sine += sample * Math.sin(phase);
  });
  return (2 * Math.hypot(cosine, sine)) / window.length;
}

/** Goertzel's algorithm: the part of the window's energy at one frequency, 1 for a pure tone. */
function shareOf(window: Int16Array, hertz: number, rate: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / rate);
  let [before, beforeThat] = [0, 0];
  for (const sample of window) [before, beforeThat] = [sample + coefficient * before - beforeThat, before];
  const power = before * before + beforeThat * beforeThat - coefficient * before * beforeThat;
  const energy = window.reduce((sum, sample) => sum + sample * sample, 0);
  return energy === 0 ? 0 : (2 * power) / (energy * window.length);
}
