import { describe, expect, it } from 'vitest';
import { parseRange, slicesOf } from '../../src/recordings/range.ts';

describe('a Range header', () => {
  it.each([
    ['bytes=0-9', { offset: 0, length: 10 }],
    ['bytes=90-', { offset: 90, length: 10 }],
    ['bytes=-10', { offset: 90, length: 10 }],
    ['bytes=-1000', { offset: 0, length: 100 }],
    ['bytes=50-1000', { offset: 50, length: 50 }],
    ['Bytes = 0 - 0', { offset: 0, length: 1 }],
    ['bytes=99-99', { offset: 99, length: 1 }],
  ])('%s of 100 bytes', (header, range) => expect(parseRange(header, 100)).toEqual(range));

  it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0'])('%s begins behind the end', (header) => {
    expect(parseRange(header, 100)).toBe('unsatisfiable');
  });

  it.each([null, '', 'bytes=', 'bytes=-', 'bytes=9-3', 'bytes=0-1,5-6', 'lines=0-1', 'bytes=a-b'])(
    '%s asks for the whole file',
    (header) => expect(parseRange(header, 100)).toBeUndefined(),
  );
});

describe('a stretch of a file in pieces', () => {
  const parts = [10, 10, 5].map((bytes) => ({ bytes, sha256: '' }));

  it.each([
    [
      { offset: 0, length: 25 },
      [
        [1, 0, 10],
        [2, 0, 10],
        [3, 0, 5],
      ],
    ],
    [
      { offset: 9, length: 2 },
      [
        [1, 9, 1],
        [2, 0, 1],
      ],
    ],
    [{ offset: 10, length: 10 }, [[2, 0, 10]]],
    [{ offset: 24, length: 1 }, [[3, 4, 1]]],
    [{ offset: 3, length: 4 }, [[1, 3, 4]]],
  ])('%o is in these', (range, expected) => {
    expect(slicesOf(parts, range).map(({ n, offset, length }) => [n, offset, length])).toEqual(expected);
  });
});
