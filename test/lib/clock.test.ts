import { describe, expect, it } from 'vitest';
import {
  callTime,
  callTimeAfterWait,
  moveTo,
  startClock,
  startFreeRun,
  timeForAlarm,
  wallTime,
} from '../../src/lib/clock.ts';

describe("a real call's clock", () => {
  const clock = startClock(1000, 1);

  it('is wall time', () => {
    expect(callTime(clock, 5000)).toBe(5000);
    expect(callTime(clock, 5000, 4000)).toBe(5000);
    expect(wallTime(clock, 7000)).toBe(7000);
    expect(timeForAlarm(clock, 7000)).toBe(7000);
    expect(moveTo(clock, 9000, 2000)).toBe(clock);
  });
});

describe("a fast call's clock", () => {
  const clock = startClock(1000, 100);

  it('is moved by events, and never back', () => {
    expect(moveTo(clock, 6000, 1010)).toMatchObject({ at: 6000, wall: 1010 });
    expect(moveTo(clock, 500, 1010)).toMatchObject({ at: 1000, wall: 1010 });
  });

  it('runs faster between events, but not past what is due next', () => {
    expect(callTime(clock, 1010)).toBe(2000);
    expect(callTime(clock, 1010, 1500)).toBe(1500);
  });

  it('runs at the pace of the outside world while it waits for that', () => {
    expect(callTimeAfterWait(clock, 1025)).toBe(1025);
  });

  it('has an alarm only as a safety net, well after the network should have reported', () => {
    const alarm = wallTime(clock, 2000);
    expect(alarm).toBe(1010 + 20_000);
    expect(timeForAlarm(clock, alarm)).toBe(2000);
  });
});

describe('the clock of a call that is connected with others', () => {
  const lockstep = moveTo(startClock(1000, 1000), 61_000, 1100);
  const clock = startFreeRun(lockstep, 1100, 20);

  it('runs on from where the call was, at the new speed', () => {
    expect(callTime(clock, 1100)).toBe(61_000);
    expect(callTime(clock, 1150)).toBe(62_000);
  });

  it('stops neither for a timer that is due, nor for the outside world', () => {
    expect(callTime(clock, 1150, 61_500)).toBe(62_000);
    expect(callTimeAfterWait(clock, 1150)).toBe(62_000);
  });

  it('has an alarm at the very moment of a timer, which then looks up to that moment', () => {
    expect(wallTime(clock, 62_000)).toBe(1150);
    expect(timeForAlarm(clock, 1150)).toBe(62_000);
    const odd = startFreeRun(lockstep, 1100, 7.3);
    for (const at of [61_001, 61_777, 65_432]) {
      expect(timeForAlarm(odd, Math.ceil(wallTime(odd, at)))).toBeGreaterThanOrEqual(at);
    }
  });

  it('is not moved by an event of a moment ago, only by one that is ahead of it', () => {
    expect(callTime(moveTo(clock, 61_400, 1150), 1150)).toBe(62_000);
    expect(callTime(moveTo(clock, 62_100, 1150), 1151)).toBe(62_120);
  });

  it('never goes back, not even when the wall clock does or the speed is changed', () => {
    expect(callTime(clock, 1090)).toBe(61_000);
    const slower = startFreeRun(clock, 1150, 2);
    expect(callTime(slower, 1150)).toBe(62_000);
    expect(callTime(slower, 1160)).toBe(62_020);
  });

  it("is wall time when it is a real call's", () => {
    const real = startFreeRun(startClock(1000, 1), 5000, 1);
    expect([callTime(real, 7000), wallTime(real, 7000), timeForAlarm(real, 7000)]).toEqual([7000, 7000, 7000]);
    expect(callTimeAfterWait(real, 7000)).toBe(7000);
  });
});
