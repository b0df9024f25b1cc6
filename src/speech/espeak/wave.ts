// SPDX-License-Identifier: GPL-3.0-or-later

/** How many input samples on either side contribute to an output sample, at the lower of the two rates. */
const REACH = 24;
/** The shape of the Kaiser window, with which aliases stay some 80 dB below the voice. */
const BETA = 8;

type Filter = { phases: Float32Array[]; step: number; taps: number };

const filters = new Map<string, Filter>();

/** Brings a voice down to a telephone's rate, without the hiss of its higher tones folding back. */
export function resample(samples: Int16Array, from: number, to: number): Int16Array {
  const { phases, step, taps } = filterFor(from, to);
  const padded = new Float32Array(samples.length + 2 * taps);
  padded.set(samples, taps);
  const out = new Int16Array(Math.floor((samples.length * phases.length) / step));
  for (let i = 0; i < out.length; i++) {
    const position = i * step;
    const start = Math.floor(position / phases.length) + taps / 2 + 1;
    out[i] = clamp(dot(phases[position % phases.length] as Float32Array, padded, start));
  }
  return out;
}

/** Makes a WAV file of 16-bit mono PCM with the plain 44-byte header, the only one that all telephone software reads. */
export function wavFile(samples: Int16Array, rate: number): ArrayBuffer {
  const file = new ArrayBuffer(44 + samples.byteLength);
  const header = new DataView(file);
  const size = samples.byteLength;
  const words = [
    0x46464952,
    36 + size,
    0x45564157,
    0x20746d66,
    16,
    0x00010001,
    rate,
    rate * 2,
    0x00100002,
    0x61746164,
    size,
  ];
  words.forEach((word, i) => {
    header.setUint32(i * 4, word, true);
  });
  new Int16Array(file, 44).set(samples);
  return file;
}

function dot(weights: Float32Array, samples: Float32Array, start: number): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) sum += (weights[k] as number) * (samples[start + k] as number);
  return sum;
}

function clamp(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value)));
}

function filterFor(from: number, to: number): Filter {
  const key = `${from}>${to}`;
  const known = filters.get(key);
  if (known) return known;
  const divisor = greatestCommonDivisor(from, to);
  const ratio = Math.min(1, to / from);
  const half = Math.ceil(REACH / ratio);
  const phases = Array.from({ length: to / divisor }, (_, phase, count = to / divisor) =>
    weights(phase / count, half, ratio),
  );
  const filter = { phases, step: from / divisor, taps: 2 * half };
  filters.set(key, filter);
  return filter;
}

/** The weights of a windowed sinc, shifted by a fraction of a sample, that passes a constant unchanged. */
function weights(shift: number, half: number, ratio: number): Float32Array {
  const cutoff = ratio * (1 - 1.6 / REACH);
  const row = Float32Array.from({ length: 2 * half }, (_, k) => {
    const time = k - half + 1 - shift;
    const sinc = time === 0 ? cutoff : Math.sin(Math.PI * cutoff * time) / (Math.PI * time);
    return sinc * kaiser(time / half);
  });
  const sum = row.reduce((total, weight) => total + weight, 0);
  return row.map((weight) => weight / sum);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA);
}

/** The modified Bessel function of order zero, by its power series. */
function bessel(x: number): number {
  let sum = 1;
  for (let k = 1, term = 1; k < 40; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b ? greatestCommonDivisor(b, a % b) : a;
}
