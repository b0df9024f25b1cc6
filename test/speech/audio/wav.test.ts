import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeWav } from '../../../src/lib/wav.ts';
import { openWav } from '../../../src/speech/audio/wav.ts';
import { chunk, int16Bytes, tone, type WavPlan, wavBytes } from '../support/wav.ts';

function samplesOf(bytes: Uint8Array): number[] {
  const opened = openWav(bytes);
  if (!opened.ok) throw new Error(opened.refusal);
  return [...opened.chunks].flatMap(({ samples }) => [...samples]);
}

function refusalOf(plan: WavPlan): string {
  const opened = openWav(wavBytes(plan));
  return opened.ok ? 'none' : opened.refusal;
}

const floats = (width: 32 | 64, ...values: number[]) =>
  new Uint8Array((width === 32 ? Float32Array.from(values) : Float64Array.from(values)).buffer);

describe('reading a WAV file', () => {
  it.each<[string, WavPlan, number[]]>([
    ['8-bit PCM', { bits: 8, data: Uint8Array.of(0, 128, 192) }, [-1, 0, 0.5]],
    ['16-bit PCM', { bits: 16, data: Uint8Array.of(0, 0x80, 0, 0, 0, 0x40) }, [-1, 0, 0.5]],
    ['24-bit PCM', { bits: 24, data: Uint8Array.of(0, 0, 0x80, 0, 0, 0, 0, 0, 0x40) }, [-1, 0, 0.5]],
    ['32-bit PCM', { bits: 32, data: Uint8Array.of(0, 0, 0, 0x80, 0, 0, 0, 0x40) }, [-1, 0.5]],
    ['32-bit float', { code: 3, bits: 32, data: floats(32, -1, 0.5, 7, Number.NaN) }, [-1, 0.5, 1, 0]],
    ['64-bit float', { code: 3, bits: 64, data: floats(64, -0.25, Number.NEGATIVE_INFINITY) }, [-0.25, 0]],
    [
      'A-law',
      { code: 6, bits: 8, data: Uint8Array.of(0xd5, 0x55, 0xaa, 0x2a) },
      [8, -8, 32_256, -32_256].map((x) => x / 32_768),
    ],
    [
      'µ-law',
      { code: 7, bits: 8, data: Uint8Array.of(0xff, 0x7f, 0x80, 0x00) },
      [0, 0, 32_124, -32_124].map((x) => x / 32_768),
    ],
    ['an extensible header', { extensible: true, data: Uint8Array.of(0, 0x40) }, [0.5]],
    ['stereo, mixed to mono', { channels: 2, data: Uint8Array.of(0, 0x40, 0, 0, 0, 0x40, 0, 0x40) }, [0.25, 0.5]],
    [
      'chunks before, of odd lengths',
      { before: [chunk('LIST', new Uint8Array(3))], data: Uint8Array.of(0, 0x40) },
      [0.5],
    ],
    ['a length of a stream', { claimed: 0xffffffff, data: Uint8Array.of(0, 0x40) }, [0.5]],
    ['a length of nought', { claimed: 0, data: Uint8Array.of(0, 0x40) }, [0.5]],
    ['a length that lies', { claimed: 1_000_000, data: Uint8Array.of(0, 0x40) }, [0.5]],
    ['half a sample at the end', { data: Uint8Array.of(0, 0x40, 1) }, [0.5]],
  ])('%s', (_, plan, samples) => {
    // Plus nought makes one nought of the two that there are.
    expect(samplesOf(wavBytes(plan)).map((sample) => sample + 0)).toEqual(samples.map((sample) => Math.fround(sample)));
  });

  it.each<[string, WavPlan]>([
    ['damaged', { rate: 0, data: new Uint8Array(8) }],
    ['damaged', { rate: 4_000_000_000, data: new Uint8Array(8) }],
    ['damaged', { channels: 0, data: new Uint8Array(8) }],
    ['unsupported_encoding', { channels: 65_535, data: new Uint8Array(8) }],
    ['unsupported_encoding', { code: 2, bits: 4, data: new Uint8Array(8) }],
    ['unsupported_encoding', { bits: 0, data: new Uint8Array(8) }],
    ['empty', { data: new Uint8Array(1) }],
    ['damaged', { before: [chunk('LIST', new Uint8Array(4), 0xfffffff0)], data: new Uint8Array(8) }],
  ])('refuses as %s: %j', (refusal, plan) => {
    expect(refusalOf(plan)).toBe(refusal);
  });

  it('never throws nor makes more samples than there are bytes', () => {
    const whole = wavBytes({ data: int16Bytes(tone()) }).subarray(0, 400);
    const hurt = fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(hurt, fc.nat(400), (changes, length) => {
        const bytes = whole.slice(0, length);
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        const opened = openWav(bytes);
        if (!opened.ok) return;
        const count = [...opened.chunks].reduce((sum, { samples }) => sum + samples.length, 0);
        expect(count).toBeLessThanOrEqual(length);
      }),
      { numRuns: 2000 },
    );
  });

  it('survives random bytes behind a good start', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => {
        const opened = openWav(Uint8Array.of(...new TextEncoder().encode('RIFF    WAVE'), ...rest));
        if (opened.ok) for (const { rate } of opened.chunks) expect(rate).toBeGreaterThan(0);
      }),
    );
  });
});

it('a WAV file that was written here is read back as it was', () => {
  fc.assert(
    fc.property(fc.int16Array({ minLength: 1, maxLength: 50 }), (samples) => {
      const read = samplesOf(new Uint8Array(writeWav(samples, 16_000)));
      expect(read.map((sample) => sample * 32_768)).toEqual([...samples]);
    }),
  );
});

describe('a WAV file whose length is 0', () => {
  const list = (content: string): Uint8Array => {
    const bytes = new TextEncoder().encode(content);
    const head = Uint8Array.of(...new TextEncoder().encode('LIST'), bytes.length, 0, 0, 0);
    return Uint8Array.of(...head, ...bytes, ...(bytes.length % 2 ? [0] : []));
  };
  const header = wavBytes({ bits: 16, rate: 8000, data: new Uint8Array(0) });

  it('is empty, though metadata follows, which is no sound', () => {
    expect(openWav(Uint8Array.of(...header, ...list('INFOISFT engine 1.0'), ...list('x')))).toEqual({
      ok: false,
      refusal: 'empty',
    });
  });

  it('has the samples that follow: its server did not know the length yet', () => {
    const samples = Uint8Array.from({ length: 1600 }, (_, at) => (at * 37) % 256);
    expect(openWav(Uint8Array.of(...header, ...samples))).toMatchObject({ ok: true, seconds: 0.1 });
  });
});
