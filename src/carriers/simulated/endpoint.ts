import type { LegEvent } from '../../contracts/carrier.ts';
import { advanceBridge, nextDueInBridge, type SimulatedBridge } from './bridge.ts';
import { type SimulatedLeg, schedule } from './leg.ts';
import { advanceLeg, nextDueInLeg } from './machine.ts';
import {
  claimRenderJob,
  hasFailed,
  nextRenderJob,
  type RenderResult,
  renewRenderClaims,
  replaceRecorder,
  type SimulatedRecorder,
  settleRenderJob,
} from './recorder.ts';

/** The state of a simulated object: the leg or the bridge that it is, and events that may not have reached their owner. JSON. */
export type SimulatedEndpoint = { undelivered: LegEvent[] } & (
  | { leg: SimulatedLeg; bridge?: undefined }
  | { bridge: SimulatedBridge; leg?: undefined }
);

export const RENDERING_FAILED = 'rendering-failed';

/** When the alarm must look at the endpoint again. Updates are sent to bridges at once, unless bridges rest until `restUntil`. */
export function nextAlarm({ leg, bridge }: SimulatedEndpoint, restUntil: number): number | undefined {
  const { recorders } = leg ?? bridge;
  const due = [
    leg ? nextDueInLeg(leg) : nextDueInBridge(bridge),
    nextRenderJob(recorders),
    leg && leg.bridgeUpdates.length > 0 ? restUntil : undefined,
  ].filter((at) => at !== undefined);
  return due.length > 0 ? Math.min(...due) : undefined;
}

/** Lets the next thing happen that is due; answers with the same endpoint when nothing is. */
export function advanceEndpoint(endpoint: SimulatedEndpoint, now: number): SimulatedEndpoint {
  const { leg, bridge } = endpoint;
  const due = leg ? nextDueInLeg(leg) : nextDueInBridge(bridge);
  if (due === undefined || due > now) return endpoint;
  const { events: undelivered, ...advanced } = leg ? advanceLeg(leg, now) : advanceBridge(bridge, now);
  return { ...advanced, undelivered };
}

const recordersOf = ({ leg, bridge }: SimulatedEndpoint): SimulatedRecorder[] => (leg ?? bridge).recorders ?? [];

function withRecorders(
  { undelivered, leg, bridge }: SimulatedEndpoint,
  recorders: SimulatedRecorder[],
): SimulatedEndpoint {
  return leg ? { undelivered, leg: { ...leg, recorders } } : { undelivered, bridge: { ...bridge, recorders } };
}

/** The recorder of a recording. The endpoint has one, or nobody would ask. */
export const recorderOf = (endpoint: SimulatedEndpoint, recording: string): SimulatedRecorder =>
  recordersOf(endpoint).find((it) => it.recording === recording) as SimulatedRecorder;

/** Claims the next recording that is to be rendered. */
export function claimRendering(
  endpoint: SimulatedEndpoint,
  now: number,
): { endpoint: SimulatedEndpoint; recorder: SimulatedRecorder } | undefined {
  const recorders = recordersOf(endpoint);
  const recorder = claimRenderJob(recorders, now);
  return recorder && { endpoint: withRecorders(endpoint, replaceRecorder(recorders, recorder)), recorder };
}

/** Keeps the claims of renderings that go on. */
export function renewClaims(endpoint: SimulatedEndpoint, now: number): SimulatedEndpoint {
  const recorders = recordersOf(endpoint);
  return recorders.some(({ job }) => job?.isClaimed)
    ? withRecorders(endpoint, renewRenderClaims(recorders, now))
    : endpoint;
}

/** Ends a claim with its result. A leg that is still there reports a recording that can never be rendered. */
export function settleRendering(
  endpoint: SimulatedEndpoint,
  claimed: SimulatedRecorder,
  result: RenderResult,
  now: number,
): SimulatedEndpoint {
  const recorders = replaceRecorder(recordersOf(endpoint), settleRenderJob(claimed, result, now));
  const settled = withRecorders(endpoint, recorders);
  const { leg, undelivered } = settled;
  if (!leg || leg.status === 'ended' || !hasFailed(claimed, result)) return settled;
  const { recording } = claimed;
  return { undelivered, leg: schedule(leg, 0, { type: 'leg.recorder-failed', recording, reason: RENDERING_FAILED }) };
}
