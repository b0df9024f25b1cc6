/** How many samples on either side contribute to one sample, counted at the lower of the two rates. */
const REACH = 24;
/** The shape of the Kaiser window. With this reach 8 kHz loses 0.1 dB at 3.4 kHz, and aliases are 80 dB down. */
const BETA = 8;
/**
 * So many phases make all common pairs of rates exact. Odder pairs take the nearest phase, an
 * error that a telephone does not carry.
 */
const MAX_PHASES = 640;
const MAX_KEPT_FILTERS = 16;

const filters = new Map<string, Float32Array[]>();

/** Changes the rate of a stream of samples. The result is the same however the stream is cut into pieces. */
export class Resampler {
  readonly #from: number;
  readonly #to: number;
  readonly #phases: Float32Array[];
  readonly #half: number;
  /** Input that is still needed; its first sample is number `#start`, and the ones before the stream are silence. */
  #held: Float32Array;
  #start: number;
  #taken = 0;
  #made = 0;

  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
    this.#phases = phasesFor(from, to);
    this.#half = (this.#phases[0] as Float32Array).length / 2;
    this.#held = new Float32Array(this.#half - 1);
    this.#start = 1 - this.#half;
  }

  push(samples: Float32Array): Float32Array {
    this.#taken += samples.length;
    if (this.#from === this.#to) return samples;
    return this.#make(samples, Number.POSITIVE_INFINITY);
  }

  /** Returns the last samples when the stream has ended. */
  finish(): Float32Array {
    if (this.#from === this.#to) return new Float32Array(0);
    return this.#make(new Float32Array(this.#half), Math.floor((this.#taken * this.#to) / this.#from));
  }

  #make(samples: Float32Array, total: number): Float32Array {
    const input = new Float32Array(this.#held.length + samples.length);
    input.set(this.#held);
    input.set(samples, this.#held.length);
    // Sample i needs `half` samples after its place, so only so many can be made.
    const reachable = Math.ceil(((this.#start + input.length - this.#half) * this.#to) / this.#from);
    const out = new Float32Array(Math.max(0, Math.min(reachable, total) - this.#made));
    for (let i = 0; i < out.length; i++) out[i] = this.#sample(input, this.#made + i);
    this.#made += out.length;
    const keep = Math.floor((this.#made * this.#from) / this.#to) - this.#half + 1;
    this.#held = input.slice(Math.max(0, keep - this.#start));
    this.#start = Math.max(keep, this.#start);
    return out;
  }

  #sample(input: Float32Array, number: number): number {
    const numerator = number * this.#from;
    const place = Math.floor(numerator / this.#to);
    const count = this.#phases.length;
    const phase = Math.min(count - 1, Math.round(((numerator % this.#to) * count) / this.#to));
    const weights = this.#phases[phase] as Float32Array;
    const at = place - this.#half + 1 - this.#start;
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += (weights[k] as number) * (input[at + k] as number);
    return sum;
  }
}

function phasesFor(from: number, to: number): Float32Array[] {
  const key = `${from}>${to}`;
  const known = filters.get(key);
  if (known) return known;
  const count = Math.min(MAX_PHASES, to / greatestCommonDivisor(from, to));
  const made = Array.from({ length: count }, (_, phase) => weightsFor(phase / count, Math.min(1, to / from)));
  // The rates come from customers' files: nobody may fill the memory with filters.
  if (filters.size >= MAX_KEPT_FILTERS) filters.clear();
  filters.set(key, made);
  return made;
}

/** The weights of a windowed sinc, shifted by a part of a sample, that leaves a constant as it is. */
function weightsFor(shift: number, ratio: number): Float32Array {
  const half = Math.ceil(REACH / ratio);
  const cutoff = ratio * (1 - 1.6 / REACH);
  const weights = Float32Array.from({ length: 2 * half }, (_, k) => {
    const time = k - half + 1 - shift;
    const sinc = time === 0 ? cutoff : Math.sin(Math.PI * cutoff * time) / (Math.PI * time);
    return Math.abs(time) >= half ? 0 : sinc * besselI0(BETA * Math.sqrt(1 - (time / half) ** 2));
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** The modified Bessel function of order zero, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-9; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b ? greatestCommonDivisor(b, a % b) : a;
}
