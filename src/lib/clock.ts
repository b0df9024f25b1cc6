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
}

/** A fast call's own alarm is only a safety net: its network reports when a timer is due (see `leg.clock`). */
const NET_MS = 20_000;

export const startClock = (wall: number, speed: number): Clock => ({ speed, at: wall, wall });

/** Moves a fast clock to a moment that was reached; never back. Wall time needs no moving. */
export function moveTo(clock: Clock, at: number, wall: number): Clock {
  return clock.speed === 1 ? clock : { ...clock, at: Math.max(clock.at, at), wall };
}

/** Call time now, but not past `limit`: what is due then has not happened yet. */
export function callTime(clock: Clock, wall: number, limit = Number.POSITIVE_INFINITY): number {
  if (clock.speed === 1) return wall;
  return Math.max(clock.at, Math.min(limit, clock.at + (wall - clock.wall) * clock.speed));
}

/** Call time after waiting for something outside, which takes as long as it takes. */
export function callTimeAfterWait(clock: Clock, wall: number): number {
  return clock.at + (wall - clock.wall);
}

/** The wall time at which an alarm must look at something due at call time `at`. */
export function wallTime(clock: Clock, at: number): number {
  return clock.speed === 1 ? at : clock.wall + Math.max(0, at - clock.at) / clock.speed + NET_MS;
}

/** The other way round: up to which call time an alarm at wall time `wall` must look. */
export function timeForAlarm(clock: Clock, wall: number): number {
  return clock.speed === 1 ? wall : clock.at + Math.max(0, wall - NET_MS - clock.wall) * clock.speed;
}
