import { describe, expect, it } from 'vitest';
import { parseRetryAfter, retryDecision } from '../../src/webhooks/backoff.ts';

const attempt = (status?: number, retryAfter?: number) => ({
  milliseconds: 5,
  ...(status !== undefined && { status }),
  ...(retryAfter !== undefined && { retryAfter }),
});

describe('after an attempt to deliver', () => {
  it.each([200, 201, 204, 299])('a %i is a delivery', (status) => {
    expect(retryDecision(attempt(status), 1, 0.5)).toEqual({ do: 'done' });
  });

  it.each([undefined, 301, 307, 400, 404, 429, 500, 503])('an answer of %s is tried again', (status) => {
    expect(retryDecision(attempt(status), 1, 0.5)).toEqual({ do: 'retry', seconds: 5 });
  });

  it('a 410 ends all notifications of the call', () => {
    expect(retryDecision(attempt(410), 1, 0.5)).toEqual({ do: 'stop' });
  });

  it('waits longer each time, over a day in all, and then goes on with the next notification', () => {
    const verdicts = Array.from({ length: 11 }, (_, index) => retryDecision(attempt(500), index + 1, 0.5));
    const waits = verdicts.slice(0, 10).map((verdict) => (verdict.do === 'retry' ? verdict.seconds : 0));
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits.reduce((sum, wait) => sum + wait, 0) / 3600).toBeCloseTo(23.7, 1);
    expect(verdicts[10]).toEqual({ do: 'skip' });
  });

  it('spreads the attempts of many calls by a fifth either way', () => {
    expect(retryDecision(attempt(500), 3, 0)).toMatchObject({ seconds: 96 });
    expect(retryDecision(attempt(500), 3, 1)).toMatchObject({ seconds: 144 });
  });

  it('waits as long as the server asks, but no more than half a day', () => {
    expect(retryDecision(attempt(429, 90), 1, 0.5)).toMatchObject({ seconds: 90 });
    expect(retryDecision(attempt(503, 1), 4, 0.5)).toMatchObject({ seconds: 600 });
    expect(retryDecision(attempt(503, 999_999), 1, 0.5)).toMatchObject({ seconds: 43_200 });
  });
});

describe('Retry-After', () => {
  const NOW = Date.parse('2026-11-23T09:00:00Z');

  it.each([
    ['120', 120],
    ['Mon, 23 Nov 2026 09:02:00 GMT', 120],
    ['Mon, 23 Nov 2026 08:00:00 GMT', 0],
    ['soon', undefined],
    [null, undefined],
  ])('of %s means %s seconds', (header, seconds) => {
    expect(parseRetryAfter(header, NOW)).toBe(seconds);
  });
});
