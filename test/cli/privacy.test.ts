import { describe, expect, it } from 'vitest';
import { checkLimit, durationsFrom, policiesFrom } from '../../src/cli/privacy.ts';
import { DEFAULT_LIMITS, DEFAULT_RETENTION } from '../../src/retention/retention.ts';

describe('a recording policy on the command line', () => {
  it('is read country by country', () => {
    expect(policiesFrom('NL=announce,DE=all_party_opt_in')).toEqual({ NL: 'announce', DE: 'all_party_opt_in' });
    expect(policiesFrom(undefined)).toEqual({});
  });

  it.each([
    ['DE=announce', 'In DE everyone on the line must agree, by law: announcing is not enough.'],
    ['NL=announce,BE=announce', 'In BE everyone on the line must agree, by law: announcing is not enough.'],
    ['NL=whatever', 'A policy is one of: all_party_opt_in, announce.'],
    ['NL', 'A policy is one of: all_party_opt_in, announce.'],
    ['Nederland=announce', 'Nederland is not a country, such as NL.'],
  ])('is refused when it is %s: %s', (text, sentence) => {
    expect(() => policiesFrom(text)).toThrow(sentence);
  });
});

describe('a retention on the command line', () => {
  it('is read kind by kind', () => {
    expect(durationsFrom('recording=P30D,call=P6M')).toEqual({ recording: 'P30D', call: 'P6M' });
  });

  it.each([
    ['recording=30', 'The retention of recording must be an ISO 8601 duration of days, weeks, months or years'],
    ['video=P1D', 'What is kept is one of: call, recording.'],
    ['call=P11Y', 'The retention of call must be at most P10Y.'],
  ])('is refused when it is %s: %s', (text, sentence) => {
    expect(() => durationsFrom(text)).toThrow(sentence);
  });

  it('is refused when it is longer than the limit of the account', () => {
    const retention = { ...DEFAULT_RETENTION, recording: 'P2Y' };
    expect(() => checkLimit('recording', retention, DEFAULT_LIMITS)).toThrow('longer than the limit');
    expect(() => checkLimit('recording', retention, { ...DEFAULT_LIMITS, recording: 'P2Y' })).not.toThrow();
  });
});
