import { describe, expect, it } from 'vitest';
import { promptSeconds } from '../../src/carriers/simulated/prompt-duration.ts';
import { TUNES, type Tune } from '../../src/contracts/carrier.ts';
import { TUNE_SECONDS, tuneSamples } from '../../src/speech/tunes.ts';

const RATES = [8000, 16_000] as const;
const all = TUNES.flatMap((tune) => RATES.map((rate) => [tune, rate] as const));

const rms = (samples: Int16Array) => Math.sqrt(samples.reduce((sum, it) => sum + it * it, 0) / samples.length);
const dBFS = (level: number) => 20 * Math.log10(level / 32_768);
const peak = (samples: Int16Array) => samples.reduce((most, it) => Math.max(most, Math.abs(it)), 0);

/** The level of one frequency (Goertzel). */
function levelAt(samples: Int16Array, hz: number, rate: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let [one, two] = [0, 0];
  for (const sample of samples) [two, one] = [one, sample + coefficient * one - two];
  return (2 * Math.sqrt(one * one + two * two - coefficient * one * two)) / samples.length;
}

describe.each(all)('the tune "%s" at %i Hz', (tune, rate) => {
  const samples = tuneSamples(tune, rate);

  it('lasts as long as the simulated network counts', () => {
    expect(samples.length / rate).toBe(TUNE_SECONDS[tune]);
    expect(promptSeconds({ tune, times: 3 })).toBe(3 * TUNE_SECONDS[tune]);
  });

  it('is about as loud as speech, and never clips', () => {
    expect(dBFS(rms(samples))).toBeCloseTo(-20, 0);
    expect(dBFS(peak(samples))).toBeLessThan(-3);
  });

  it('can be repeated without a click: its end goes over into its beginning as smoothly as all the rest', () => {
    // A click is a corner: three times over the difference to the sample before leaves little but corners.
    const difference = (it: Int16Array) => it.map((sample, at) => sample - (it.at(at - 1) ?? 0));
    const corners = difference(difference(difference(samples)));
    expect(peak(corners.subarray(0, 4))).toBeLessThan(4 * rms(corners));
    expect(peak(corners)).toBeLessThan(20 * rms(corners));
  });
});

describe('the music for callers who wait', () => {
  it('has nothing that a narrow-band line does not carry', () => {
    const samples = tuneSamples('waiting', 16_000).subarray(0, 80_000);
    for (let hz = 3600; hz < 8000; hz += 50) {
      expect(dBFS(levelAt(samples, hz, 16_000)), `${hz} Hz`).toBeLessThan(-75);
    }
  });

  it('goes on from its end as it began: no bar is much quieter than another', () => {
    const samples = tuneSamples('waiting', 8000);
    const bars = Array.from({ length: 8 }, (_, at) => dBFS(rms(samples.subarray(at * 20_000, (at + 1) * 20_000))));
    expect(Math.max(...bars) - Math.min(...bars)).toBeLessThan(4);
  });
});

describe.each<[Tune, number, number]>([
  ['enter', 523.25, 1046.5],
  ['leave', 1046.5, 523.25],
])('the beep "%s"', (tune, first, second) => {
  const samples = tuneSamples(tune, 8000);
  const halves = [samples.subarray(0, 1000), samples.subarray(1000)] as const;

  it('goes from one tone to another, so that callers can tell coming from going', () => {
    expect(dBFS(levelAt(halves[0], first, 8000))).toBeGreaterThan(-25);
    expect(dBFS(levelAt(halves[1], second, 8000))).toBeGreaterThan(-25);
    expect(dBFS(levelAt(halves[0], second, 8000))).toBeLessThan(-60);
    expect(dBFS(levelAt(halves[1], first, 8000))).toBeLessThan(-60);
  });

  it('has none of the tones of keys', () => {
    for (const hz of [697, 770, 852, 941, 1209, 1336, 1477, 1633]) {
      for (const half of halves) expect(dBFS(levelAt(half, hz, 8000)), `${hz} Hz`).toBeLessThan(-55);
    }
  });
});
