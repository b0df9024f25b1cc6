import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { unknownFields } from '../../src/http/unknown-fields.ts';

const Body = v.pipe(
  v.object({
    record: v.optional(v.boolean()),
    metadata: v.optional(v.record(v.string(), v.string())),
    simulate: v.optional(v.pipe(v.object({ digits: v.optional(v.array(v.object({ after: v.number() }))) }))),
  }),
  v.title('Body'),
);

describe('the fields of a request that its schema does not have', () => {
  it('are errors where a known one is misspelt, with the one that was meant', () => {
    expect(unknownFields(Body, { Record: true }).wrong).toEqual([
      { field: 'Record', message: 'is unknown: did you mean record?' },
    ]);
  });

  it('are found within objects and lists, by their path', () => {
    const { wrong, ignored } = unknownFields(Body, {
      simulate: { digits: [{ after: 1 }, { After: 1, colour: 'red' }] },
    });
    expect(wrong).toEqual([
      { field: 'simulate.digits.1.After', message: 'is unknown: did you mean simulate.digits.1.after?' },
    ]);
    expect(ignored).toEqual(['simulate.digits.1.colour']);
  });

  it('are none in pairs of the customer’s own', () => {
    expect(unknownFields(Body, { metadata: { Record: 'x' } })).toEqual({ wrong: [], ignored: [] });
  });

  it('are named up to twenty, and cut after a hundred characters', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`${n}${'x'.repeat(500)}`, 1]));
    const { ignored } = unknownFields(Body, many);
    expect(ignored).toHaveLength(20);
    expect(ignored.every((name) => name.length === 100)).toBe(true);
  });

  it('are joined by a list that stands where an object belongs', () => {
    expect(unknownFields(Body, []).wrong).toEqual([{ field: 'body', message: 'must be an object' }]);
    expect(unknownFields(Body, { simulate: [] }).wrong).toEqual([{ field: 'simulate', message: 'must be an object' }]);
  });

  it.each([undefined, null, 'text', 7])('of a body that is %j are none', (body) => {
    expect(unknownFields(Body, body)).toEqual({ wrong: [], ignored: [] });
  });
});
