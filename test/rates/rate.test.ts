import { describe, expect, it } from 'vitest';
import { formatMicros, prefixesOf, priceOf } from '../../src/rates/rate.ts';

describe('the price of a call', () => {
  it('is nothing when it was never answered', () => {
    expect(priceOf({ perMinuteMicros: 60_000, firstSeconds: 60, nextSeconds: 60 }, undefined)).toBe(0);
  });

  it.each([
    [{ firstSeconds: 1, nextSeconds: 1 }, 61, 61_000],
    [{ firstSeconds: 60, nextSeconds: 60 }, 0, 60_000],
    [{ firstSeconds: 60, nextSeconds: 60 }, 60, 60_000],
    [{ firstSeconds: 60, nextSeconds: 60 }, 61, 120_000],
    [{ firstSeconds: 30, nextSeconds: 6 }, 31, 36_000],
  ])(
    'with increments %j of a rate of 0.06 a minute is, for %i seconds, %i micro-euros',
    (increments, seconds, price) => {
      expect(priceOf({ perMinuteMicros: 60_000, ...increments }, seconds)).toBe(price);
    },
  );

  it('is rounded up to a whole micro-euro', () => {
    expect(priceOf({ perMinuteMicros: 1, firstSeconds: 1, nextSeconds: 1 }, 1)).toBe(1);
  });
});

it.each([
  [0, '0.00'],
  [300, '0.0003'],
  [12_300, '0.0123'],
  [12_345, '0.012345'],
  [500_000, '0.50'],
  [1_000_000, '1.00'],
  [123_456_789, '123.456789'],
])('%i micro-euros are written as %s', (micros, text) => {
  expect(formatMicros(micros)).toBe(text);
});

it('looks for the longest prefix of a number first, and for the empty one last', () => {
  expect(prefixesOf('+3161')).toEqual(['3161', '316', '31', '3', '']);
  expect(prefixesOf('')).toEqual(['']);
});

it('takes no number for one of a country that begins with the same digits', () => {
  expect(['112', '49', '116117'].map(prefixesOf)).toEqual([[], [], []]);
});
