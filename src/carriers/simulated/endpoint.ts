import type { LegEvent } from '../../contracts/carrier.ts';
import { nextInBridge, type SimulatedBridge, stepInBridge } from './bridge.ts';
import { type Leg, plan } from './leg.ts';
import { nextWall, step } from './machine.ts';
import {
  claim,
  hasFailed,
  type JobResult,
  nextJob,
  replaced,
  type SimulatedRecorder,
  settle,
  stillAtIt,
} from './recorder.ts';

/** What the object keeps: the leg or the bridge that it is, and events that their owner may not have heard. JSON. */
export type SimulatedEndpoint = { unheard: LegEvent[] } & (
  | { leg: Leg; mixing?: undefined }
  | { mixing: SimulatedBridge; leg?: undefined }
);

export const RENDERING_FAILED = 'rendering-failed';

/** When the alarm must look at it: bridges are told at once, unless they rest. */
export function nextOf({ leg, mixing }: SimulatedEndpoint, restUntil: number): number | undefined {
  const { recorders } = leg ?? mixing;
  const notes = leg && leg.notes.length > 0 ? restUntil : undefined;
  const due = [leg ? nextWall(leg) : nextInBridge(mixing), nextJob(recorders), notes].filter((at) => at !== undefined);
  return due.length > 0 ? Math.min(...due) : undefined;
}

/** Lets the next thing happen that is due; the same line when there is none. */
export function stepLine(line: SimulatedEndpoint, now: number): SimulatedEndpoint {
  const due = line.mixing ? nextInBridge(line.mixing) : nextWall(line.leg);
  if (due === undefined || due > now) return line;
  const { events: unheard, ...stepped } = line.mixing ? stepInBridge(line.mixing, now) : step(line.leg, now);
  return { ...stepped, unheard };
}

const recordersOf = ({ leg, mixing }: SimulatedEndpoint): SimulatedRecorder[] => (leg ?? mixing).recorders ?? [];

function withRecorders(line: SimulatedEndpoint, recorders: SimulatedRecorder[]): SimulatedEndpoint {
  return line.leg
    ? { unheard: line.unheard, leg: { ...line.leg, recorders } }
    : { unheard: line.unheard, mixing: { ...line.mixing, recorders } };
}

/** It has one, or nobody would ask. */
export const recorderOf = (line: SimulatedEndpoint, recording: string): SimulatedRecorder =>
  recordersOf(line).find((it) => it.recording === recording) as SimulatedRecorder;

/** Takes the next recording whose sound is to be made. */
export function claimSound(
  line: SimulatedEndpoint,
  now: number,
): { line: SimulatedEndpoint; recorder: SimulatedRecorder } | undefined {
  const recorder = claim(recordersOf(line), now);
  return recorder && { line: withRecorders(line, replaced(recordersOf(line), recorder)), recorder };
}

/** Whoever makes a sound is still at it. */
export function stillMaking(line: SimulatedEndpoint, now: number): SimulatedEndpoint {
  const recorders = recordersOf(line);
  return recorders.some(({ job }) => job?.isClaimed) ? withRecorders(line, stillAtIt(recorders, now)) : line;
}

/** What came of a claim. A leg that is still there tells that a sound can never be made. */
export function settleSound(
  line: SimulatedEndpoint,
  claimed: SimulatedRecorder,
  result: JobResult,
  now: number,
): SimulatedEndpoint {
  const settled = withRecorders(line, replaced(recordersOf(line), settle(claimed, result, now)));
  const { leg, unheard } = settled;
  if (!leg || leg.status === 'over' || !hasFailed(claimed, result)) return settled;
  const { recording } = claimed;
  return { unheard, leg: plan(leg, 0, { type: 'leg.recorder-failed', recording, reason: RENDERING_FAILED }) };
}
