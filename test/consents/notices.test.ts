import { describe, expect, it } from 'vitest';
import { consentNotice, hashNotice, recordingNotice } from '../../src/consents/notices.ts';
import { SPOKEN_LANGUAGES } from '../../src/speech/languages.ts';

describe.each(SPOKEN_LANGUAGES)('in %s', (language) => {
  it('consent is asked for by a key, which is said once', () => {
    const { text, language: spoken } = consentNotice(language, '7');
    expect(spoken).toBe(language);
    expect(text.match(/\d/g)).toEqual(['7']);
    expect(text).not.toContain('@');
    expect(text).toMatch(/[.]$/);
  });

  it('a recording is announced, in other words', () => {
    expect(recordingNotice(language).text).not.toMatch(/[\d@]/);
    expect(consentNotice(language, '1').text).not.toContain(recordingNotice(language).text);
  });
});

it('no two languages have the same sentences', () => {
  const texts = SPOKEN_LANGUAGES.flatMap((it) => [consentNotice(it, '1').text, recordingNotice(it).text]);
  expect(new Set(texts).size).toBe(2 * SPOKEN_LANGUAGES.length);
});

it('a regional variant has the sentence of its language, to be said in the variant', () => {
  expect(consentNotice('nl-BE', '1')).toEqual({
    text: 'Dit gesprek wordt alleen opgenomen als u daarmee akkoord gaat. Gaat u akkoord, toets dan een 1.',
    language: 'nl-BE',
  });
  expect(recordingNotice('DE-at')).toEqual({ text: 'Dieses Gespräch wird aufgezeichnet.', language: 'DE-at' });
});

it('a language without a sentence is told in English, by an English voice', () => {
  expect(recordingNotice('xx-YY')).toEqual({ text: 'This call is being recorded.', language: 'en-GB' });
});

it("a customer's own words are said as they are", () => {
  expect(consentNotice('nl-NL', '3', 'Mogen wij? Toets 3.')).toEqual({
    text: 'Mogen wij? Toets 3.',
    language: 'nl-NL',
  });
  expect(recordingNotice('nl-NL', 'We nemen op.').text).toBe('We nemen op.');
});

it('the hash is SHA-256 of the text in UTF-8', async () => {
  // printf 'Gespräch' | sha256sum
  expect(await hashNotice('Gespräch')).toBe('69c3de31e17ef2ac6a1d823b979980693d7aef7421c82c5cec841b9d12138a04');
});
