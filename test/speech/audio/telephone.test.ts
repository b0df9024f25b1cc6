import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeWav } from '../../../src/lib/wav.ts';
import { mp3Frames } from '../../../src/speech/audio/mp3-frames.ts';
import { AUDIO_LIMITS, silence, toTelephone, withVolume } from '../../../src/speech/audio/telephone.ts';
import { minimp3 } from '../support/minimp3.ts';
import { energy, int16Bytes, tone, wavBytes } from '../support/wav.ts';

const fixture = (name: string) => new Uint8Array(readFileSync(`test/speech/audio/fixtures/${name}.mp3`));
const atOnce = async () => {};
const narrow = (bytes: Uint8Array, limits = AUDIO_LIMITS) =>
  toTelephone(bytes, { rate: 8000, minimp3, limits }, atOnce);

async function heard(bytes: Uint8Array) {
  const audio = await narrow(bytes);
  if (!audio.ok) throw new Error(audio.refusal);
  return audio;
}

/** The pitch of a lone tone: it counts how many times a second the sign changes from minus to plus. */
function pitchOf(samples: Int16Array): number {
  const inner = samples.subarray(1500, 4300);
  let rises = 0;
  for (let i = 1; i < inner.length; i++) if ((inner[i - 1] as number) < 0 && (inner[i] as number) >= 0) rises++;
  return (rises * 8000) / inner.length;
}

describe('an MP3 file', () => {
  // Each is 0.6 seconds of a tone of 440 Hz at half the full level, made by lame, which pads to whole frames.
  it.each([
    ['tone-8000', 0.792],
    ['tone-24000', 0.648],
    ['tone-44100', 0.627],
    ['tone-stereo-id3', 0.627],
  ])('%s is heard, without the summary in front', async (name, length) => {
    const { samples, seconds } = await heard(fixture(name));
    expect(seconds).toBeCloseTo(length, 2);
    expect(pitchOf(samples)).toBeCloseTo(440, -1);
    expect(energy(samples.subarray(1500, 4300)) / 32_768).toBeCloseTo(0.5 * Math.SQRT1_2, 1);
  });

  it('is found behind rubbish, and goes on after it', async () => {
    const [one] = [fixture('tone-44100')];
    const rubbish = new Uint8Array(3000).map((_, i) => (i * 7919) % 251);
    const alone = (await heard(one)).seconds;
    expect((await heard(Uint8Array.of(...rubbish, ...one))).seconds).toBeCloseTo(alone, 1);
    expect((await heard(Uint8Array.of(...one, ...rubbish, ...one))).seconds).toBeCloseTo(2 * alone, 1);
  });

  it('may change its rate midway', async () => {
    const both = Uint8Array.of(...fixture('tone-44100'), ...fixture('tone-24000'));
    expect((await heard(both)).seconds).toBeCloseTo(1.3, 1);
  });

  it('is heard as far as it goes when it was cut off, down to the last byte', async () => {
    const whole = fixture('tone-stereo-id3');
    for (let length = whole.length - 700; length < whole.length; length += 13) {
      expect((await heard(whole.subarray(0, length))).seconds).toBeGreaterThan(0.5);
    }
  });

  it('begins with silence, not with noise, when it starts in the middle', async () => {
    const frames = (name: string) =>
      [...mp3Frames(fixture(name))].map(({ at, length }) => fixture(name).subarray(at, at + length));
    // Each leans on frames that are not there; the second is the shorter, so bytes of the first lie where its samples would be.
    const long = frames('tone-stereo-id3')[10] as Uint8Array;
    const [short, next] = frames('tone-44100').slice(10, 12) as [Uint8Array, Uint8Array];
    const { samples } = await heard(Uint8Array.of(...long, ...short, ...next));
    expect(Math.max(...samples.slice(0, 400).map(Math.abs))).toBeLessThan(50);
  });

  it('never throws nor hangs, whatever is wrong with it', async () => {
    const whole = ['tone-8000', 'tone-24000', 'tone-44100', 'tone-stereo-id3'].map(fixture);
    const hurt = fc.array(fc.tuple(fc.nat(5000), fc.nat(255)), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...whole), hurt, fc.nat(5000), async (file, changes, length) => {
        const bytes = file.slice(0, length);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const audio = await narrow(bytes);
        if (audio.ok) expect(audio.seconds).toBeLessThan(3);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a WAV file', () => {
  it('passes bit by bit when it has 16 bits and 8 kHz', async () => {
    const data = int16Bytes(tone());
    expect(new Uint8Array((await heard(wavBytes({ data }))).samples.buffer)).toEqual(data);
  });

  it('is resampled to the wide band', async () => {
    const bytes = wavBytes({ rate: 44_100, data: int16Bytes(tone({ rate: 44_100 })) });
    const made = await toTelephone(bytes, { rate: 16_000, minimp3 }, atOnce);
    expect(made).toMatchObject({ ok: true, seconds: 0.5, rate: 16_000 });
    if (made.ok) expect(new DataView(writeWav(made.samples, made.rate)).getUint32(24, true)).toBe(16_000);
  });
});

describe('refusals', () => {
  const second = wavBytes({ data: new Uint8Array(16_000) });

  it('has limits of bytes and of seconds', async () => {
    expect(await narrow(second, { maxBytes: 16_000, maxSeconds: 2 })).toEqual({ ok: false, refusal: 'too_large' });
    expect(await narrow(second, { maxBytes: 20_000, maxSeconds: 0.9 })).toEqual({ ok: false, refusal: 'too_long' });
    expect(await narrow(fixture('tone-24000'), { maxBytes: 20_000, maxSeconds: 0.5 })).toEqual({
      ok: false,
      refusal: 'too_long',
    });
  });

  it.each([
    ['nothing at all', new Uint8Array(0)],
    ['a page', new TextEncoder().encode('<!doctype html><title>Not found</title>'.repeat(50))],
    ['zeros', new Uint8Array(100_000)],
    ['ones', new Uint8Array(100_000).fill(255)],
    ['a tag of ID3 without end', Uint8Array.of(0x49, 0x44, 0x33, 3, 0, 0, 0x7f, 0x7f, 0x7f, 0x7f, 1, 2, 3)],
    ['an Ogg file', new TextEncoder().encode('OggS'.padEnd(500, '\u0002'))],
  ])('%s is not audio', async (_, bytes) => {
    expect(await narrow(bytes)).toEqual({ ok: false, refusal: 'not_audio' });
  });
});

describe('samples', () => {
  it('are silence of the length asked for, and become louder or softer without wrapping round', () => {
    expect(silence(500, 8000)).toHaveLength(4000);
    expect(withVolume(Int16Array.of(100, 30_000, -30_000), 2)).toEqual(Int16Array.of(200, 32_767, -32_768));
    expect(withVolume(Int16Array.of(100), 0)).toEqual(Int16Array.of(0));
  });
});

describe('a long file', () => {
  const long = (() => {
    const one = fixture('tone-44100');
    const many = new Uint8Array(one.length * 40);
    for (let n = 0; n < 40; n++) many.set(one, n * one.length);
    return many;
  })();

  it('is converted with four rests in every second of sound, to the same samples', async () => {
    let rests = 0;
    const inTurns = await toTelephone(long, { rate: 8000, minimp3 }, async () => {
      rests += 1;
    });
    expect(inTurns).toEqual(await narrow(long));
    expect(rests).toBeGreaterThanOrEqual(4 * Math.floor((await heard(long)).seconds) - 1);
  });

  it('is refused before anything of it is decoded when it is too long', async () => {
    let rests = 0;
    const limits = { ...AUDIO_LIMITS, maxSeconds: 20 };
    const wanted = { rate: 8000, minimp3, limits } as const;
    expect(
      await toTelephone(long, wanted, async () => {
        rests += 1;
      }),
    ).toEqual({
      ok: false,
      refusal: 'too_long',
    });
    expect(rests).toBe(0);
  });
});
