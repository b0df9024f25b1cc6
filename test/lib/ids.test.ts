import { describe, expect, it } from 'vitest';
import { idTime, isId, lowestId, newId } from '../../src/lib/ids.ts';

describe('an id', () => {
  const NOW = 1_763_900_000_123;

  it('is its prefix and a version 7 UUID in 32 lower-case hex digits', () => {
    expect(newId('CA', NOW)).toMatch(/^CA[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  });

  it('says when it was made', () => {
    expect(idTime(newId('CA', NOW))).toBe(NOW);
  });

  it('sorts after every id that was made a millisecond earlier', () => {
    for (let index = 0; index < 100; index++) expect(newId('CA', NOW + 1) > newId('CA', NOW)).toBe(true);
  });

  it('sorts at or after the first digits of its moment and before those of the next', () => {
    const id = newId('CA', NOW);
    expect(id >= lowestId('CA', NOW)).toBe(true);
    expect(id < lowestId('CA', NOW + 1)).toBe(true);
  });

  it('is not mistaken for an id of another kind, or for other text', () => {
    expect(isId('CA', newId('CA', NOW))).toBe(true);
    for (const text of [newId('CF', NOW), 'CA', `${newId('CA', NOW)}0`, newId('CA', NOW).toUpperCase(), '../../etc']) {
      expect(isId('CA', text)).toBe(false);
    }
  });
});
