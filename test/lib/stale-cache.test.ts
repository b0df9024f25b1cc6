import { describe, expect, it } from 'vitest';
import { StaleCache } from '../../src/lib/stale-cache.ts';

const cacheOf = (entries: Record<string, number>, size = 3) => {
  const cache = new StaleCache<string>({ size, freshMs: 100, staleMs: 1000 });
  for (const [key, at] of Object.entries(entries)) cache.set(key, key.toUpperCase(), at);
  return cache;
};

describe('a cache of answers', () => {
  it('has an answer fresh for a while, and stale for longer', () => {
    const cache = cacheOf({ a: 0 });
    expect([cache.fresh('a', 99), cache.fresh('a', 100)]).toEqual(['A', undefined]);
    expect([cache.stale('a', 999), cache.stale('a', 1000)]).toEqual(['A', undefined]);
  });

  it('is not made young again by being used', () => {
    const cache = cacheOf({ a: 0 });
    cache.fresh('a', 90);
    expect(cache.fresh('a', 110)).toBeUndefined();
  });

  it('gives up what was used least recently, not what others use', () => {
    const cache = cacheOf({ a: 0, b: 1, c: 2 });
    cache.fresh('a', 3);
    cache.set('d', 'D', 4);
    expect(['a', 'b', 'c', 'd'].map((key) => cache.fresh(key, 5))).toEqual(['A', undefined, 'C', 'D']);
  });
});
