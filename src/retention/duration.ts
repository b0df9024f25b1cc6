/** A duration by ISO 8601 in whole years, months, weeks and days, such as P30D or P1Y6M. */
export interface Duration {
  years: number;
  months: number;
  weeks: number;
  days: number;
}

const FORM = /^P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?$/;

/** Reads a duration; undefined for a text that is none. Hours are refused, because what has expired is deleted once a day. */
export function parseDuration(text: string): Duration | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [years = 0, months = 0, weeks = 0, days = 0] = match.slice(1).map((digits) => Number(digits ?? 0));
  return { years, months, weeks, days };
}

/** Writes a duration without the parts that are zero; P0D when all are. */
export function formatDuration({ years, months, weeks, days }: Duration): string {
  const parts = [
    [years, 'Y'],
    [months, 'M'],
    [weeks, 'W'],
    [days, 'D'],
  ] as const;
  const text = parts.map(([count, unit]) => (count > 0 ? `${count}${unit}` : '')).join('');
  return `P${text || '0D'}`;
}

const DAY_MS = 86_400_000;

/** The moment that long after another, in UTC. A month after 31 January is the last day of February. */
export function after(at: number, { years, months, weeks, days }: Duration): number {
  const from = new Date(at);
  const day = from.getUTCDate();
  const moved = new Date(at);
  moved.setUTCDate(1);
  moved.setUTCMonth(from.getUTCMonth() + 12 * years + months);
  moved.setUTCDate(Math.min(day, daysIn(moved)));
  return moved.getTime() + (7 * weeks + days) * DAY_MS;
}

const daysIn = (month: Date): number =>
  new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 0)).getUTCDate();
