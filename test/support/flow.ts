import { readDocument } from '../../src/flow/document.ts';
import { type InterpreterStep, resumeAt, startVerb } from '../../src/flow/interpreter.ts';
import type { Verb, VerbEvent } from '../../src/flow/verb.ts';

const BASE = 'https://x.example/flows/start';

let playbacks = 0;
const guide = { language: 'nl-NL', base: BASE, answered: true, newPlayback: () => `playback-${++playbacks}` };

/** The verbs of a document in JSON, as a call would run it. */
export function documentOf(verbs: unknown[]): Verb[] {
  const reading = readDocument(JSON.stringify(verbs), 'application/json');
  if ('code' in reading) throw new Error(reading.detail);
  return reading.verbs;
}

export const begin = (verbs: unknown[], around: Partial<typeof guide> = {}): InterpreterStep =>
  startVerb({ document: documentOf(verbs), base: BASE, index: 0 }, { ...guide, ...around });

/** What becomes of a flow when these events happen one after the other: only the last move. */
export const upon = (move: InterpreterStep, ...events: (VerbEvent | 'prompt ends')[]): InterpreterStep =>
  events.reduce((it, event) => resumeAt(it.position, event === 'prompt ends' ? ended(it) : event, guide), move);

const ended = ({ position }: InterpreterStep): VerbEvent => ({
  type: 'leg.playback-ended',
  playback: position.playback ?? 'none',
});

export const digit = (key: string): VerbEvent => ({ type: 'leg.digit', digit: key });
export const digits = (keys: string): VerbEvent[] => [...keys].map(digit);
export const timeout: VerbEvent = { type: 'timer.verb' };
