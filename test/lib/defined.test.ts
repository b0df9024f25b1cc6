import { expect, it } from 'vitest';
import { defined } from '../../src/lib/defined.ts';

it('drops the keys whose value is undefined, and no others', () => {
  const found = defined({ id: 'CA1', label: undefined, muted: false, name: '', count: 0, coach: null });
  expect(Object.keys(found)).toEqual(['id', 'muted', 'name', 'count', 'coach']);
});

it('does not overwrite what it is spread over with nothing', () => {
  const change: { label?: string } = { label: undefined };
  expect({ label: 'agent', ...defined(change) }).toEqual({ label: 'agent' });
});
