import { describe, expect, it } from 'vitest';
import { samplesOf } from '../support/samples.ts';
import { likeness, toneWav } from './audio.ts';

const tone = (hertz: number, seconds: number) => samplesOf(toneWav(hertz, seconds));
const silence = (seconds: number) => new Int16Array(8000 * seconds);
const join = (...parts: Int16Array[]) => Int16Array.from(parts.flatMap((part) => [...part]));

/** A tone that rises, and so resembles itself at no other place. */
const glide = (from: number, to: number) =>
  Int16Array.from(
    { length: 4000 },
    (_, at) => 9000 * Math.sin((2 * Math.PI * at * (from + ((to - from) * at) / 8000)) / 8000),
  );

describe('the likeness of samples to a piece of audio', () => {
  it('is full where the piece is, however loud, and says where that is', () => {
    const quiet = glide(300, 900).map((sample) => sample / 5);
    const { correlation, at } = likeness(join(silence(1), quiet, silence(1)), glide(300, 900));
    expect(at).toBe(8000);
    expect(correlation).toBeGreaterThan(0.999);
  });

  it('is low where another sound, or nothing, is heard', () => {
    expect(likeness(join(silence(1), glide(900, 300), silence(1)), glide(300, 900)).correlation).toBeLessThan(0.5);
    expect(likeness(tone(700, 2), tone(440, 1)).correlation).toBeLessThan(0.1);
    expect(likeness(silence(2), tone(440, 1)).correlation).toBe(0);
  });

  it('falls when a part of the piece is missing, and is zero when the samples are shorter than the piece', () => {
    const whole = glide(300, 900);
    const torn = whole.map((sample, at) => (at < 2000 ? sample : 0));
    expect(likeness(join(silence(1), torn, silence(1)), whole).correlation).toBeCloseTo(Math.sqrt(0.5), 1);
    expect(likeness(whole.subarray(0, 2000), whole)).toEqual({ correlation: 0, at: 0 });
  });

  it('is low for the piece with the opposite phase', () => {
    expect(
      likeness(
        glide(300, 900).map((sample) => -sample),
        glide(300, 900),
      ).correlation,
    ).toBeLessThan(0.01);
  });
});
