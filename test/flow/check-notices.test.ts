import { describe, expect, it } from 'vitest';
import { findNoticeProblem } from '../../src/flow/check-notices.ts';
import { documentOf } from '../support/flow.ts';

const ABOUT = 'must say that it is about recording';
const problemOf = (verbs: object[], language = 'en-GB', declared = {}) =>
  findNoticeProblem(documentOf(verbs), language, declared)?.detail;
const consent = (text: string, more: object = {}) => ({ verb: 'consent', text, ...more });

describe('the words of a consent verb', () => {
  it.each([
    ['1', ABOUT],
    ['x', ABOUT],
    ['Welcome. For sales press 1.', ABOUT],
    ['May we record this call?', 'must say that the key is 1, as a digit'],
  ])('%j do not ask for consent', (text, problem) => {
    expect(problemOf([consent(text)])).toBe(`Verb 1 (consent), text: ${problem}.`);
  });

  it('ask for consent when they say so, and name the key of the verb', () => {
    expect(problemOf([consent('We record this call. Press 7 to agree.', { key: '7' })])).toBeUndefined();
    expect(problemOf([consent('x', { key: '7' })])).toContain(ABOUT);
    expect(problemOf([consent('We record this call. Press 1 to agree.', { key: '7' })])).toContain('key is 7');
  });

  it('may be left out: ours are a notice in any language', () => {
    expect(problemOf([{ verb: 'consent' }, consent('', { key: '4', language: 'tr-TR' })], 'ja-JP')).toBeUndefined();
  });

  it('are checked in the language of the verb, else of the flow by then, else of the call', () => {
    const french = consent('Pour l’enregistrement, appuyez sur 1.');
    const english = consent('We record this call, press 1.');
    expect(problemOf([french], 'fr-FR')).toBeUndefined();
    expect(problemOf([french])).toContain(ABOUT);
    expect(problemOf([{ ...french, language: 'fr-FR' }])).toBeUndefined();
    expect(problemOf([{ verb: 'say', text: 'Bonjour', language: 'fr-BE' }, french])).toBeUndefined();
    expect(problemOf([{ verb: 'gather', language: 'fr-BE' }, french])).toBeUndefined();
    expect(problemOf([{ verb: 'say', text: 'Bonjour', language: 'fr-BE' }, english])).toContain('Verb 2');
    expect(problemOf([english, { verb: 'say', text: 'Bonjour', language: 'fr-BE' }])).toBeUndefined();
  });

  it('in a language that we have no words for need words that were declared', () => {
    const turkish = consent('Bu görüşme kaydedilecek: 1.', { language: 'tr-TR' });
    expect(problemOf([turkish])).toContain('declared');
    expect(problemOf([turkish], 'en-GB', { tr: ['kayded'] })).toBeUndefined();
  });
});
