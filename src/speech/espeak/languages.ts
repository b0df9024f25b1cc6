// SPDX-License-Identifier: GPL-3.0-or-later

/** Voice files of eSpeak NG by the name under which the engine finds them: its own file name in lower case, nothing else. */
export const VOICES = {
  bg: 'zls/bg',
  cs: 'zlw/cs',
  da: 'gmq/da',
  de: 'gmw/de',
  el: 'grk/el',
  en: 'gmw/en',
  'en-us': 'gmw/en-US',
  es: 'roa/es',
  et: 'urj/et',
  fi: 'urj/fi',
  fr: 'roa/fr',
  'fr-be': 'roa/fr-BE',
  'fr-ch': 'roa/fr-CH',
  ga: 'cel/ga',
  hr: 'zls/hr',
  hu: 'urj/hu',
  it: 'roa/it',
  lb: 'gmw/lb',
  lt: 'bat/lt',
  lv: 'bat/lv',
  mt: 'sem/mt',
  nb: 'gmq/nb',
  nl: 'gmw/nl',
  pl: 'zlw/pl',
  pt: 'roa/pt',
  ro: 'roa/ro',
  sk: 'zlw/sk',
  sl: 'zls/sl',
  sv: 'gmq/sv',
} as const;

export type EspeakVoice = keyof typeof VOICES;

/** Voices that do not have a dictionary of their own name. */
const SHARED_DICTIONARIES: Partial<Record<EspeakVoice, string>> = {
  'en-us': 'en',
  'fr-be': 'fr',
  'fr-ch': 'fr',
  nb: 'no',
};

const ALIASES: Partial<Record<string, EspeakVoice>> = { no: 'nb', nn: 'nb' };

const LANGUAGE_TAG = /^[a-z]{2,3}(-[a-z0-9]{1,8}){0,4}$/;

/** The voice for a BCP-47 tag: the region's own where there is one (fr-BE), else the language's (nl-BE is spoken as nl). */
export function voiceFor(tag: string): EspeakVoice | undefined {
  const name = tag.toLowerCase().replaceAll('_', '-');
  if (!LANGUAGE_TAG.test(name)) return undefined;
  const [language = '', region = ''] = name.split('-');
  return [`${language}-${region}`, language].map((candidate) => ALIASES[candidate] ?? candidate).find(isVoice);
}

export function dictionaryOf(voice: EspeakVoice): string {
  return SHARED_DICTIONARIES[voice] ?? voice;
}

function isVoice(name: string): name is EspeakVoice {
  return Object.hasOwn(VOICES, name);
}
