import type { Prompt } from '../../contracts/carrier.ts';
import { pressSeconds } from '../../contracts/dtmf.ts';
import { splitSpeech, spokenText } from '../../speech/ssml.ts';
import { TUNE_SECONDS } from '../../speech/tunes.ts';

/** About 150 words a minute, the pace of a calm announcement. */
const SECONDS_PER_LETTER = 0.065;
const SECONDS_PER_DIGIT = 0.35;
const SECONDS_PER_SIGN = 0.5;
const SECONDS_PER_STOP = 0.4;

/** The simulated network opens no audio file: every file lasts this long. */
export const FILE_SECONDS = 3;

/** The signs that a voice reads out by their names. A bracket, a bar or a full stop alone is silent. */
const SIGNS = /(?![<>|^`])[\p{S}%&@#*/\\§]/gu;
const SPOKEN = new RegExp(`[\\p{L}\\p{N}]|${SIGNS.source}`, 'u');

/** How long it takes to say a text. One of which nothing is spoken takes no time. */
export function spokenSeconds(text: string): number {
  if (!SPOKEN.test(text)) return 0;
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  return (
    count(/[\p{L}\s]/gu) * SECONDS_PER_LETTER +
    count(/\p{N}/gu) * SECONDS_PER_DIGIT +
    count(SIGNS) * SECONDS_PER_SIGN +
    count(/[.!?;:,]/g) * SECONDS_PER_STOP
  );
}

type Say = Extract<Prompt, { say: string }>;

/** Nothing is played for a shorter time than this: a line would hear so much silence. */
const SHORTEST_SECONDS = 0.1;

function saySeconds({ say, ssml, language }: Say): number {
  const seconds = splitSpeech(say, language, ssml).map((piece) =>
    piece.type === 'pause' ? piece.ms / 1000 : spokenSeconds(piece.text) / piece.rate,
  );
  return Math.max(
    SHORTEST_SECONDS,
    seconds.reduce((sum, it) => sum + it, 0),
  );
}

/** Whether a voice would make a sound of it. */
export const isHeard = ({ say, ssml, language }: Say): boolean => SPOKEN.test(ssml ? spokenText(say, language) : say);

/** How long a prompt is heard on the simulated network. */
export function promptSeconds(prompt: Prompt): number {
  if ('say' in prompt) return prompt.times * saySeconds(prompt);
  if ('play' in prompt) return prompt.times * FILE_SECONDS;
  if ('tune' in prompt) return prompt.times * TUNE_SECONDS[prompt.tune];
  if ('pause' in prompt) return prompt.pause;
  return pressSeconds(prompt.digits);
}
