import type * as v from 'valibot';
import { cut } from '../lib/cut.ts';
import type { Noun, Verb } from './verb.ts';
import { split, wordsFor } from './verbs/attributes.ts';
import { verbNamed } from './verbs/index.ts';

/** So many names of each kind are told, and so many characters of each. */
const MOST_NAMED = 20;
const LONGEST_NAME = 60;

/** A verb or a noun as it was given, with the attributes that one of its name has. */
interface Part {
  name: string;
  attributes: v.ObjectEntries;
  given: Record<string, unknown>;
}

/** The attributes that verbs and nouns do not have. The call's events name them, so that nobody wonders why they do nothing. */
export const ignoredAttributes = (document: unknown[]): string[] =>
  namesOf(document, ({ name, attributes, given }) =>
    Object.keys(given)
      .filter((key) => !Object.hasOwn(attributes, key))
      .map((key) => `${name}.${cut(key, LONGEST_NAME)}`),
  );

/**
 * A document in XML without the words that its lists may not have. TwiML that was written for others runs, and its author is
 * told which words do nothing; in JSON, which is written for this product, such a word is a mistake.
 */
export function withoutUnknownWords(document: unknown[]): { document: unknown[]; warnings: string[] } {
  const warnings = namesOf(document, (part) => wordLists(part).flatMap(({ warned }) => warned));
  return { document: (document as Verb[]).map(withKnownWords), warnings };
}

function withKnownWords(verb: Verb): Verb {
  const { attributes = {}, nouns } = verbNamed(verb.verb) ?? {};
  const known = { ...verb, ...knownWordsIn({ name: verb.verb, attributes, given: verb }) };
  if (!nouns || !(nouns.into in verb)) return known;
  const elements = Object.values(nouns.elements);
  return { ...known, [nouns.into]: listIn(verb, nouns.into).map((noun) => nounWithKnownWords(noun, elements)) };
}

const nounWithKnownWords = (noun: Record<string, unknown>, nouns: Noun[]) => ({
  ...noun,
  ...nounParts(noun, nouns).map(knownWordsIn)[0],
});

const knownWordsIn = (part: Part): Record<string, string> =>
  Object.fromEntries(wordLists(part).map(({ key, kept }) => [key, kept]));

/** The lists of words that a verb or a noun has, what stays of each, and what is to be said of the rest. */
function wordLists({ name, attributes, given }: Part) {
  return Object.entries(attributes).flatMap(([key, schema]) => {
    const words = wordsFor(schema as v.GenericSchema);
    const value = given[key];
    if (!words || typeof value !== 'string') return [];
    const { known, never } = words;
    const unknown = split(value).filter((word) => !known.includes(word) && !never.includes(word));
    const kept = split(value).filter((word) => known.includes(word));
    const place = `${name}.${key}`;
    const warned = unknown.map((word) => `${place} has an unknown word, which is ignored: ${cut(word, LONGEST_NAME)}`);
    return [{ key, kept: kept.join(' '), warned }];
  });
}

const namesOf = (document: unknown[], find: (part: Part) => string[]): string[] =>
  [...new Set((document as Verb[]).flatMap(partsOf).flatMap(find))].slice(0, MOST_NAMED);

function partsOf(verb: Verb): Part[] {
  const definition = verbNamed(verb.verb);
  if (!definition) return [];
  const { verb: name, ...given } = verb;
  const { attributes, nests, nouns } = definition;
  return [
    { name, attributes, given },
    ...(nests === undefined ? [] : listIn(verb, nests).flatMap((it) => partsOf(it as Verb))),
    ...(nouns ? listIn(verb, nouns.into).flatMap((it) => nounParts(it, Object.values(nouns.elements))) : []),
  ];
}

function nounParts({ noun, ...given }: Record<string, unknown>, nouns: Noun[]): Part[] {
  const found = nouns.find(({ name }) => name === noun);
  return found ? [{ name: found.name, attributes: found.attributes, given }] : [];
}

const listIn = (verb: Verb, attribute: string): Record<string, unknown>[] => {
  const list = verb[attribute];
  return Array.isArray(list) ? list : [];
};
