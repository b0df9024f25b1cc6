import { describe, expect, it } from 'vitest';
import { interleave, readHeader, writeHeader } from '../../src/gateway-agent/wav.ts';

const changed = (at: number, value: number) => {
  const header = writeHeader(100, 1);
  header[at] = value;
  return header;
};

describe('a WAV header', () => {
  it('is read as it was written', () => {
    expect(readHeader(writeHeader(100, 1))).toEqual({ offset: 44, bytes: 200 });
  });

  it('may have other chunks before the sound', () => {
    const header = writeHeader(100, 1);
    const list = new TextEncoder().encode('LIST\x03\0\0\0abc\0');
    const whole = new Uint8Array([...header.slice(0, 36), ...list, ...header.slice(36)]);
    expect(readHeader(whole)).toEqual({ offset: 44 + list.length, bytes: 200 });
  });

  it.each([
    ['of two channels', writeHeader(100, 2)],
    ['of another rate', changed(25, 0x3e)],
    ['of another width', changed(34, 8)],
    ['of another encoding', changed(20, 7)],
  ])('%s is refused', (_what, header) => expect(readHeader(header)).toBe('not 8 kHz 16-bit mono PCM'));

  it.each([
    ['nothing', new Uint8Array()],
    ['another file', new TextEncoder().encode('ID3 and forty-four more bytes of something else')],
    ['a header that is cut', writeHeader(100, 1).slice(0, 30)],
  ])('%s is none', (_what, bytes) => expect(readHeader(bytes)).toBe('not a WAV file'));
});

it('two channels alternate, the first on the left', () => {
  const mixed = interleave([Int16Array.of(1, 2, 3), Int16Array.of(-1, -2, -3)]);
  expect(new Int16Array(mixed.buffer)).toEqual(Int16Array.of(1, -1, 2, -2, 3, -3));
});
