import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/lib/hex.ts';
import { interleave, isWav, readWavHeader, wavHeader, writeWav } from '../../src/lib/wav.ts';

const format = { code: 1, channels: 2, rate: 16_000, bits: 16 };
const header = wavHeader({ frames: 100, channels: 2, rate: 16_000 });

describe('a WAV header', () => {
  it('is read as it was written', () => {
    expect(readWavHeader(header)).toEqual({ format, data: { offset: 44, bytes: 400 } });
  });

  it('is read although it is a part of a larger buffer', () => {
    const inside = new Uint8Array([1, 2, 3, ...header]).subarray(3);
    expect(readWavHeader(inside)).toEqual({ format, data: { offset: 44, bytes: 400 } });
  });

  it('may have other chunks before the samples, each from an even offset on', () => {
    const list = new TextEncoder().encode('LIST\x03\0\0\0abc\0');
    const whole = new Uint8Array([...header.slice(0, 36), ...list, ...header.slice(36)]);
    expect(readWavHeader(whole)?.data).toEqual({ offset: 44 + list.length, bytes: 400 });
  });

  it('tells of the format also where no samples follow', () => {
    expect(readWavHeader(header.slice(0, 36))).toEqual({ format });
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['another file', new TextEncoder().encode('ID3 and forty-four more bytes of something else')],
    ['a format that is cut off', header.slice(0, 30)],
    ['samples before their format', new Uint8Array([...header.slice(0, 12), ...header.slice(36)])],
  ])('is not found in %s', (_what, bytes) => expect(readWavHeader(bytes)).toBeUndefined());
});

it('a file is known to be WAV by its first twelve bytes', () => {
  expect(isWav(header.slice(0, 12))).toBe(true);
  expect(isWav(header.slice(0, 11))).toBe(false);
  expect(isWav(new TextEncoder().encode('RIFF____AVI LIST'))).toBe(false);
});

it('a file of mono samples has the plain header of 44 bytes', () => {
  expect(toHex(writeWav(Int16Array.of(1, -1), 8000))).toBe(
    '524946462800000057415645666d74201000000001000100401f0000803e00000200100064617461040000000100ffff',
  );
});

it('two channels alternate, the first on the left', () => {
  const mixed = interleave([Int16Array.of(1, 2, 3), Int16Array.of(-1, -2, -3)]);
  expect(new Int16Array(mixed.buffer)).toEqual(Int16Array.of(1, -1, 2, -2, 3, -3));
});
