import { expect, it } from 'vitest';
import { defined } from '../../src/lib/defined.ts';

it('defined() drops the keys whose value is undefined, and no others', () => {
  const found = defined({ id: 'CA1', label: undefined, muted: false, name: '', count: 0, coach: null });
  expect(Object.keys(found)).toEqual(['id', 'muted', 'name', 'count', 'coach']);
});

it('the result of defined() overwrites nothing with undefined when it is spread', () => {
  const change: { label?: string } = { label: undefined };
  expect({ label: 'agent', ...defined(change) }).toEqual({ label: 'agent' });
});
