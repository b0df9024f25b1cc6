import { describe, expect, it } from 'vitest';
import { after, formatDuration, parseDuration } from '../../src/retention/duration.ts';
import { masked } from '../../src/retention/mask.ts';
import { keptUntil, retentionComplaint } from '../../src/retention/retention.ts';

describe('a duration', () => {
  it.each(['P1D', 'P30D', 'P180D', 'P2W', 'P6M', 'P1Y', 'P1Y2M3W4D'])('%s is read and written as it is', (text) => {
    const duration = parseDuration(text);
    expect(duration && formatDuration(duration)).toBe(text);
  });

  it('is written without what is nothing', () => {
    expect(formatDuration({ years: 0, months: 0, weeks: 0, days: 0 })).toBe('P0D');
  });

  it.each(['', 'P', '30D', 'P30', 'PT5H', 'P1DT1H', 'P-1D', 'P1.5D', 'p1d', 'P1D2M', 'P99999D', ' P1D'])(
    '%j is none',
    (text) => expect(parseDuration(text)).toBeUndefined(),
  );

  it.each([
    ['2026-11-23T10:00:00.000Z', 'P30D', '2026-12-23T10:00:00.000Z'],
    ['2026-11-23T10:00:00.000Z', 'P2W', '2026-12-07T10:00:00.000Z'],
    ['2026-01-31T10:00:00.000Z', 'P1M', '2026-02-28T10:00:00.000Z'],
    ['2028-02-29T10:00:00.000Z', 'P1Y', '2029-02-28T10:00:00.000Z'],
    ['2026-11-30T23:59:59.999Z', 'P1Y3M1D', '2028-03-01T23:59:59.999Z'],
  ])('from %s on, %s, ends on %s', (from, text, until) => {
    const duration = parseDuration(text);
    expect(duration && new Date(after(Date.parse(from), duration)).toISOString()).toBe(until);
  });
});

describe('a retention', () => {
  it.each([
    ['P30D', undefined],
    ['P1D', undefined],
    ['P10Y', undefined],
    ['P0D', 'must be at least P1D'],
    ['P121M', 'must be at most P10Y'],
    ['PT5H', 'must be an ISO 8601 duration of days, weeks, months or years, such as P30D'],
  ])('of %s: %s', (text, complaint) => expect(retentionComplaint(text)).toBe(complaint));

  it('is within the limit of its account', () => {
    expect(retentionComplaint('P12M', 'P1Y')).toBeUndefined();
    expect(retentionComplaint('P367D', 'P1Y')).toBe('must be at most P1Y');
  });

  it('counts from its moment on, and is the default where there is none', () => {
    const at = Date.parse('2026-11-23T10:00:00Z');
    expect(keptUntil('recording', at, { recording: 'P1D' })).toBe(at + 86_400_000);
    expect(keptUntil('recording', at)).toBe(at + 30 * 86_400_000);
    expect(keptUntil('call', at, { recording: 'P1D' })).toBe(at + 180 * 86_400_000);
  });
});

describe('a masked number', () => {
  it.each([
    ['+31201234567', '+31*****567'],
    ['+493023125000', '+49*****000'],
    ['+12125550123', '+1*****123'],
    // Seven digits: six of them stay hidden.
    ['+3725123456', '+372*****6'],
    // Six digits: all of them do.
    ['+376712345', '+376*****'],
    ['+80012345678', '+800*****78'],
    ['anonymous', 'anonymous'],
    ['', ''],
    ['sip:desk@pbx.example', '*****'],
    ['0201234567', '*****'],
    ['1234', '*****'],
  ])('of %j is %j', (number, hidden) => {
    expect(masked(number)).toBe(hidden);
    expect(masked(hidden)).toBe(hidden);
  });
});
