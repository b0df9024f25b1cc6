import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countPeriod, cutParts, daysOf, type Period } from '../../src/lib/day-counts.ts';

const DAY = 86_400_000;

/** Counts moments as the database does: by days, and one by one within a day. */
const countMoments = (moments: number[], period: Period): Promise<number> => {
  const { first = Number.NEGATIVE_INFINITY, last = Number.POSITIVE_INFINITY } = daysOf(period);
  return countPeriod(period, {
    days: async () => moments.map((at) => Math.floor(at / DAY)).filter((day) => day >= first && day <= last).length,
    part: async ({ after, before }) => moments.filter((at) => at >= after && at < before).length,
  });
};

const end = fc.option(
  fc.oneof(
    fc.integer({ min: 0, max: 5 * DAY }),
    fc.integer({ min: 0, max: 5 }).map((n) => n * DAY),
  ),
  {
    nil: undefined,
  },
);

describe('counting a period by the counters of its days', () => {
  it('gives what counting one by one would give', async () => {
    const moments = fc.array(fc.integer({ min: 0, max: 5 * DAY }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(moments, end, end, async (all, after, before) => {
        const within = all.filter((at) => at >= (after ?? 0) && at < (before ?? Number.POSITIVE_INFINITY));
        expect(await countMoments(all, { after, before })).toBe(within.length);
      }),
    );
  });

  it('asks for nothing where the period ends before it begins', async () => {
    const never = () => Promise.reject(new Error('must not be asked'));
    expect(await countPeriod({ after: 2, before: 2 }, { days: never, part: never })).toBe(0);
  });

  it('counts nothing one by one where the period begins and ends at midnight', () => {
    expect(cutParts({ after: DAY, before: 3 * DAY })).toEqual([]);
    expect(cutParts({})).toEqual([]);
  });

  it('counts one by one only what lies outside, within the first and the last day', () => {
    expect(cutParts({ after: DAY + 5, before: 3 * DAY + 7 })).toEqual([
      { after: DAY, before: DAY + 5 },
      { after: 3 * DAY + 7, before: 4 * DAY },
    ]);
  });
});
