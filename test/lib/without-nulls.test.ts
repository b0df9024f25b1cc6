import { expect, it } from 'vitest';
import { withoutNulls } from '../../src/lib/without-nulls.ts';

it('a row without its nulls has all of its other columns', () => {
  const row = { id: 'CA1', endedAt: null, seconds: 0, held: false, note: '' };
  expect(Object.keys(withoutNulls(row))).toEqual(['id', 'seconds', 'held', 'note']);
});
