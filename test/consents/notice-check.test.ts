import { describe, expect, it } from 'vitest';
import { noticeProblem } from '../../src/consents/notice-check.ts';
import { consentNotice, recordingNotice } from '../../src/consents/notices.ts';
import { SPOKEN_LANGUAGES } from '../../src/speech/languages.ts';

const asks = (text: string, language = 'en-GB', key = '1') =>
  noticeProblem(text, language, { asksWith: key }, {}, true);

describe('a notice of ours', () => {
  it.each(SPOKEN_LANGUAGES)('in %s asks, and announces', (language) => {
    expect(noticeProblem(consentNotice(language, '7').text, language, { asksWith: '7' })).toBeUndefined();
    expect(noticeProblem(recordingNotice(language).text, language, 'announces')).toBeUndefined();
  });
});

describe('a notice of a customer', () => {
  it.each([
    ['en-GB', 'We would like to record this call. Press 1 if that is all right.'],
    ['nl-NL', 'Mogen wij dit gesprek opnemen? Toets dan 1.'],
    ['nl-BE', 'Voor een opname toetst u <emphasis>1</emphasis>.'],
    ['de-DE', 'Dürfen wir das Gespräch zur Schulung aufnehmen? Dann die <say-as interpret-as="digits">1</say-as>.'],
    ['fr-BE', 'Pour l’ENREGISTREMENT, appuyez sur 1.'],
    ['sv-SE', 'Vi vill spela in samtalet. Tryck 1.'],
  ])('in %s may be: %s', (language, text) => {
    expect(asks(text, language)).toBeUndefined();
  });

  it.each([
    ['1', 'must say that it is about recording'],
    ['', 'must say that it is about recording'],
    ['<break time="1s"/>', 'must say that it is about recording'],
    ['Welcome. For sales press 1.', 'must say that it is about recording'],
    ['<!-- this call is recorded, press 1 -->Welcome.', 'must say that it is about recording'],
    ['<prosody volume="silent">We record, press 1.</prosody> Welcome.', 'must say that it is about recording'],
    ['We record. <prosody volume="silent">Press 1.</prosody>', 'must say that the key is 1, as a digit'],
    ['May we record this call?', 'must say that the key is 1, as a digit'],
    ['We have recorded calls since 2010, press 11.', 'must say that the key is 1, as a digit'],
    ['<say-as interpret-as="expletive">record, press 1</say-as>', 'must say that it is about recording'],
  ])('is none where it cannot be heard: %s %s', (text, problem) => {
    expect(asks(text)).toBe(problem);
  });

  it.each(['volume="-60dB"', 'volume="1%"', 'rate="400%"'])(
    'is none where it is spoken so that nobody understands it: %s',
    (how) => {
      const text = `<prosody ${how}>We record, press 1.</prosody>`;
      expect(noticeProblem(text, 'en-GB', { asksWith: '1' }, {}, true)).toMatch(/recording/);
      expect(
        noticeProblem(text.replace(how, 'volume="soft" rate="fast"'), 'en-GB', { asksWith: '1' }, {}, true),
      ).toBeUndefined();
    },
  );

  it.each([
    '<prosody volume="silent">We record, press 1.</prosody> Welcome.',
    '<!-- this call is recorded, press 1 -->Welcome. <s>Hello.</s>',
    'We record this call. Press &#49;.',
    'We record this call, press one. <s/>',
  ])('is none either where such markup is but text: %s', (text) => {
    expect(noticeProblem(text, 'en-GB', { asksWith: '1' })).toMatch(/^must say/);
  });

  it('names the key that agrees, whichever it is', () => {
    expect(asks('We record this call: press 7.', 'en', '7')).toBeUndefined();
    expect(asks('We record this call: press 7.', 'en', '1')).toMatch(/key is 1/);
  });

  it('in a language that we have no words for needs words that the operator has declared', () => {
    const text = 'Bu görüşme kaydedilecektir. Kabul ediyorsanız 1’e basın.';
    expect(asks(text, 'tr-TR')).toMatch(/declared/);
    expect(noticeProblem(text, 'tr-TR', { asksWith: '1' }, { tr: ['kayded'] })).toBeUndefined();
    expect(noticeProblem('Merhaba, 1', 'tr-TR', { asksWith: '1' }, { tr: ['kayded'] })).toMatch(/recording/);
  });

  it('in a language of ours is not made one by declaring other words', () => {
    expect(noticeProblem('Welcome, press 1.', 'en', { asksWith: '1' }, { en: ['welcome'] })).toMatch(/recording/);
  });
});
