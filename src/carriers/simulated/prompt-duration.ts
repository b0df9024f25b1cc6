import type { Prompt } from '../../contracts/carrier.ts';
import { pressSeconds } from '../../contracts/dtmf.ts';
import { TUNE_SECONDS } from '../../speech/tunes.ts';

/** About 150 words a minute, the pace of a calm announcement. */
const SECONDS_PER_LETTER = 0.065;
const SECONDS_PER_DIGIT = 0.35;
const SECONDS_PER_STOP = 0.4;

/** The simulated network opens no audio file: every file lasts this long. */
export const FILE_SECONDS = 3;

/** How long it takes to say a text, markup left out. */
export function spokenSeconds(text: string): number {
  const words = text.replace(/<[^<>]*>/g, ' ');
  const count = (pattern: RegExp) => words.match(pattern)?.length ?? 0;
  return (
    count(/[\p{L}\s]/gu) * SECONDS_PER_LETTER +
    count(/\p{N}/gu) * SECONDS_PER_DIGIT +
    count(/[.!?;:,]/g) * SECONDS_PER_STOP
  );
}

/** How long a prompt is heard on the simulated network. */
export function promptSeconds(prompt: Prompt): number {
  if ('say' in prompt) return prompt.times * spokenSeconds(prompt.say);
  if ('play' in prompt) return prompt.times * FILE_SECONDS;
  if ('tune' in prompt) return prompt.times * TUNE_SECONDS[prompt.tune];
  if ('pause' in prompt) return prompt.pause;
  return pressSeconds(prompt.digits);
}
