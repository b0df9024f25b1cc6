import { describe, expect, it } from 'vitest';
import { samplesOf } from '../support/samples.ts';
import { likeness, toneWav } from './audio.ts';

const tone = (hertz: number, seconds: number) => samplesOf(toneWav(hertz, seconds));
const silence = (seconds: number) => new Int16Array(8000 * seconds);
const join = (...parts: Int16Array[]) => Int16Array.from(parts.flatMap((part) => [...part]));

/** A sound that resembles itself nowhere else: a tone that rises. */
const glide = (from: number, to: number) =>
  Int16Array.from(
    { length: 4000 },
    (_, at) => 9000 * Math.sin((2 * Math.PI * at * (from + ((to - from) * at) / 8000)) / 8000),
  );

describe('likeness', () => {
  it('finds a piece, and where it is, however loud', () => {
    const quiet = glide(300, 900).map((sample) => sample / 5);
    const { correlation, at } = likeness(join(silence(1), quiet, silence(1)), glide(300, 900));
    expect(at).toBe(8000);
    expect(correlation).toBeGreaterThan(0.999);
  });

  it('is low where other sounds, or nothing, are heard', () => {
    expect(likeness(join(silence(1), glide(900, 300), silence(1)), glide(300, 900)).correlation).toBeLessThan(0.5);
    expect(likeness(tone(700, 2), tone(440, 1)).correlation).toBeLessThan(0.1);
    expect(likeness(silence(2), tone(440, 1)).correlation).toBe(0);
  });

  it('falls when a part is missing, and is nothing when the samples are shorter than the piece', () => {
    const whole = glide(300, 900);
    const torn = whole.map((sample, at) => (at < 2000 ? sample : 0));
    expect(likeness(join(silence(1), torn, silence(1)), whole).correlation).toBeCloseTo(Math.sqrt(0.5), 1);
    expect(likeness(whole.subarray(0, 2000), whole)).toEqual({ correlation: 0, at: 0 });
  });

  it('does not mind a phase that is the opposite less than a different sound', () => {
    expect(
      likeness(
        glide(300, 900).map((sample) => -sample),
        glide(300, 900),
      ).correlation,
    ).toBeLessThan(0.01);
  });
});
