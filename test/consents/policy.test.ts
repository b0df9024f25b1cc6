import { describe, expect, it } from 'vitest';
import { countryOf, mayRecord, policyFor, strictest } from '../../src/consents/policy.ts';
import type { Party } from '../../src/contracts/consent.ts';

const NL = '+31201234567';
const FR = '+33142685300';
const DE = '+493023125000';
const BE = '+3222345678';
/** Everywhere where an account can choose, and where it cannot. */
const announced = { NL: 'announce', FR: 'announce', DE: 'announce', BE: 'announce' } as const;

describe('the country of a number', () => {
  it.each([
    [NL, 'NL'],
    ['+31612345678', 'NL'],
    [DE, 'DE'],
    ['+4915112345678', 'DE'],
    [BE, 'BE'],
    ['+352621123456', 'LU'],
    ['+12125550123', 'US'],
    ['+14165550123', 'CA'],
  ])('of %s is %s', (number, country) => expect(countryOf(number)).toBe(country));

  it('is known also where a strict country has never given the number out', () => {
    expect([countryOf('+4911'), countryOf('+32000')]).toEqual(['DE', 'BE']);
  });

  it.each([undefined, '', 'anonymous', '0201234567', '+80012345678', '+88216', 'sip:desk@pbx.example'])(
    'of %s is unknown',
    (number) => expect(countryOf(number)).toBeUndefined(),
  );
});

describe('the policy for a number', () => {
  it('is that everyone agrees, unless the account has chosen otherwise for its country', () => {
    expect(policyFor(NL, {})).toBe('all_party_opt_in');
    expect(policyFor(NL, { NL: 'announce' })).toBe('announce');
    expect(policyFor(FR, { NL: 'announce' })).toBe('all_party_opt_in');
  });

  it.each([DE, BE, '+4911'])('is that everyone agrees for %s, whatever the account has chosen', (number) => {
    expect(policyFor(number, announced)).toBe('all_party_opt_in');
  });

  it.each([undefined, 'anonymous', '+80012345678'])('is the strictest for %s: it could be anybody', (number) => {
    expect(policyFor(number, announced)).toBe('all_party_opt_in');
  });
});

it('the strictest policy wins, and where there is none it is the strictest', () => {
  expect(strictest(['announce', 'announce'])).toBe('announce');
  expect(strictest(['announce', 'all_party_opt_in'])).toBe('all_party_opt_in');
  expect(strictest([])).toBe('all_party_opt_in');
});

describe('a line', () => {
  const line = (...parties: Party[]) => mayRecord(parties, announced);

  it.each([
    ['on-file', 'record'],
    ['given', 'record'],
    ['announced', 'ask'],
    ['none', 'ask'],
    ['refused', 'never'],
  ] as const)('with a German party whose consent is %s: %s', (consent, verdict) => {
    expect(line({ number: DE, consent })).toEqual({
      policy: 'all_party_opt_in',
      all: verdict,
      parties: [verdict],
    });
  });

  it.each([
    ['on-file', 'record'],
    ['given', 'record'],
    ['announced', 'record'],
    ['none', 'announce'],
    ['refused', 'never'],
  ] as const)('with a Dutch party who is only to be told, consent %s: %s', (consent, verdict) => {
    expect(line({ number: NL, consent })).toEqual({ policy: 'announce', all: verdict, parties: [verdict] });
  });

  it('with a German on it has to ask the Dutch too, though they were told', () => {
    expect(line({ number: NL, consent: 'announced' }, { number: DE, consent: 'given' })).toEqual({
      policy: 'all_party_opt_in',
      all: 'ask',
      parties: ['ask', 'record'],
    });
  });

  it('with a caller who hides their number is as strict', () => {
    expect(line({ number: NL, consent: 'announced' }, { consent: 'given' })).toMatchObject({ all: 'ask' });
  });

  it('is recorded when each of many is covered in their own way', () => {
    const all = ['on-file', 'given', 'on-file'] as const;
    expect(line(...all.map((consent) => ({ number: DE, consent }))).all).toBe('record');
  });

  it('is never recorded once one has refused, whoever else has agreed or is still to be asked', () => {
    const parties: Party[] = [
      { number: DE, consent: 'given' },
      { number: NL, consent: 'none' },
      { number: FR, consent: 'refused' },
    ];
    expect(line(...parties)).toMatchObject({ all: 'never', parties: ['record', 'ask', 'never'] });
  });

  it('with nobody on it is not recorded', () => {
    expect(line().all).not.toBe('record');
  });
});
