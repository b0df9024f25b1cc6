/** Counts things in a period by counters that are kept per day (UTC). All times are epoch milliseconds. */

const DAY_MS = 86_400_000;

/** A period from `after` on and before `before`; it is open on a side that is absent. */
export interface Period {
  after?: number;
  before?: number;
}

/** The first and the last day that a period touches, as days since 1970; undefined where it has no end. */
export const daysOf = ({ after, before }: Period): { first: number | undefined; last: number | undefined } => ({
  first: after === undefined ? undefined : dayOf(after),
  last: before === undefined ? undefined : dayOf(before - 1),
});

const dayOf = (at: number): number => Math.floor(at / DAY_MS);

/** The first moment after a day. */
export const endOfDay = (day: number): number => (day + 1) * DAY_MS;

/** Whether a period ends in the middle of a day, whose counter then counts more than the period has. */
export const isCut = (end: number | undefined): boolean => end !== undefined && end % DAY_MS !== 0;

/** The parts of a period's first and last day that do not belong to it, though the counters of these days have them. */
export function cutParts({ after, before }: Period): Required<Period>[] {
  const parts: Required<Period>[] = [];
  if (after !== undefined && isCut(after)) parts.push({ after: dayOf(after) * DAY_MS, before: after });
  if (before !== undefined && isCut(before)) parts.push({ after: before, before: endOfDay(dayOf(before)) });
  return parts;
}

/** Counts within a period: everything on the days that it touches, less the parts of these days that it cuts off. */
export async function countPeriod(
  period: Period,
  count: {
    /** Sums the counters of the days that the period touches. */
    days: () => Promise<number>;
    /** Counts within one day, one by one. */
    part: (part: Required<Period>) => Promise<number>;
  },
): Promise<number> {
  const { after, before } = period;
  if (after !== undefined && before !== undefined && after >= before) return 0;
  const [whole, ...cut] = await Promise.all([count.days(), ...cutParts(period).map(count.part)]);
  return cut.reduce((left, outside) => left - outside, whole);
}
