import { describe, expect, it } from 'vitest';
import { checkLimit, durationsFrom, noticeWordsFrom, policiesFrom } from '../../src/cli/privacy.ts';
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

describe('the words of notices on the command line', () => {
  it('are read language by language, as texts are compared: in lower case', () => {
    expect(noticeWordsFrom('tr=Kayded/kayıt,is=upptök')).toEqual({ tr: ['kayded', 'kayıt'], is: ['upptök'] });
    expect(noticeWordsFrom(undefined)).toEqual({});
  });

  it('replace those of the language, or take them back, and leave the others', () => {
    const before = { tr: ['kayded'], is: ['upptök'] };
    expect(noticeWordsFrom('tr=kayıt', before)).toEqual({ tr: ['kayıt'], is: ['upptök'] });
    expect(noticeWordsFrom('tr=', before)).toEqual({ is: ['upptök'] });
  });

  it.each([
    ['nl=welkom', 'The words for recording in nl are known already.'],
    ['Turkish=kayded', 'Turkish is not a language, such as tr.'],
    ['tr-TR=kayded', 'tr-TR is not a language, such as tr.'],
    ['tr=k', 'A word for recording has 2 to 40 characters'],
    ['tr=kayded/', 'A word for recording has 2 to 40 characters'],
    ['tr=12', 'A word for recording has 2 to 40 characters'],
    [`tr=${'k'.repeat(41)}`, 'A word for recording has 2 to 40 characters'],
    [`tr=${Array.from({ length: 21 }, () => 'kayded').join('/')}`, 'A language has at most 20 words; tr has more.'],
    [
      Array.from({ length: 21 }, (_, at) => `x${String.fromCharCode(97 + at)}=kayded`).join(','),
      'An account has words for at most 20 languages.',
    ],
  ])('are refused when they are %s: %s', (text, sentence) => {
    expect(() => noticeWordsFrom(text)).toThrow(sentence);
  });
});
