import { expect, it } from 'vitest';
import { cut } from '../../src/lib/cut.ts';

it('leaves a text as it is that is short enough', () => {
  expect(cut('Response', 8)).toBe('Response');
});

it('keeps the beginning and the end of one that is not, and is as long as it may be', () => {
  expect(cut(`<${'x'.repeat(100)}> is not a verb`, 31)).toBe(`<${'x'.repeat(19)}…not a verb`);
  expect(cut('x'.repeat(1000), 64)).toHaveLength(64);
});

it('never leaves half a character', () => {
  for (const most of [5, 6, 7, 8]) expect(cut('😀'.repeat(20), most).isWellFormed()).toBe(true);
});
