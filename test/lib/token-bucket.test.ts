import { expect, it } from 'vitest';
import { TokenBucket } from '../../src/lib/token-bucket.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');

it('a bucket gives a number at once, then so many a second, and no more after a long quiet time', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 });
  const take = (ms: number) => bucket.take(NOW + ms);
  expect([take(0), take(0), take(0), take(0)]).toEqual([true, true, true, false]);
  expect([take(100), take(100), take(199), take(200)]).toEqual([true, false, false, true]);
  expect([take(90_000), take(90_000), take(90_000), take(90_000)]).toEqual([true, true, true, false]);
});

it('a bucket does not mind a clock that goes back', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 1 });
  expect(bucket.take(NOW)).toBe(true);
  expect(bucket.take(NOW - 5000)).toBe(false);
});
