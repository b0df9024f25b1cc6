import type { Prompt, Tune } from '../../contracts/carrier.ts';
import { defined } from '../../lib/defined.ts';
import { promptSeconds } from './prompt-duration.ts';

/** What a network can let someone hear, beside other people. */
export type Sounding =
  | { what: 'ringing' }
  | { what: 'say'; text: string; language: string; voice?: string }
  | { what: 'play'; url: string }
  | { what: 'tune'; tune: Tune }
  | { what: 'digits'; digits: string };

/** Epoch milliseconds; without `to` it has not ended. */
export interface Span {
  from: number;
  to?: number;
}

export type Sound = Span & Sounding;

/** Of a log that has no other end, the latest are kept. */
const KEPT = 500;
export const latest = <Entry>(entries: Entry[], kept = KEPT): Entry[] => entries.slice(-kept);

/** An object's value may have 2 MB, and a text that is said 4,096 characters of two bytes. */
const CHARACTERS_KEPT = 100_000;

/** The log with what comes next: the latest, and no more text than can be kept with ease. */
export function withSounds(log: Sound[], next: Sound[]): Sound[] {
  const sounds = latest([...log, ...next]);
  let characters = 0;
  const first = sounds.findLastIndex((sound) => {
    characters += JSON.stringify(sound).length;
    return characters > CHARACTERS_KEPT;
  });
  return sounds.slice(first + 1);
}

/** Prompts one after the other, as they will be heard from `from` on if nothing ends them. A pause is no sound. */
export function soundsOf(prompts: Prompt[], from: number, speed = 1): Sound[] {
  let at = from;
  return prompts.flatMap((prompt): Sound[] => {
    const span = { from: at, to: at + Math.round((promptSeconds(prompt) * 1000) / speed) };
    at = span.to;
    const sounding = soundOf(prompt);
    return sounding && span.to > span.from ? [{ ...span, ...sounding }] : [];
  });
}

function soundOf(prompt: Prompt): Sounding | undefined {
  if ('say' in prompt) {
    const { say: text, language, voice } = prompt;
    return { what: 'say', text, language, ...defined({ voice }) };
  }
  if ('play' in prompt) return { what: 'play', url: prompt.play };
  if ('tune' in prompt) return { what: 'tune', tune: prompt.tune };
  return 'digits' in prompt ? { what: 'digits', digits: prompt.digits } : undefined;
}

/** Nothing of it is heard after `at`. */
export const endedAt = <Entry extends Span>(entries: Entry[], at: number): Entry[] =>
  entries.flatMap((entry) => {
    if (entry.to !== undefined && entry.to <= at) return [entry];
    return entry.from < at ? [{ ...entry, to: at }] : [];
  });
