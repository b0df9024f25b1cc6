import type { BridgeMembership, LegFact, Script } from '../../contracts/carrier.ts';
import type { BridgeUpdate } from './bridge.ts';
import type { SimulatedRecorder } from './recorder.ts';
import type { NetworkSound, TimeSpan } from './sounds.ts';

/** Something that the other party, or the network, will do. The time is the leg's own, in epoch milliseconds. */
interface ScheduledFact {
  at: number;
  fact: LegFact;
}

/** One simulated leg. JSON. */
export interface SimulatedLeg {
  id: string;
  script: Script;
  status: 'new' | 'dialing' | 'ringing' | 'up' | 'ended';
  /** The leg's own time, and the wall time of that moment. */
  now: number;
  wall: number;
  /** The soonest first. */
  scheduled: ScheduledFact[];
  /** The id of the playback that is on. */
  playback?: string;
  /** Digits of the script that are pressed when a prompt has ended. */
  digitsAfterPrompt: Script['digits'];
  /** How many instructions were performed, and how many events reported, so far. */
  performed: number;
  reported: number;
  /** How far a leg whose time runs faster may run before it hears from its call again; absent while it stands still. */
  timeGrant?: { until?: number };
  /** The leg's time runs by itself, so many times faster than real time: it waits for nobody. */
  freeRunSpeed?: number;
  /** How the leg takes part in a bridge, while it does. */
  membership?: BridgeMembership;
  /** The party speaks at this moment; only of a leg whose script says when it does. */
  isSpeaking?: boolean;
  answeredAt?: number;
  endedAt?: number;
  /** The sounds that the leg heard outside of bridges. */
  sounds: NetworkSound[];
  /** Sounds from before this time were too many to be kept. */
  forgottenUntil?: number;
  /** The times that the leg spent in bridges. */
  bridgeStays: BridgeStay[];
  /** The pitch of the party's voice, in hertz. */
  pitch?: number;
  recorders?: SimulatedRecorder[];
  /** The keys that the party pressed while it was recorded. */
  pressedKeys?: PressedKeys[];
  /** Updates that have not reached their bridges yet, and how many there were so far. */
  bridgeUpdates: BridgeUpdate[];
  bridgeUpdatesMade: number;
}

/** A time that a leg spent in a bridge. Bridges keep wall time, since each leg has a time of its own. */
export interface BridgeStay {
  bridge: string;
  from: number;
  to?: number;
  /** The wall time of `from`, and how much faster than wall time the leg's own time runs. */
  wall: number;
  speed: number;
}

/** Keys that a party pressed. */
export type PressedKeys = TimeSpan & { digits: string; to: number };

export const newSimulatedLeg = (id: string, script: Script, at: number, wall: number): SimulatedLeg => ({
  id,
  script,
  status: 'new',
  now: at,
  wall,
  scheduled: [],
  digitsAfterPrompt: script.digits.filter((entry) => entry.after_prompt),
  performed: 0,
  reported: 0,
  sounds: [],
  bridgeStays: [],
  bridgeUpdates: [],
  bridgeUpdatesMade: 0,
});

/** How much faster than wall time the leg's own time runs. */
export const speedOf = ({ freeRunSpeed, script }: SimulatedLeg): number => freeRunSpeed ?? script.speed;

/** Has something happen to the leg after so many seconds of its own time. */
export function schedule(leg: SimulatedLeg, seconds: number, fact: LegFact): SimulatedLeg {
  const at = leg.now + Math.round(seconds * 1000);
  return { ...leg, scheduled: [...leg.scheduled, { at, fact }].sort((a, b) => a.at - b.at) };
}
