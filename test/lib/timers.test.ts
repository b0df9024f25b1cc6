import { describe, expect, it } from 'vitest';
import { clearTimer, dueTimers, earliest, fireTimers, setTimer, type Timers } from '../../src/lib/timers.ts';

interface Kitchen {
  timers: Timers<'egg' | 'tea' | 'cake'>;
  rung: string[];
}

const kitchen: Kitchen = { timers: { egg: 300, tea: 200 }, rung: [] };
const rings = (it: Kitchen, name: 'egg' | 'tea' | 'cake', at: number): Kitchen => ({
  ...it,
  rung: [...it.rung, `${name} ${at}`],
});

describe('the timers of an object', () => {
  it('have one due time for each name', () => {
    expect(setTimer(kitchen, 'tea', 500).timers).toEqual({ egg: 300, tea: 500 });
    expect(clearTimer(kitchen, 'tea').timers).toEqual({ egg: 300 });
    expect(earliest(kitchen.timers)).toBe(200);
    expect(earliest({})).toBeUndefined();
  });

  it('are due from their time on, the longest overdue first', () => {
    expect(dueTimers(kitchen.timers, 199)).toEqual([]);
    expect(dueTimers(kitchen.timers, 300)).toEqual(['tea', 'egg']);
  });

  it('fire once each, in order', () => {
    expect(fireTimers(kitchen, 250, rings)).toEqual({ timers: { egg: 300 }, rung: ['tea 200'] });
    expect(fireTimers(kitchen, 999, rings)).toEqual({ timers: {}, rung: ['tea 200', 'egg 300'] });
  });

  it('fire also what is set to the past by one that fires', () => {
    const baking = (it: Kitchen, name: 'egg' | 'tea' | 'cake', at: number) => {
      const rung = rings(it, name, at);
      return name === 'tea' ? setTimer(rung, 'cake', 100) : rung;
    };
    expect(fireTimers(kitchen, 250, baking).rung).toEqual(['tea 200', 'cake 100']);
  });
});
