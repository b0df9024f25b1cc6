import type { Prompt } from '../contracts/carrier.ts';
import type { Verb } from './verb.ts';
import { verbNamed } from './verbs/index.ts';

/** They travel with the order to dial, and each is work for an engine: what comes later has time until it is played. */
const MAX_PROMPTS = 20;

/** What a document says, nested prompts included, in its own order and each once: it is rendered once, whatever it is for. */
export function promptsToPrepare(document: Verb[], language: string): Prompt[] {
  const all = document.flatMap((verb) => verbNamed(verb.verb)?.says?.(verb, language) ?? []);
  return [...new Map(all.map((prompt) => [JSON.stringify(prompt), prompt])).values()].slice(0, MAX_PROMPTS);
}
