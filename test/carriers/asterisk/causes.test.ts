import { describe, expect, it } from 'vitest';
import { causeOf, mayTryAnotherTrunk } from '../../../src/carriers/asterisk/causes.ts';

describe('the Q.850 cause of a channel', () => {
  it.each([
    [17, 'busy'],
    [1, 'unallocated'],
    [21, 'rejected'],
    [19, 'no-answer'],
    [18, 'no-answer'],
    [34, 'congestion'],
    [58, 'network-failure'],
    [16, 'normal'],
    [0, 'normal'],
    [77, 'network-failure'],
  ])('%i means that the leg ended as %s', (q850, cause) => expect(causeOf(q850)).toBe(cause));

  it('lets another trunk try only where no phone was reached', () => {
    expect([34, 18, 27, 42].every(mayTryAnotherTrunk)).toBe(true);
    expect([1, 16, 17, 19, 21].some(mayTryAnotherTrunk)).toBe(false);
  });
});
