import { describe, expect, it } from 'vitest';
import { editsBetween, nearestName } from '../../src/lib/nearest-name.ts';

const FIELDS = [
  'to',
  'from',
  'url',
  'flow',
  'record',
  'timeout',
  'status_callback',
  'time_limit',
  'recording_channels',
];

describe('a misspelt field', () => {
  it.each([
    ['Url', 'url'],
    ['statusCallback', 'status_callback'],
    ['StatusCallback', 'status_callback'],
    ['status-callback', 'status_callback'],
    ['TIME_LIMIT', 'time_limit'],
    ['recrod', 'record'],
    ['recods', undefined],
    ['timeou', 'timeout'],
    ['staus_calback', 'status_callback'],
    ['recording_chanels', 'recording_channels'],
  ])('%s is taken for %s', (name, meant) => {
    expect(nearestName(name, FIELDS)).toBe(meant);
  });

  it.each(['uri', 'form', 'ton', 'customer', 'x', ''])(
    '%s is no known field: short names are told apart exactly',
    (name) => {
      expect(nearestName(name, FIELDS)).toBeUndefined();
    },
  );

  it('of any length is compared in no time', () => {
    expect(editsBetween('a'.repeat(100_000), 'record')).toBe(Number.POSITIVE_INFINITY);
  });
});
