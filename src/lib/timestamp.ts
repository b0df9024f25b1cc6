/** A moment, given in epoch milliseconds, as the interfaces write it: RFC 3339 in UTC, to the millisecond. */
export const timestamp = (at: number): string => new Date(at).toISOString();
