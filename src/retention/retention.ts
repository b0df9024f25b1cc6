import { after, parseDuration } from './duration.ts';

/** What is kept for a time of its own: a call's numbers and metadata, and its recordings. */
export const KEPT = ['call', 'recording'] as const;
export type Kept = (typeof KEPT)[number];

/** How long each is kept, as ISO 8601 durations. */
export type Retention = Record<Kept, string>;

/** Six months: the usual time to dispute an invoice. Thirty days: a recording is the greater intrusion. */
export const DEFAULT_RETENTION: Retention = { call: 'P180D', recording: 'P30D' };

/** The longest that a single call of an account may ask for, unless the operator says otherwise. */
export const DEFAULT_LIMITS: Retention = { call: 'P2Y', recording: 'P1Y' };

/** Nobody keeps for less than a day, since what has expired goes once a day, nor for longer than this. */
export const LEAST = 'P1D';
export const MOST = 'P10Y';

/** Any moment does to compare durations of days, months and years; this one has no short months after it. */
const SOME_DAY = Date.UTC(2000, 0, 1);

/** How long a duration is, in milliseconds from some day; undefined where it is none. */
function lengthOf(text: string): number | undefined {
  const duration = parseDuration(text);
  return duration && after(SOME_DAY, duration) - SOME_DAY;
}

const isLonger = (one: string, other: string): boolean => (lengthOf(one) ?? 0) > (lengthOf(other) ?? 0);

/** What is wrong with a retention, as the rest of a sentence; undefined where nothing is. */
export function retentionComplaint(text: string, most: string = MOST): string | undefined {
  if (lengthOf(text) === undefined) return 'must be an ISO 8601 duration of days, weeks, months or years, such as P30D';
  if (isLonger(LEAST, text)) return `must be at least ${LEAST}`;
  return isLonger(text, most) ? `must be at most ${most}` : undefined;
}

/** Until when something of this moment is kept; with an unreadable duration, as if by default. */
export function keptUntil(kept: Kept, at: number, retention: Partial<Retention> = {}): number {
  const duration = parseDuration(retention[kept] ?? '') ?? parseDuration(DEFAULT_RETENTION[kept]);
  return duration ? after(at, duration) : at;
}
