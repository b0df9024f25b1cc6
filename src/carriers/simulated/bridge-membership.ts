import type { BridgeMembership } from '../../contracts/carrier.ts';
import { defined } from '../../lib/defined.ts';
import type { BridgeNote, NotedChange } from './bridge.ts';
import { type Leg, plan, speedOf } from './leg.ts';
import { latest } from './sounds.ts';

/** A leg's side of a bridge: it notes what the bridge must know. Every note is sent until it arrived. */

/** Enters a bridge, or changes how it takes part in the one it is in. */
export function joinBridge(leg: Leg, { bridge, muted, coaches, talking }: BridgeMembership): Leg {
  const part: BridgeMembership = {
    bridge,
    muted,
    ...defined({ coaches }),
    ...(talking && { talking }),
  };
  const isIn = isInBridge(leg, bridge.id);
  const changed = sayHow(isIn ? { ...leg, part } : beginStay({ ...leaveBridge(leg), part }));
  const isNews = talking && !(isIn && leg.part?.talking);
  return isNews && changed.speaks ? plan(changed, 0, { type: 'leg.talking', talking: true }) : changed;
}

export const isInBridge = ({ part }: Leg, bridge: string): boolean => part?.bridge.id === bridge;

export function leaveBridge(leg: Leg): Leg {
  const { part, ...alone } = note(leg, { is: 'out' });
  return part ? endStay(alone) : leg;
}

/** From now on its time runs by itself, at this speed. */
export function startFreeRun(leg: Leg, speed: number): Leg {
  const { granted: _over, ...running } = { ...leg, free: speed };
  return running.part ? sayHow(beginStay(endStay(running))) : running;
}

/** It begins or ceases to speak, as its script says. */
export const speak = (leg: Leg, speaks: boolean): Leg => sayHow({ ...leg, speaks });

/** Keys go through a bridge to all others in it … */
export function passKeys(leg: Leg, keys: { digits: string; from: number; to?: number }[]): Leg {
  if (keys.length === 0) return leg;
  const toWall = (at: number) => leg.wall + (at - leg.now) / speedOf(leg);
  const pressed = keys.map(({ digits, from, to = from }) => ({ digits, from: toWall(from), to: toWall(to) }));
  return note(leg, { is: 'pressing', keys: pressed });
}

/** … and those that were announced and are no longer pressed do not. */
export const releaseKeys = (leg: Leg): Leg => note(leg, { is: 'released' });

function sayHow(leg: Leg): Leg {
  const { part, script, speaks, voice } = leg;
  if (!part) return leg;
  const { muted, coaches } = part;
  const silent = script.talks !== undefined && !speaks;
  const how = defined({ muted, silent, coaches, voice });
  return note(leg, { is: 'in', ...how, speed: speedOf(leg) });
}

function note(leg: Leg, said: NotedChange): Leg {
  if (!leg.part) return leg;
  const n = leg.noted + 1;
  const entry: BridgeNote = { n, leg: leg.id, bridge: leg.part.bridge.id, wall: leg.wall, ...said };
  return { ...leg, noted: n, notes: [...leg.notes, entry] };
}

function beginStay(leg: Leg): Leg {
  if (!leg.part) return leg;
  const { now: from, wall } = leg;
  return { ...leg, stays: latest([...leg.stays, { bridge: leg.part.bridge.id, from, wall, speed: speedOf(leg) }]) };
}

function endStay(leg: Leg): Leg {
  const last = leg.stays.at(-1);
  return last && last.to === undefined ? { ...leg, stays: [...leg.stays.slice(0, -1), { ...last, to: leg.now }] } : leg;
}
