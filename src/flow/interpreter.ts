import type { Instruction, Prompt } from '../contracts/carrier.ts';
import type { RecorderRequest } from '../contracts/recording.ts';
import { defined } from '../lib/defined.ts';
import type { AnyVerb, Verb, VerbContext, VerbDecision, VerbEvent, VerbStep } from './verb.ts';
import { verbNamed } from './verbs/index.ts';

/** The place of a call in its document, as JSON: it waits in the call's row. */
export interface Position {
  document: Verb[];
  base?: string;
  index: number;
  progress?: unknown;
  /** The playback that the verb has started and that has not ended. */
  playback?: string;
}

/** What the call does next: its verb has decided that, or it follows from the document. */
export type Decision =
  | Exclude<VerbDecision, { do: 'wait' | 'next' }>
  /** Wait for an event; `within` seconds from now the verb's timer fires, if given. */
  | { do: 'wait'; within?: number }
  /** Answer the line, which the verb at the position needs. */
  | { do: 'answer' }
  /** There is no verb left. */
  | { do: 'end' }
  /** The event was not for this verb. */
  | { do: 'nothing' };

export interface InterpreterStep {
  position: Position;
  instructions: Instruction[];
  /** Requests to the recorder, in their order. */
  recorders: RecorderRequest[];
  /** The names of the verbs that began, for the timeline. */
  began: string[];
  /** The language that the flow has from here on, if one of these verbs has named it. */
  flowLanguage?: string;
  decision: Decision;
}

/** The interpreter needs the call's surroundings, and a fresh playback id whenever it asks for one. */
export interface InterpreterContext extends VerbContext {
  newPlayback: () => string;
}

const NOTHING: Omit<InterpreterStep, 'position'> = {
  instructions: [],
  recorders: [],
  began: [],
  decision: { do: 'nothing' },
};

/** Starts the verb at the position, and those after it, until a verb waits or the document is over. */
export function startVerb(position: Position, guide: InterpreterContext): InterpreterStep {
  return runVerb({ position, ...NOTHING }, guide);
}

/** Hands an event to the verb that waits. */
export function resumeAt(position: Position, event: VerbEvent, guide: InterpreterContext): InterpreterStep {
  const nothing: InterpreterStep = { position, ...NOTHING };
  if (event.type === 'leg.playback-ended' && event.playback !== position.playback) return nothing;
  const verb = position.document[position.index];
  const react = verb && verbNamed(verb.verb)?.on?.[event.type];
  if (!react) return nothing;
  const here = event.type === 'leg.playback-ended' ? withoutPlayback(position) : position;
  return applyVerbStep(
    react(position.progress as never, event as never, verb, guide),
    { ...nothing, position: here },
    guide,
  );
}

function runVerb(move: InterpreterStep, guide: InterpreterContext): InterpreterStep {
  const { position } = move;
  const verb = position.document[position.index];
  const definition = verb && verbNamed(verb.verb);
  if (!verb || !definition) return { ...move, decision: { do: 'end' } };
  if (!guide.answered && needsAnswer(definition, verb)) return { ...move, decision: { do: 'answer' } };
  const begun = { ...move, began: [...move.began, verb.verb], ...defined({ flowLanguage: definition.speaks?.(verb) }) };
  return applyVerbStep(definition.start(verb, guide), begun, guide);
}

const needsAnswer = ({ answers = true }: AnyVerb, verb: Verb): boolean =>
  typeof answers === 'function' ? answers(verb) : answers;

function applyVerbStep(
  { recorder, ...step }: VerbStep,
  before: InterpreterStep,
  guide: InterpreterContext,
): InterpreterStep {
  const move = recorder ? { ...before, recorders: [...before.recorders, recorder] } : before;
  if (step.do === 'wait') return waitHere(step, move, guide);
  const left = stopPlayback(move);
  if (step.do !== 'next') return { ...left, decision: step };
  const { document, base, index } = left.position;
  const { flowLanguage = guide.flowLanguage } = left;
  return runVerb({ ...left, position: defined({ document, base, index: index + 1 }) }, { ...guide, flowLanguage });
}

function waitHere(
  step: Extract<VerbStep, { do: 'wait' }>,
  move: InterpreterStep,
  guide: InterpreterContext,
): InterpreterStep {
  const quiet = step.stop ? stopPlayback(move) : move;
  const decision: Decision = { do: 'wait', ...defined({ within: step.within }) };
  const waiting = { ...quiet, position: { ...quiet.position, progress: step.progress }, decision };
  return step.play ? startPlayback(step.play, waiting, guide) : waiting;
}

function startPlayback(prompts: Prompt[], move: InterpreterStep, guide: InterpreterContext): InterpreterStep {
  const playback = guide.newPlayback();
  return {
    ...move,
    position: { ...move.position, playback },
    instructions: [...move.instructions, { do: 'play', playback, prompts }],
  };
}

/** Stops the playback, if there is one: a verb that is left must not be heard any more. */
function stopPlayback(move: InterpreterStep): InterpreterStep {
  const { playback } = move.position;
  if (playback === undefined) return move;
  return {
    ...move,
    position: withoutPlayback(move.position),
    instructions: [...move.instructions, { do: 'stop', playback }],
  };
}

function withoutPlayback({ playback: _ended, ...position }: Position): Position {
  return position;
}
