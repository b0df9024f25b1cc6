import * as v from 'valibot';
import { expect, it } from 'vitest';
import { validationMessage } from '../../src/lib/validation-message.ts';

it.each<[string, v.GenericSchema, unknown, string]>([
  ['a missing value', v.string(), undefined, 'is required'],
  ['a text for a number', v.number(), 'geheim', 'must be a number'],
  ['half of something whole', v.pipe(v.number(), v.integer()), 1.5, 'must be a whole number'],
  ['too much', v.pipe(v.number(), v.maxValue(600)), 601, 'must be at most 600'],
  ['too little', v.pipe(v.number(), v.minValue(1)), 0, 'must be at least 1'],
  ['a long text', v.pipe(v.string(), v.maxLength(3)), 'geheim', 'must have at most 3 characters'],
  ['a long list', v.pipe(v.array(v.any()), v.maxLength(1)), [1, 2], 'must have at most 1 items'],
  ['another word', v.picklist(['busy', 'idle']), 'geheim', 'must be "busy" or "idle"'],
  ['a text for an object', v.object({}), 'geheim', 'must be an object'],
  [
    'what has a sentence of its own',
    v.pipe(
      v.string(),
      v.check(() => false, 'must be nice'),
    ),
    'geheim',
    'must be nice',
  ],
])('%s is explained without repeating it', (_what, schema, value, sentence) => {
  const { issues } = v.safeParse(schema, value);
  expect(validationMessage(issues?.[0] as v.BaseIssue<unknown>)).toBe(sentence);
});
