import type { Tune } from '../contracts/carrier.ts';
import type { TelephoneRate } from './audio/audio.ts';

/** How long each tune lasts. The simulated network, which plays nothing, counts with these times. */
export const TUNE_SECONDS: Record<Tune, number> = { waiting: 20, enter: 0.25, leave: 0.25 };

/** A part of the name under which a tune is stored. Raise it when a tune sounds different. */
export const TUNES_VERSION = 1;

/** The level of tunes, -20 dBFS: as loud as speech on the telephone, with room for the peaks. */
const LEVEL = 0.1;
/** A narrow-band line carries nothing above this, and would return it as noise. */
const HIGHEST_HZ = 3300;

/** Makes the samples of a tune from nothing but numbers: nobody has rights in it. */
export function tuneSamples(tune: Tune, rate: TelephoneRate): Int16Array {
  const samples = tune === 'waiting' ? music(rate) : beep(BEEPS[tune], rate);
  return normalize(samples);
}

/** The tones of beeps, far from those of keys (697 to 1633 Hz in eight steps), so that no machine takes a beep for a key. */
const BEEPS = { enter: [523.25, 1046.5], leave: [1046.5, 523.25] };

function beep(tones: number[], rate: number): Float64Array {
  const length = Math.round((TUNE_SECONDS.enter / tones.length) * rate);
  const samples = new Float64Array(length * tones.length);
  tones.forEach((hz, index) => {
    for (let i = 0; i < length; i++) {
      // The tone swells and fades, because a tone that is switched on or off clicks.
      const swell = Math.sin((Math.PI * (i + 0.5)) / length);
      samples[index * length + i] = swell * Math.sin((2 * Math.PI * hz * i) / rate);
    }
  });
  return samples;
}

/** Eight bars of broken chords, as half-tones from the A of 220 Hz; the first of each is also the bass. */
const BARS = [
  [3, 10, 15, 19],
  [0, 7, 12, 15],
  [-4, 8, 12, 15],
  [-2, 5, 10, 14],
  [3, 7, 10, 15],
  [-5, 7, 10, 14],
  [-4, 3, 8, 12],
  [-2, 5, 10, 17],
];
/** The order in which the tones of a chord are played in a bar. */
const FIGURE = [0, 2, 1, 3, 2, 1, 3, 2];
/** The share of each overtone in a note, which gives a soft sound between a harp and a music box. */
const OVERTONES = [1, 0.3, 0.12, 0.04];

function music(rate: number): Float64Array {
  const samples = new Float64Array(TUNE_SECONDS.waiting * rate);
  const bar = samples.length / BARS.length;
  BARS.forEach((chord, at) => {
    FIGURE.forEach((tone, step) => {
      const start = Math.round((at + step / FIGURE.length) * bar);
      pluck(samples, { start, hz: hertz(chord[tone] ?? 0), loudness: step === 0 ? 1 : 0.7, seconds: 0.4, rate });
    });
    const bass = hertz((chord[0] ?? 0) - (at % 2 === 0 ? 0 : 12));
    pluck(samples, { start: Math.round(at * bar), hz: bass, loudness: 0.8, seconds: 0.9, rate });
  });
  return samples;
}

const hertz = (halfTones: number): number => 220 * 2 ** (halfTones / 12);

interface Note {
  start: number;
  hz: number;
  loudness: number;
  /** The seconds in which the note fades to about a third. */
  seconds: number;
  rate: number;
}

function pluck(samples: Float64Array, { start, hz, loudness, seconds, rate }: Note): void {
  OVERTONES.forEach((share, index) => {
    const tone = { start, hz: hz * (index + 1), rate };
    if (tone.hz > HIGHEST_HZ) return;
    // The difference of two fading tones begins at zero, swells within milliseconds, and fades.
    fade(samples, { ...tone, loudness: loudness * share, seconds: seconds / (index + 1) });
    fade(samples, { ...tone, loudness: -loudness * share, seconds: 0.012 });
  });
}

/** Adds a fading tone. Its end goes on at the beginning of the samples, so that they are a loop without a seam. */
function fade(samples: Float64Array, { start, hz, loudness, seconds, rate }: Note): void {
  const angle = (2 * Math.PI * hz) / rate;
  const decay = Math.exp(-1 / (seconds * rate));
  // Each sample follows from the two before it: a sine for every one would cost twenty times as much.
  const [first, second] = [2 * decay * Math.cos(angle), decay * decay];
  let [before, now] = [0, loudness * decay * Math.sin(angle)];
  const length = Math.round(9 * seconds * rate);
  for (let i = 1; i < length; i++) {
    const at = (start + i) % samples.length;
    samples[at] = (samples[at] as number) + now;
    [before, now] = [now, first * now - second * before];
  }
}

function normalize(samples: Float64Array): Int16Array {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const factor = (LEVEL / Math.sqrt(power)) * 32_767;
  return Int16Array.from(samples, (sample) => Math.round(sample * factor));
}
