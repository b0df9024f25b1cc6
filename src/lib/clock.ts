/**
 * The time of one call. A real call lives in wall time (speed 1). The time of a simulated call may run faster; then events
 * move it, each of which says when it happened, and it stands still while the call waits for the outside world.
 * All times are epoch milliseconds.
 */
export interface Clock {
  /** The milliseconds of call time in a millisecond of wall time. */
  speed: number;
  /** The call time when the clock was last set … */
  at: number;
  /** … and the wall time of that moment. */
  wall: number;
  /** The clock runs by itself, as a real call's does, only faster: nothing stops it, and events do not move it. */
  free?: true;
}

/** How late a fast call's own alarm rings. It is only a safety net: the network reports when a timer is due (see `leg.clock`). */
const NET_MS = 20_000;

export const startClock = (wall: number, speed: number): Clock => ({ speed, at: wall, wall });

/** Lets time run by itself from now on, at this speed: a call that is connected with others cannot stop for them. */
export function startFreeRun(clock: Clock, wall: number, speed: number): Clock {
  const runs = clock.free || clock.speed === 1;
  return { speed, at: runs ? callTime(clock, wall) : clock.at, wall, free: true };
}

/** Moves a fast clock to a moment that was reached, and never back. Wall time needs no moving, and a free clock moves itself. */
export function moveTo(clock: Clock, at: number, wall: number): Clock {
  if (clock.speed === 1) return clock;
  // An event from a moment ahead has happened all the same: the clock of the other side was started a little earlier.
  if (clock.free) return at > callTime(clock, wall) ? { ...clock, at, wall } : clock;
  return { ...clock, at: Math.max(clock.at, at), wall };
}

/**
 * The call time now, but not past `limit`, when something is due that has not happened yet. Time
 * that runs by itself has no limit.
 */
export function callTime(clock: Clock, wall: number, limit = Number.POSITIVE_INFINITY): number {
  if (clock.speed === 1) return wall;
  if (clock.free) return clock.at + Math.round(Math.max(0, wall - clock.wall) * clock.speed);
  return Math.max(clock.at, Math.min(limit, clock.at + (wall - clock.wall) * clock.speed));
}

/** The call time after a wait for the outside world, which takes the same time at every speed. */
export function callTimeAfterWait(clock: Clock, wall: number): number {
  if (clock.free) return callTime(clock, wall);
  return clock.at + (wall - clock.wall);
}

/** The wall time at which an alarm must look at something due at call time `at`. */
export function wallTime(clock: Clock, at: number): number {
  if (clock.speed === 1) return at;
  return clock.wall + Math.max(0, at - clock.at) / clock.speed + (clock.free ? 0 : NET_MS);
}

/** The call time up to which an alarm that rings at wall time `wall` must look. */
export function timeForAlarm(clock: Clock, wall: number): number {
  if (clock.speed === 1 || clock.free) return callTime(clock, wall);
  return clock.at + Math.max(0, wall - NET_MS - clock.wall) * clock.speed;
}
