type Interpretation = (text: string, language: string, format: string) => string;

/** Each writes a text out so that any engine reads it as `<say-as>` asks. Other interpretations leave the text as it is. */
const INTERPRETATIONS: Record<string, Interpretation> = {
  digits: (text) => text.replace(/\d(?=\d)/g, '$& '),
  characters: spellOut,
  character: spellOut,
  'spell-out': spellOut,
  telephone: readNumber,
  date: readDate,
  ordinal: readOrdinal,
  // Other platforms bleep an expletive out. Silence serves the caller as well.
  expletive: () => '',
};

/** Applies `<say-as>`. */
export function sayAs(text: string, language: string, attributes: Record<string, string>): string {
  const interpret = INTERPRETATIONS[attributes['interpret-as']?.trim().toLowerCase() ?? ''];
  return interpret ? interpret(text.trim(), language, attributes.format?.trim().toLowerCase() ?? '') : text;
}

/** Spells a text in capitals, with commas, since a lone "a" is a word in some languages. */
function spellOut(text: string): string {
  const letters = [...text.replace(/\s+/g, '')];
  return letters
    .map((letter) => (letter.toUpperCase().length === letter.length ? letter.toUpperCase() : letter))
    .join(', ');
}

/** Reads a number digit by digit, with a breath between the groups as they were written. */
function readNumber(text: string): string {
  const groups = text.match(/\+|\d+|[*#]/g) ?? [];
  const spaced = groups.map((group) => [...group].join(' ')).join(', ');
  return spaced ? spaced.replace(/^\+, /, '+ ') : text;
}

/**
 * Reads a date, with the month as a word. `format` is the order of the parts (`dmy`, `ym`, …);
 * without it only year-first dates are certain.
 */
function readDate(text: string, language: string, format: string): string {
  const order = /^(?:dmy|mdy|ymd|dm|md|my|ym|yyyymmdd)$/.test(format) ? format.replace('yyyymmdd', 'ymd') : 'ymd';
  const parts = /^\d{8}$/.test(text) ? splitDigits(text, order) : text.split(/\D+/);
  if (parts.length !== order.length || parts.some((part) => !/^\d{1,4}$/.test(part))) return text;
  const at = (part: string, missing: number) => (order.includes(part) ? Number(parts[order.indexOf(part)]) : missing);
  // 2000 is a leap year, for a 29 February that comes without its year.
  const [year, month, day] = [at('y', 2000), at('m', 1), at('d', 1)];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || date.getUTCFullYear() !== year) return text;
  return writeDate(date, language, order) ?? text;
}

/** Writes a date in a language; undefined for a tag that looks like a language's and is none, such as "nl-a". */
function writeDate(date: Date, language: string, order: string): string | undefined {
  const parts: Intl.DateTimeFormatOptions = {
    timeZone: 'UTC',
    month: 'long',
    ...(order.includes('d') && { day: 'numeric' }),
    ...(order.includes('y') && { year: 'numeric' }),
  };
  try {
    return new Intl.DateTimeFormat([language, 'en'], parts).format(date);
  } catch {
    return undefined;
  }
}

function splitDigits(text: string, order: string): string[] {
  let at = 0;
  return [...order].map((part) => {
    const from = at;
    at += part === 'y' ? 4 : 2;
    return text.slice(from, at);
  });
}

const DUTCH_ORDINALS =
  'eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde dertiende veertiende'.split(
    ' ',
  );
const ENGLISH_SUFFIXES: Record<string, string> = { one: 'st', two: 'nd', few: 'rd' };

const ORDINALS: Record<string, (digits: string) => string | undefined> = {
  de: (digits) => `${digits}.`,
  en: (digits) =>
    digits + (ENGLISH_SUFFIXES[new Intl.PluralRules('en', { type: 'ordinal' }).select(Number(digits))] ?? 'th'),
  es: (digits) => `${digits}º`,
  fr: (digits) => digits + (digits === '1' ? 'er' : 'ème'),
  it: (digits) => `${digits}º`,
  // eSpeak NG reads "3e" as "derde e".
  nl: (digits) => DUTCH_ORDINALS[Number(digits) - 1],
  pt: (digits) => `${digits}º`,
};

/** Reads an ordinal in the languages in which eSpeak NG is known to pronounce it right; in others the number stays a number. */
function readOrdinal(text: string, language: string): string {
  const write = ORDINALS[language.toLowerCase().split('-')[0] ?? ''];
  return (/^[1-9]\d{0,8}$/.test(text) && write?.(text)) || text;
}
