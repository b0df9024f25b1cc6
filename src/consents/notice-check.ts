import type { NoticeWords } from '../contracts/consent.ts';
import { primaryLanguage } from '../speech/languages.ts';
import type { Prosody } from '../speech/prosody.ts';
import { looksLikeSsml, spokenText } from '../speech/ssml.ts';

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

const NOT_ABOUT_RECORDING = 'must say that it is about recording';

/** Whether we know by which words a text in this language says that it is about recording; then none can be declared. */
export const knowsRecordingWords = (language: string): boolean => primaryLanguage(language) in RECORDING_WORDS;

/** The purpose of a notice: it asks for consent by a key, or tells that the call is recorded. */
export type NoticePurpose = { asksWith: string } | 'announces';

/**
 * The reason why a text is no notice, as the rest of a sentence; undefined when it is one. Only what can be heard counts: of
 * SSML the words outside of tags, silence and comments, and a text that looks like SSML must be a notice in that reading,
 * too. A text of our own always is a notice.
 */
export function noticeProblem(
  text: string,
  language: string,
  purpose: NoticePurpose,
  declared: NoticeWords = {},
  ssml = false,
): string | undefined {
  const readings = [
    ...(ssml ? [] : [text]),
    ...(ssml || looksLikeSsml(text) ? [spokenText(text, language, isUnderstood)] : []),
  ];
  const problems = readings.map((words) => problemOfWords(words, language, purpose, declared));
  return problems.find((problem) => problem !== undefined);
}

/** Nobody understands on a telephone what is spoken at less than -20 dB, or at more than twice the usual rate. */
const isUnderstood = ({ volume, rate }: Prosody): boolean => volume >= 0.1 && rate <= 2;

function problemOfWords(
  text: string,
  language: string,
  purpose: NoticePurpose,
  declared: NoticeWords,
): string | undefined {
  const words = text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ');
  const stems = RECORDING_WORDS[primaryLanguage(language)] ?? declared[primaryLanguage(language)];
  if (!stems)
    return `must be in a language whose words for recording are known, which ${language} is not: have them declared`;
  if (!stems.some((stem) => words.includes(stem))) return NOT_ABOUT_RECORDING;
  return purpose !== 'announces' && !namesKey(words, purpose.asksWith)
    ? `must say that the key is ${purpose.asksWith}, as a digit`
    : undefined;
}

/** Whether the text names the key, which stands alone: in a year or a telephone number it names nothing. */
const namesKey = (words: string, key: string): boolean => new RegExp(`(?<!\\d)${key}(?!\\d)`).test(words);

/** The reason why a text is no notice in any language that has words for recording, as where nobody knows yet who will hear it. */
export function noticeProblemAnywhere(
  text: string,
  purpose: NoticePurpose,
  declared: NoticeWords = {},
): string | undefined {
  const languages = [...Object.keys(RECORDING_WORDS), ...Object.keys(declared)];
  const problems = languages.map((language) => noticeProblem(text, language, purpose, declared));
  if (problems.includes(undefined)) return undefined;
  return problems.find((problem) => problem !== NOT_ABOUT_RECORDING) ?? NOT_ABOUT_RECORDING;
}
