import type { Instruction, Prompt } from '../contracts/carrier.ts';
import type { RecorderRequest } from '../contracts/recording.ts';
import { defined } from '../lib/defined.ts';
import type { AnyVerb, Verb, VerbContext, VerbDecision, VerbEvent, VerbStep } from './verb.ts';
import { verbNamed } from './verbs/index.ts';

/** Where a call is in its document. JSON: it waits in the call's row. */
export interface Position {
  document: Verb[];
  base?: string;
  index: number;
  progress?: unknown;
  /** The playback that is on. */
  playback?: string;
}

/** What the call does next: what its verb has decided, or what follows from the document. */
export type Decision =
  | Exclude<VerbDecision, { do: 'wait' | 'next' }>
  /** Stay until an event; `within` seconds from now the verb timer fires, where given. */
  | { do: 'wait'; within?: number }
  /** The verb at the position needs an answered line first. */
  | { do: 'answer' }
  /** There is no verb left. */
  | { do: 'end' }
  /** The event was not for this verb. */
  | { do: 'nothing' };

export interface InterpreterStep {
  position: Position;
  instructions: Instruction[];
  /** What the recorder is to do, in this order. */
  recorders: RecorderRequest[];
  /** Names of the verbs that began, for the timeline. */
  began: string[];
  decision: Decision;
}

/** What the interpreter must be told: the call's surroundings, and a fresh playback id whenever it asks. */
export interface InterpreterContext extends VerbContext {
  newPlayback: () => string;
}

const NOTHING: Omit<InterpreterStep, 'position'> = {
  instructions: [],
  recorders: [],
  began: [],
  decision: { do: 'nothing' },
};

/** Starts the verb at the position, and those after it, until one waits or the document is over. */
export function enter(position: Position, guide: InterpreterContext): InterpreterStep {
  return run({ position, ...NOTHING }, guide);
}

/** Hands an event to the verb that waits. */
export function resume(position: Position, event: VerbEvent, guide: InterpreterContext): InterpreterStep {
  const nothing: InterpreterStep = { position, ...NOTHING };
  if (event.type === 'leg.playback-ended' && event.playback !== position.playback) return nothing;
  const verb = position.document[position.index];
  const react = verb && verbNamed(verb.verb)?.on?.[event.type];
  if (!react) return nothing;
  const here = event.type === 'leg.playback-ended' ? without(position) : position;
  return take(react(position.progress as never, event as never, verb, guide), { ...nothing, position: here }, guide);
}

function run(move: InterpreterStep, guide: InterpreterContext): InterpreterStep {
  const { position } = move;
  const verb = position.document[position.index];
  const definition = verb && verbNamed(verb.verb);
  if (!verb || !definition) return { ...move, decision: { do: 'end' } };
  if (!guide.answered && needsAnswer(definition, verb)) return { ...move, decision: { do: 'answer' } };
  return take(definition.start(verb, guide), { ...move, began: [...move.began, verb.verb] }, guide);
}

const needsAnswer = ({ answers = true }: AnyVerb, verb: Verb): boolean =>
  typeof answers === 'function' ? answers(verb) : answers;

function take({ recorder, ...step }: VerbStep, before: InterpreterStep, guide: InterpreterContext): InterpreterStep {
  const move = recorder ? { ...before, recorders: [...before.recorders, recorder] } : before;
  if (step.do === 'wait') return stay(step, move, guide);
  const left = silence(move);
  if (step.do !== 'next') return { ...left, decision: step };
  const { document, base, index } = left.position;
  return run({ ...left, position: defined({ document, base, index: index + 1 }) }, guide);
}

function stay(
  step: Extract<VerbStep, { do: 'wait' }>,
  move: InterpreterStep,
  guide: InterpreterContext,
): InterpreterStep {
  const quiet = step.stop ? silence(move) : move;
  const decision: Decision = { do: 'wait', ...defined({ within: step.within }) };
  const waiting = { ...quiet, position: { ...quiet.position, progress: step.progress }, decision };
  return step.play ? start(step.play, waiting, guide) : waiting;
}

function start(prompts: Prompt[], move: InterpreterStep, guide: InterpreterContext): InterpreterStep {
  const playback = guide.newPlayback();
  return {
    ...move,
    position: { ...move.position, playback },
    instructions: [...move.instructions, { do: 'play', playback, prompts }],
  };
}

/** Ends the playback that is on, if any: leaving a verb never leaves its prompts behind. */
function silence(move: InterpreterStep): InterpreterStep {
  const { playback } = move.position;
  if (playback === undefined) return move;
  return {
    ...move,
    position: without(move.position),
    instructions: [...move.instructions, { do: 'stop', playback }],
  };
}

function without({ playback: _ended, ...position }: Position): Position {
  return position;
}
