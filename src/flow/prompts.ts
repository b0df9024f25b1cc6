import type { Prompt } from '../contracts/carrier.ts';
import type { Verb } from './verb.ts';
import { verbNamed } from './verbs/index.ts';

/** Prompts travel with the order to dial, and each is work for a speech engine. Later ones have time until they are played. */
const MAX_PROMPTS = 20;

/** The prompts that a document will say, nested ones included, in its own order and each once. */
export function promptsToPrepare(document: Verb[], language: string): Prompt[] {
  const all = document.flatMap((verb) => verbNamed(verb.verb)?.says?.(verb, language) ?? []);
  return [...new Map(all.map((prompt) => [JSON.stringify(prompt), prompt])).values()].slice(0, MAX_PROMPTS);
}
