import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Resampler } from '../../../src/speech/audio/resampler.ts';
import { energy, tone } from '../support/wav.ts';

function resample(samples: Float32Array, from: number, to: number, cut = samples.length): number[] {
  const resampler = new Resampler(from, to);
  const out: number[] = [];
  for (let at = 0; at < samples.length; at += cut) out.push(...resampler.push(samples.subarray(at, at + cut)));
  return [...out, ...resampler.finish()];
}

/** Without the edges, where a tone starts and stops. */
const middle = (samples: number[]) => samples.slice(200, -200);
const decibels = (ratio: number) => 20 * Math.log10(ratio);

describe('a tone', () => {
  it.each([8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000])(
    'of 1 kHz keeps its level and length from %i Hz',
    (from) => {
      for (const to of [8000, 16_000]) {
        const input = tone({ hz: 1000, rate: from });
        const out = resample(input, from, to);
        expect(out).toHaveLength(Math.floor((input.length * to) / from));
        expect(Math.abs(decibels(energy(middle(out)) / energy(input)))).toBeLessThan(0.1);
      }
    },
  );

  it('passes at 3.4 kHz, and does not come back as 3 kHz at 5 kHz', () => {
    const level = (hz: number) => {
      const input = tone({ hz, rate: 44_100 });
      return decibels(energy(middle(resample(input, 44_100, 8000))) / energy(input));
    };
    expect(level(3400)).toBeGreaterThan(-0.5);
    expect(level(4300)).toBeLessThan(-60);
    expect(level(5000)).toBeLessThan(-75);
  });

  it('keeps its level at a rate that fits no filter exactly', () => {
    const input = tone({ hz: 1000, rate: 44_101, seconds: 1 });
    expect(Math.abs(decibels(energy(middle(resample(input, 44_101, 8000))) / energy(input)))).toBeLessThan(0.1);
  });
});

describe('a stream', () => {
  it('comes out the same however it is cut', () => {
    const rates = fc.constantFrom(8000, 11_025, 22_050, 44_100, 48_000, 44_101);
    const to = fc.constantFrom(8000, 16_000);
    fc.assert(
      fc.property(rates, to, fc.integer({ min: 1, max: 700 }), fc.nat(1500), (from, rate, cut, length) => {
        const input = tone({ hz: 300, rate: from, seconds: 1 }).subarray(0, length);
        expect(resample(input, from, rate, cut)).toEqual(resample(input, from, rate));
      }),
      { numRuns: 50 },
    );
  });

  it('leaves silence silent and a constant constant', () => {
    expect(energy(resample(new Float32Array(500), 44_100, 8000))).toBe(0);
    for (const sample of middle(resample(new Float32Array(9000).fill(0.5), 22_050, 8000)))
      expect(sample).toBeCloseTo(0.5, 5);
  });
});
