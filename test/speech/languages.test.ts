import { describe, expect, it } from 'vitest';
import {
  canonicalLanguage,
  isSpoken,
  primaryLanguage,
  SPOKEN_LANGUAGES,
  spokenLanguage,
} from '../../src/speech/languages.ts';

describe('a language', () => {
  it.each(SPOKEN_LANGUAGES)('%s is spoken, with a region or without', (language) => {
    expect(spokenLanguage(language)).toBe(language);
    expect(spokenLanguage(`${language}-XX`)).toBe(`${language}-XX`);
  });

  it.each([
    ['no', 'nb'],
    ['no-NO', 'nb-NO'],
    ['nn-NO', 'nb-NO'],
    ['NN', 'nb'],
    ['nb-NO', 'nb-NO'],
    ['nl-BE', 'nl-BE'],
  ])('%s has the name %s', (tag, name) => {
    expect(canonicalLanguage(tag)).toBe(name);
    expect(spokenLanguage(tag)).toBe(name);
    expect(primaryLanguage(tag)).toBe(name.split('-')[0]);
  });

  it.each(['tr-TR', 'uk-UA', 'ja-JP', 'zz-ZZ', 'cmn-Hans-CN', '', 'x', 'constructor', 'nl_BE', 'nld'])(
    '%j is not spoken',
    (tag) => {
      expect(isSpoken(tag)).toBe(false);
      expect(spokenLanguage(tag)).toBeUndefined();
    },
  );
});
