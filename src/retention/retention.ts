import { after, parseDuration } from './duration.ts';

/** The things that are kept for a time of their own: a call's numbers and metadata, and its recordings. */
export const KEPT = ['call', 'recording'] as const;
export type Kept = (typeof KEPT)[number];

/** The time that each of them is kept, as ISO 8601 durations. */
export type Retention = Record<Kept, string>;

/** Six months are the usual time to dispute an invoice. A recording is the greater intrusion, and is kept for thirty days. */
export const DEFAULT_RETENTION: Retention = { call: 'P180D', recording: 'P30D' };

/** A single call may ask for at most this, unless the operator has set another limit for its account. */
export const DEFAULT_LIMITS: Retention = { call: 'P2Y', recording: 'P1Y' };

/** Nothing is kept for less than a day, since what has expired is deleted once a day, nor for longer than this. */
export const LEAST = 'P1D';
export const MOST = 'P10Y';

/** Durations of months and years have a length only from some day on; no short month follows this one. */
const SOME_DAY = Date.UTC(2000, 0, 1);

/** The length of a duration in milliseconds; undefined for a text that is none. */
function lengthOf(text: string): number | undefined {
  const duration = parseDuration(text);
  return duration && after(SOME_DAY, duration) - SOME_DAY;
}

const isLonger = (one: string, other: string): boolean => (lengthOf(one) ?? 0) > (lengthOf(other) ?? 0);

/** The reason to refuse a retention, as the rest of a sentence; undefined when nothing is wrong with it. */
export function retentionComplaint(text: string, most: string = MOST): string | undefined {
  if (lengthOf(text) === undefined) return 'must be an ISO 8601 duration of days, weeks, months or years, such as P30D';
  if (isLonger(LEAST, text)) return `must be at least ${LEAST}`;
  return isLonger(text, most) ? `must be at most ${most}` : undefined;
}

/** The moment until which something of this moment is kept; an unreadable duration counts as the default. */
export function keptUntil(kept: Kept, at: number, retention: Partial<Retention> = {}): number {
  const duration = parseDuration(retention[kept] ?? '') ?? parseDuration(DEFAULT_RETENTION[kept]);
  return duration ? after(at, duration) : at;
}
