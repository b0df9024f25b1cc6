import type { BridgeMembership, LegFact, Script } from '../../contracts/carrier.ts';
import type { BridgeNote } from './bridge.ts';
import type { SimulatedRecorder } from './recorder.ts';
import type { Sound, Span } from './sounds.ts';

/** Something the other party, or the network, will do. Times are the leg's own, epoch milliseconds. */
interface Planned {
  at: number;
  fact: LegFact;
}

/** One simulated leg. JSON. */
export interface Leg {
  id: string;
  script: Script;
  status: 'new' | 'dialing' | 'ringing' | 'up' | 'over';
  /** The leg's time, and the wall time of that moment. */
  now: number;
  wall: number;
  /** The soonest first. */
  plan: Planned[];
  playback?: string;
  /** Digits that wait for the end of a prompt. */
  patient: Script['digits'];
  /** Instructions performed and events reported so far. */
  performed: number;
  reported: number;
  /** For a leg whose time runs faster: how far it may run before it hears from its call again. */
  granted?: { until?: number };
  /** Its time runs by itself, so many times faster than real time; it waits for nobody. */
  free?: number;
  /** How it takes part in a bridge, while it does. */
  part?: BridgeMembership;
  /** Of a leg whose script says when it speaks: it does now. */
  speaks?: boolean;
  answeredAt?: number;
  endedAt?: number;
  /** What it heard outside of bridges, and in which bridges it was. */
  sounds: Sound[];
  /** Sounds from before this were too many to be kept. */
  forgottenUntil?: number;
  stays: Stay[];
  /** The pitch of its voice, in hertz. */
  voice?: number;
  recorders?: SimulatedRecorder[];
  /** The keys that it pressed while it was recorded. */
  pressed?: Pressed[];
  /** What bridges have not been told yet, and how many notes there were so far. */
  notes: BridgeNote[];
  noted: number;
}

/** A time in a bridge. A bridge keeps wall time, since each leg has a time of its own. */
export interface Stay {
  bridge: string;
  from: number;
  to?: number;
  /** The wall time of `from`, and how much faster than that the leg's own time runs. */
  wall: number;
  speed: number;
}

export const newLeg = (id: string, script: Script, at: number, wall: number): Leg => ({
  id,
  script,
  status: 'new',
  now: at,
  wall,
  plan: [],
  patient: script.digits.filter((entry) => entry.after_prompt),
  performed: 0,
  reported: 0,
  sounds: [],
  stays: [],
  notes: [],
  noted: 0,
});

export const speedOf = ({ free, script }: Leg): number => free ?? script.speed;

export function plan(leg: Leg, seconds: number, fact: LegFact): Leg {
  const at = leg.now + Math.round(seconds * 1000);
  return { ...leg, plan: [...leg.plan, { at, fact }].sort((a, b) => a.at - b.at) };
}

/** Keys that a party pressed. */
export type Pressed = Span & { digits: string; to: number };
