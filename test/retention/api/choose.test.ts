import { describe, expect, it } from 'vitest';
import { HttpError } from '../../../src/http/errors.ts';
import { retentionFor } from '../../../src/retention/api/choose.ts';

const SETTINGS = {
  retention: { call: 'P90D', recording: 'P7D' },
  retentionLimits: { call: 'P1Y', recording: 'P30D' },
};

const refusalOf = (wanted: Parameters<typeof retentionFor>[0]) => {
  try {
    return retentionFor(wanted, SETTINGS);
  } catch (error) {
    return (error as HttpError).errors;
  }
};

describe('the retention of a call', () => {
  it.each([
    [undefined, { call: 'P90D', recording: 'P7D' }],
    [{}, { call: 'P90D', recording: 'P7D' }],
    [{ call: 'P1D' }, { call: 'P1D', recording: 'P7D' }],
    [
      { call: 'P12M', recording: 'P30D' },
      { call: 'P12M', recording: 'P30D' },
    ],
  ])('that asks for %j is %j: the rest is as its account has chosen', (wanted, retention) => {
    expect(retentionFor(wanted, SETTINGS)).toEqual(retention);
  });

  it.each([
    [{ call: 'P2Y' }, 'retention.call', 'must be at most P1Y'],
    [{ recording: 'P31D' }, 'retention.recording', 'must be at most P30D'],
    [{ call: 'P0D' }, 'retention.call', 'must be at least P1D'],
    [
      { recording: '30 days' },
      'retention.recording',
      'must be an ISO 8601 duration of days, weeks, months or years, such as P30D',
    ],
  ])('that asks for %j is refused', (wanted, field, message) => {
    expect(() => retentionFor(wanted, SETTINGS)).toThrow(HttpError);
    expect(refusalOf(wanted)).toEqual([{ field, message }]);
  });

  it('that is wrong twice is told both', () => {
    expect(refusalOf({ call: 'P3Y', recording: 'PT1H' })).toHaveLength(2);
  });
});
