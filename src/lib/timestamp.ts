/** A moment, given in epoch milliseconds, as the interfaces write it: RFC 3339 in UTC, to the millisecond. */
export function timestamp(at: number): string;
/** A moment that may not have come yet has no timestamp. */
export function timestamp(at: number | undefined): string | undefined;
export function timestamp(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

/** The epoch milliseconds of an RFC 3339 time that was checked before; undefined when none was given. */
export const parseTimestamp = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text);
