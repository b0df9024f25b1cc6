import { expect, it } from 'vitest';
import { withoutNulls } from '../../src/lib/without-nulls.ts';

it('drops the columns that are null, and no others', () => {
  const row = { id: 'CA1', endedAt: null, seconds: 0, held: false, note: '' };
  expect(Object.keys(withoutNulls(row))).toEqual(['id', 'seconds', 'held', 'note']);
});
