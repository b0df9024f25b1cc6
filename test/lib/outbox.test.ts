import { describe, expect, it } from 'vitest';
import { emptyLane, failed, GUARD_MS, isReady, put, sent } from '../../src/lib/outbox.ts';

describe('a lane of the outbox', () => {
  const two = put(put(emptyLane<string>(), 'first', 0), 'second', 5000);

  it('keeps its order, and is looked at again by the alarm in case the object dies before it sends', () => {
    expect(two).toEqual({ messages: ['first', 'second'], attempts: 0, dueAt: GUARD_MS });
  });

  it('needs no alarm once everything has arrived', () => {
    expect(sent(two, 2, 100)).toEqual({ messages: [], attempts: 0 });
  });

  it('keeps what was added while the rest was on its way', () => {
    expect(sent(two, 1, 100).messages).toEqual(['second']);
  });

  it('loses nothing to a failure and waits longer each time, at most a minute', () => {
    let lane = two;
    const waits = Array.from({ length: 8 }, () => {
      lane = failed(lane, 0);
      return lane.dueAt;
    });
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    expect(lane.messages).toEqual(['first', 'second']);
  });

  it('is not sent before its time after a failure, even when something new is added', () => {
    const waiting = put(failed(two, 0), 'third', 10);
    expect(isReady(waiting, 999)).toBe(false);
    expect(isReady(waiting, 1000)).toBe(true);
  });
});
