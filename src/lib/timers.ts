/** Many named timers over an object's single alarm: each name has at most one due time, in epoch milliseconds. */
export type Timers<Name extends string> = { [name in Name]?: number };

/** The names due at `now`, the longest overdue first. */
export function dueTimers<Name extends string>(timers: Timers<Name>, now: number): Name[] {
  return entries(timers)
    .filter(([, at]) => at <= now)
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => name);
}

/** The time at which the next timer is due; undefined when none is set. */
export const earliest = <Name extends string>(timers: Timers<Name>): number | undefined =>
  entries(timers).reduce<number | undefined>((least, [, at]) => Math.min(at, least ?? at), undefined);

export const setTimer = <State extends { timers: object }>(
  state: State,
  name: keyof State['timers'],
  at: number,
): State => ({ ...state, timers: { ...state.timers, [name]: at } });

export function clearTimer<State extends { timers: object }>(state: State, name: keyof State['timers']): State {
  const { [name]: _gone, ...timers } = state.timers as Record<PropertyKey, unknown>;
  return { ...state, timers };
}

/**
 * Fires the timers that are due at `now`, the longest overdue first, also those that are set to the past by what fires. A
 * timer fires once, in the commit that takes its event.
 */
export function fireTimers<Name extends string, State extends { timers: Timers<Name> }>(
  state: State,
  now: number,
  fire: (state: State, name: Name, at: number) => State,
): State {
  const [name] = dueTimers<Name>(state.timers, now);
  if (name === undefined) return state;
  return fireTimers(fire(clearTimer(state, name), name, state.timers[name] ?? now), now, fire);
}

const entries = <Name extends string>(timers: Timers<Name>) => Object.entries(timers) as [Name, number][];
