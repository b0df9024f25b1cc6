import { describe, expect, it } from 'vitest';
import { SingleFlight } from '../../src/lib/single-flight.ts';

describe('single flight', () => {
  it('runs until it has nothing left to do', async () => {
    const left = ['a', 'b', 'c'];
    await new SingleFlight<'x'>().run('x', async () => left.shift() !== undefined);
    expect(left).toEqual([]);
  });

  it('runs once at a time', async () => {
    const senders = new SingleFlight<'x'>();
    const steps: string[] = [];
    const step = (name: string) => async () => {
      steps.push(name);
      return false;
    };
    await Promise.all([senders.run('x', step('first')), senders.run('x', step('second'))]);
    expect(steps).not.toContain('second');
  });

  it('lets a caller wait for the run that is under way, and looks once more for it', async () => {
    const senders = new SingleFlight<'x'>();
    const left = ['a'];
    const sent: string[] = [];
    const { promise: receiver, resolve: answers } = Promise.withResolvers<void>();
    const step = async () => {
      const next = left.shift();
      if (next === 'a') await receiver;
      if (next !== undefined) sent.push(next);
      return next !== undefined;
    };
    const first = senders.run('x', step);
    left.push('b');
    const second = senders.run('x', step).then(() => [...sent]);
    expect(senders.isRunning('x')).toBe(true);
    expect(await Promise.race([second, 'still waiting'])).toBe('still waiting');
    answers();
    expect(await second).toEqual(['a', 'b']);
    await first;
    expect(senders.isRunning('x')).toBe(false);
  });

  it('looks again when work came while it found none', async () => {
    const senders = new SingleFlight<'x'>();
    const left: string[] = [];
    const sent: string[] = [];
    const step = async () => {
      const next = left.shift();
      if (next !== undefined) sent.push(next);
      // Found nothing, and something comes before the run is over.
      else if (sent.length === 0) {
        left.push('late');
        void senders.run('x', step);
      }
      return next !== undefined;
    };
    await senders.run('x', step);
    expect(sent).toEqual(['late']);
  });

  it('can run again after a step that threw', async () => {
    const senders = new SingleFlight<'x'>();
    const failing = senders.run('x', async () => {
      throw new Error('part of this test');
    });
    await expect(failing).rejects.toThrow('part of this test');
    let ran = false;
    await senders.run('x', async () => {
      ran = true;
      return false;
    });
    expect(ran).toBe(true);
  });
});
