import { describe, expect, it } from 'vitest';
import { callTime, callTimeAfterWait, moveTo, startClock, timeForAlarm, wallTime } from '../../src/lib/clock.ts';

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

  it('is moved by events, never back', () => {
    expect(moveTo(clock, 6000, 1010)).toMatchObject({ at: 6000, wall: 1010 });
    expect(moveTo(clock, 500, 1010)).toMatchObject({ at: 1000, wall: 1010 });
  });

  it('runs faster between events, but not past what is due next', () => {
    expect(callTime(clock, 1010)).toBe(2000);
    expect(callTime(clock, 1010, 1500)).toBe(1500);
  });

  it('takes as long as the outside world when that is waited for', () => {
    expect(callTimeAfterWait(clock, 1025)).toBe(1025);
  });

  it('has an alarm only as a safety net, well after the network should have reported', () => {
    const alarm = wallTime(clock, 2000);
    expect(alarm).toBe(1010 + 20_000);
    expect(timeForAlarm(clock, alarm)).toBe(2000);
  });
});
