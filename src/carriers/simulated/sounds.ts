import type { Prompt, Tune } from '../../contracts/carrier.ts';
import { defined } from '../../lib/defined.ts';
import { isHeard, promptSeconds } from './prompt-duration.ts';

/** A sound that the network can let a party hear, besides other parties. */
export type SoundContent =
  | { what: 'ringing' }
  | { what: 'say'; text: string; ssml?: true; language: string; voice?: string }
  | { what: 'play'; url: string; account?: string }
  | { what: 'tune'; tune: Tune }
  | { what: 'digits'; digits: string };

/** A time in epoch milliseconds; without `to` it has not ended. */
export interface TimeSpan {
  from: number;
  to?: number;
}

export type NetworkSound = TimeSpan & SoundContent;

/** So many entries of a log are kept that has no other limit. */
const KEPT = 500;

/** The latest entries of a log. */
export const latestOf = <Entry>(entries: Entry[], kept = KEPT): Entry[] => entries.slice(-kept);

/** An object's value may have 2 MB, and a text that is said 4,096 characters of two bytes. */
const CHARACTERS_KEPT = 100_000;

/** The log with the next sounds: the latest entries, and no more text than an object can store. */
export function withSounds(log: NetworkSound[], next: NetworkSound[]): NetworkSound[] {
  const sounds = latestOf([...log, ...next]);
  let characters = 0;
  const first = sounds.findLastIndex((sound) => {
    characters += JSON.stringify(sound).length;
    return characters > CHARACTERS_KEPT;
  });
  return sounds.slice(first + 1);
}

/** The sounds of prompts one after the other, from `from` on, if nothing ends them. A pause is no sound. */
export function soundsOf(prompts: Prompt[], from: number, speed = 1): NetworkSound[] {
  let at = from;
  return prompts.flatMap((prompt): NetworkSound[] => {
    const span = { from: at, to: at + Math.round((promptSeconds(prompt) * 1000) / speed) };
    at = span.to;
    const content = contentOf(prompt);
    return content && span.to > span.from ? [{ ...span, ...content }] : [];
  });
}

function contentOf(prompt: Prompt): SoundContent | undefined {
  if ('say' in prompt) {
    const { say: text, ssml, language, voice } = prompt;
    return isHeard(prompt) ? { what: 'say', text, language, ...defined({ ssml, voice }) } : undefined;
  }
  if ('play' in prompt) return { what: 'play', url: prompt.play, ...defined({ account: prompt.account }) };
  if ('tune' in prompt) return { what: 'tune', tune: prompt.tune };
  return 'digits' in prompt ? { what: 'digits', digits: prompt.digits } : undefined;
}

/** The entries as they are when all of them end at `at`: what had not begun by then is none. */
export const endAt = <Entry extends TimeSpan>(entries: Entry[], at: number): Entry[] =>
  entries.flatMap((entry) => {
    if (entry.to !== undefined && entry.to <= at) return [entry];
    return entry.from < at ? [{ ...entry, to: at }] : [];
  });
