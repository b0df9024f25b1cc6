import type { Prompt } from '../contracts/carrier.ts';
import type { Verb } from './verb.ts';
import { verbNamed } from './verbs/index.ts';

/** Prompts travel with the order to dial, and each is work for a speech engine. Later ones have time until they are played. */
const MAX_PROMPTS = 20;

/** The prompts that a document will say, nested ones included, in its own order and each once. */
export function promptsToPrepare(document: Verb[], language: string): Prompt[] {
  let flowLanguage = language;
  const all = document.flatMap((verb) => {
    const definition = verbNamed(verb.verb);
    flowLanguage = definition?.speaks?.(verb) ?? flowLanguage;
    return definition?.says?.(verb, { language, flowLanguage }) ?? [];
  });
  return [...new Map(all.map((prompt) => [JSON.stringify(prompt), prompt])).values()].slice(0, MAX_PROMPTS);
}
