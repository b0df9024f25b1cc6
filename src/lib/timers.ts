/** Many named timers over an object's single alarm: each name has at most one due time, in epoch milliseconds. */
export type Timers<Name extends string> = { [name in Name]?: number };

/** The names due at `now`, the longest overdue first. */
export function dueTimers<Name extends string>(timers: Timers<Name>, now: number): Name[] {
  return entries(timers)
    .filter(([, at]) => at <= now)
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => name);
}

/** When the next timer is due; undefined when none is set. */
export const earliest = <Name extends string>(timers: Timers<Name>): number | undefined =>
  entries(timers).reduce<number | undefined>((least, [, at]) => Math.min(at, least ?? at), undefined);

const entries = <Name extends string>(timers: Timers<Name>) => Object.entries(timers) as [Name, number][];
