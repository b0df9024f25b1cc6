import type { BridgeMembership } from '../../contracts/carrier.ts';
import { defined } from '../../lib/defined.ts';
import type { BridgeChange, BridgeUpdate } from './bridge.ts';
import { type SimulatedLeg, schedule, speedOf } from './leg.ts';
import { latestOf } from './sounds.ts';

/** A leg's side of a bridge: the leg keeps updates for the bridge, each of which is sent until it has arrived. */

/** Joins a bridge, or changes how the leg takes part in the one that it is in. */
export function joinBridge(leg: SimulatedLeg, { bridge, muted, coaches, talking }: BridgeMembership): SimulatedLeg {
  const membership: BridgeMembership = {
    bridge,
    muted,
    ...defined({ coaches }),
    ...(talking && { talking }),
  };
  const isIn = isInBridge(leg, bridge.id);
  const joined = updateMembership(isIn ? { ...leg, membership } : beginBridgeStay({ ...leaveBridge(leg), membership }));
  const isNews = talking && !(isIn && leg.membership?.talking);
  return isNews && joined.isSpeaking ? schedule(joined, 0, { type: 'leg.talking', talking: true }) : joined;
}

export const isInBridge = ({ membership }: SimulatedLeg, bridge: string): boolean => membership?.bridge.id === bridge;

export function leaveBridge(leg: SimulatedLeg): SimulatedLeg {
  const { membership, ...alone } = addBridgeUpdate(leg, { is: 'out' });
  return membership ? endBridgeStay(alone) : leg;
}

/** From now on the leg's time runs by itself, at this speed. */
export function setFreeRunSpeed(leg: SimulatedLeg, speed: number): SimulatedLeg {
  const { timeGrant: _over, ...running } = { ...leg, freeRunSpeed: speed };
  return running.membership ? updateMembership(beginBridgeStay(endBridgeStay(running))) : running;
}

/** The party begins or ceases to speak, as its script says. */
export const setSpeaking = (leg: SimulatedLeg, isSpeaking: boolean): SimulatedLeg =>
  updateMembership({ ...leg, isSpeaking });

/** Lets everyone else in the bridge hear keys that are pressed now, or will be. */
export function passKeys(leg: SimulatedLeg, keys: { digits: string; from: number; to?: number }[]): SimulatedLeg {
  if (keys.length === 0) return leg;
  const toWall = (at: number) => leg.wall + (at - leg.now) / speedOf(leg);
  const pressed = keys.map(({ digits, from, to = from }) => ({ digits, from: toWall(from), to: toWall(to) }));
  return addBridgeUpdate(leg, { is: 'pressing', keys: pressed });
}

/** Takes back keys that were passed and are no longer pressed. */
export const releaseKeys = (leg: SimulatedLeg): SimulatedLeg => addBridgeUpdate(leg, { is: 'released' });

function updateMembership(leg: SimulatedLeg): SimulatedLeg {
  const { membership, script, isSpeaking, pitch } = leg;
  if (!membership) return leg;
  const { muted, coaches } = membership;
  const isSilent = script.talks !== undefined && !isSpeaking;
  const how = defined({ muted, isSilent, coaches, pitch });
  return addBridgeUpdate(leg, { is: 'in', ...how, speed: speedOf(leg) });
}

function addBridgeUpdate(leg: SimulatedLeg, change: BridgeChange): SimulatedLeg {
  if (!leg.membership) return leg;
  const n = leg.bridgeUpdatesMade + 1;
  const update: BridgeUpdate = { n, leg: leg.id, bridge: leg.membership.bridge.id, wall: leg.wall, ...change };
  return { ...leg, bridgeUpdatesMade: n, bridgeUpdates: [...leg.bridgeUpdates, update] };
}

function beginBridgeStay(leg: SimulatedLeg): SimulatedLeg {
  if (!leg.membership) return leg;
  const { now: from, wall, membership } = leg;
  const stay = { bridge: membership.bridge.id, from, wall, speed: speedOf(leg) };
  return { ...leg, bridgeStays: latestOf([...leg.bridgeStays, stay]) };
}

function endBridgeStay(leg: SimulatedLeg): SimulatedLeg {
  const last = leg.bridgeStays.at(-1);
  if (!last || last.to !== undefined) return leg;
  return { ...leg, bridgeStays: [...leg.bridgeStays.slice(0, -1), { ...last, to: leg.now }] };
}
