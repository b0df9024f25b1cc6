/**
 * The time of one call. A real call lives in wall time (speed 1). A simulated call may run faster; then its time is
 * moved by events, each of which says when it happened, and stands still while the outside world is waited for.
 * All times are epoch milliseconds.
 */
export interface Clock {
  /** Milliseconds of call time in a millisecond of wall time. */
  speed: number;
  /** Call time when it was last set … */
  at: number;
  /** … and the wall time of that moment. */
  wall: number;
  /** It runs on by itself, as a real call's does, only faster: nothing holds it, and events find it where it is. */
  free?: true;
}

/** A fast call's own alarm is only a safety net: its network reports when a timer is due (see `leg.clock`). */
const NET_MS = 20_000;

export const startClock = (wall: number, speed: number): Clock => ({ speed, at: wall, wall });

/** From now on time runs by itself, at this speed: of a call that is connected with others, who have a time of their own. */
export function startFreeRun(clock: Clock, wall: number, speed: number): Clock {
  const runs = clock.free || clock.speed === 1;
  return { speed, at: runs ? callTime(clock, wall) : clock.at, wall, free: true };
}

/** Moves a fast clock to a moment that was reached; never back. Wall time needs no moving, and a free clock moves itself. */
export function moveTo(clock: Clock, at: number, wall: number): Clock {
  if (clock.speed === 1) return clock;
  // What is reported from a moment ahead has been there: the other side's clock was started a little earlier.
  if (clock.free) return at > callTime(clock, wall) ? { ...clock, at, wall } : clock;
  return { ...clock, at: Math.max(clock.at, at), wall };
}

/** Call time now, but not past `limit`: what is due then has not happened yet. Time that runs by itself has no limit. */
export function callTime(clock: Clock, wall: number, limit = Number.POSITIVE_INFINITY): number {
  if (clock.speed === 1) return wall;
  if (clock.free) return clock.at + Math.round(Math.max(0, wall - clock.wall) * clock.speed);
  return Math.max(clock.at, Math.min(limit, clock.at + (wall - clock.wall) * clock.speed));
}

/** Call time after waiting for something outside, which takes as long as it takes. */
export function callTimeAfterWait(clock: Clock, wall: number): number {
  if (clock.free) return callTime(clock, wall);
  return clock.at + (wall - clock.wall);
}

/** The wall time at which an alarm must look at something due at call time `at`. */
export function wallTime(clock: Clock, at: number): number {
  if (clock.speed === 1) return at;
  return clock.wall + Math.max(0, at - clock.at) / clock.speed + (clock.free ? 0 : NET_MS);
}

/** The other way round: up to which call time an alarm at wall time `wall` must look. */
export function timeForAlarm(clock: Clock, wall: number): number {
  if (clock.speed === 1 || clock.free) return callTime(clock, wall);
  return clock.at + Math.max(0, wall - NET_MS - clock.wall) * clock.speed;
}
