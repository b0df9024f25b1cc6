import type { LegEvent } from '../../contracts/carrier.ts';
import { type Mixing, nextInBridge, stepInBridge } from './bridge.ts';
import { type Leg, plan } from './leg.ts';
import { nextWall, step } from './machine.ts';
import { claim, hasFailed, nextJob, type Recorder, type Result, replaced, settle, stillAtIt } from './recorder.ts';

/** What the object keeps: the leg or the bridge that it is, and events that their owner may not have heard. JSON. */
export type Line = { unheard: LegEvent[] } & ({ leg: Leg; mixing?: undefined } | { mixing: Mixing; leg?: undefined });

export const RENDERING_FAILED = 'rendering-failed';

/** When the alarm must look at it: bridges are told at once, unless they rest. */
export function nextOf({ leg, mixing }: Line, restUntil: number): number | undefined {
  const { recorders } = leg ?? mixing;
  const notes = leg && leg.notes.length > 0 ? restUntil : undefined;
  const due = [leg ? nextWall(leg) : nextInBridge(mixing), nextJob(recorders), notes].filter((at) => at !== undefined);
  return due.length > 0 ? Math.min(...due) : undefined;
}

/** Lets the next thing happen that is due; the same line when there is none. */
export function stepLine(line: Line, now: number): Line {
  const due = line.mixing ? nextInBridge(line.mixing) : nextWall(line.leg);
  if (due === undefined || due > now) return line;
  const { events: unheard, ...stepped } = line.mixing ? stepInBridge(line.mixing, now) : step(line.leg, now);
  return { ...stepped, unheard };
}

const recordersOf = ({ leg, mixing }: Line): Recorder[] => (leg ?? mixing).recorders ?? [];

function withRecorders(line: Line, recorders: Recorder[]): Line {
  return line.leg
    ? { unheard: line.unheard, leg: { ...line.leg, recorders } }
    : { unheard: line.unheard, mixing: { ...line.mixing, recorders } };
}

/** It has one, or nobody would ask. */
export const recorderOf = (line: Line, recording: string): Recorder =>
  recordersOf(line).find((it) => it.recording === recording) as Recorder;

/** Takes the next recording whose sound is to be made. */
export function claimSound(line: Line, now: number): { line: Line; recorder: Recorder } | undefined {
  const recorder = claim(recordersOf(line), now);
  return recorder && { line: withRecorders(line, replaced(recordersOf(line), recorder)), recorder };
}

/** Whoever makes a sound is still at it. */
export function stillMaking(line: Line, now: number): Line {
  const recorders = recordersOf(line);
  return recorders.some(({ job }) => job?.isClaimed) ? withRecorders(line, stillAtIt(recorders, now)) : line;
}

/** What came of a claim. A leg that is still there tells that a sound can never be made. */
export function settleSound(line: Line, claimed: Recorder, result: Result, now: number): Line {
  const settled = withRecorders(line, replaced(recordersOf(line), settle(claimed, result, now)));
  const { leg, unheard } = settled;
  if (!leg || leg.status === 'over' || !hasFailed(claimed, result)) return settled;
  const { recording } = claimed;
  return { unheard, leg: plan(leg, 0, { type: 'leg.recorder-failed', recording, reason: RENDERING_FAILED }) };
}
