import { primaryLanguage } from '../speech/languages.ts';
import { spokenText } from '../speech/ssml.ts';

/**
 * The stems by which a text says that it is about recording, by primary language, for the languages that have notices of ours.
 * They are stems because languages inflect, and several because there is more than one word for it.
 */
const RECORDING_WORDS: Record<string, string[]> = {
  bg: ['запис'],
  cs: ['nahr', 'záznam'],
  da: ['optag', 'optaget'],
  de: ['aufzeich', 'aufgezeichnet', 'aufnahme', 'aufnehm', 'aufgenommen', 'mitschn', 'mitgeschnitten'],
  el: ['ηχογραφ', 'καταγρ', 'καταγραφ'],
  en: ['record'],
  es: ['graba', 'grabe', 'graban'],
  et: ['salvest', 'lindista'],
  fi: ['nauhoit', 'tallen', 'äänit'],
  fr: ['enregistr'],
  ga: ['taifead', 'thaifead', 'dtaifead'],
  hr: ['snim'],
  hu: ['rögzít', 'felvétel', 'felvesz'],
  it: ['registr'],
  lb: ['opgeholl', 'ophuel', 'opzeech', 'opgezeechent'],
  lt: ['įraš'],
  lv: ['ierakst'],
  mt: ['rekord', 'irreġistr'],
  nb: ['tatt opp', 'ta opp', 'tas opp', 'tar opp', 'opptak', 'spilt inn', 'spille inn'],
  nl: ['opgenomen', 'opnem', 'opneem', 'opname', 'opnam'],
  pl: ['nagr', 'rejestr'],
  pt: ['grava', 'gravad'],
  ro: ['înregistr'],
  sk: ['nahr', 'záznam'],
  sl: ['snem', 'posne'],
  sv: ['spela', 'inspel'],
};

/** The words that an operator has declared for an account, by primary language, where we have none. */
export type NoticeWords = Record<string, string[]>;

/** The purpose of a notice: it asks for consent by a key, or tells that the call is recorded. */
export type NoticePurpose = { asksWith: string } | 'announces';

/**
 * The reason why a text is no notice, as the rest of a sentence; undefined when it is one. Only what can be heard counts: of
 * SSML the words outside of tags, silence and comments. A text of our own always is a notice.
 */
export function noticeProblem(
  text: string,
  language: string,
  purpose: NoticePurpose,
  declared: NoticeWords = {},
  ssml = false,
): string | undefined {
  const words = spokenWords(text, language, ssml);
  const stems = RECORDING_WORDS[primaryLanguage(language)] ?? declared[primaryLanguage(language)];
  if (!stems)
    return `must be in a language whose words for recording are known, which ${language} is not: have them declared`;
  if (!stems.some((stem) => words.includes(stem))) return 'must say that it is about recording';
  return purpose !== 'announces' && !namesKey(words, purpose.asksWith)
    ? `must say that the key is ${purpose.asksWith}, as a digit`
    : undefined;
}

function spokenWords(text: string, language: string, ssml: boolean): string {
  const spoken = ssml ? spokenText(text, language) : text;
  return spoken.normalize('NFC').toLowerCase().replace(/\s+/g, ' ');
}

/** Whether the text names the key, which stands alone: in a year or a telephone number it names nothing. */
const namesKey = (words: string, key: string): boolean => new RegExp(`(?<!\\d)${key}(?!\\d)`).test(words);
