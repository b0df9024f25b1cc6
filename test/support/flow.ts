import { readDocument } from '../../src/flow/document.ts';
import { type InterpreterStep, resumeAt, startVerb } from '../../src/flow/interpreter.ts';
import type { Verb, VerbEvent } from '../../src/flow/verb.ts';

const BASE = 'https://x.example/flows/start';

let playbacks = 0;
const guide = {
  language: 'nl-NL',
  flowLanguage: 'nl-NL',
  base: BASE,
  answered: true,
  newPlayback: () => `playback-${++playbacks}`,
};

/** The verbs of a document in JSON, as a call would run it. */
export function documentOf(verbs: unknown[]): Verb[] {
  const reading = readDocument(JSON.stringify(verbs), 'application/json');
  if ('code' in reading) throw new Error(reading.detail);
  return reading.verbs;
}

export const begin = (verbs: unknown[], around: Partial<typeof guide> = {}): InterpreterStep =>
  startVerb({ document: documentOf(verbs), base: BASE, index: 0 }, { ...guide, ...around });

/** What becomes of a flow when these events happen one after the other: only the last move. */
export const upon = (
  move: InterpreterStep,
  ...events: (VerbEvent | 'prompt ends' | 'prompt fails')[]
): InterpreterStep =>
  events.reduce((it, event) => {
    // As a call does, the flow keeps its language from one event to the next.
    const { flowLanguage = guide.flowLanguage } = it;
    const next = resumeAt(it.position, typeof event === 'string' ? ended(it, event) : event, {
      ...guide,
      flowLanguage,
    });
    return { flowLanguage, ...next };
  }, move);

const ended = ({ position }: InterpreterStep, how: 'prompt ends' | 'prompt fails'): VerbEvent => ({
  type: 'leg.playback-ended',
  playback: position.playback ?? 'none',
  ...(how === 'prompt fails' && { unheard: true }),
});

export const digit = (key: string): VerbEvent => ({ type: 'leg.digit', digit: key });
export const digits = (keys: string): VerbEvent[] => [...keys].map(digit);
export const timeout: VerbEvent = { type: 'timer.verb' };
