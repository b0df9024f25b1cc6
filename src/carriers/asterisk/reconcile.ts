import { ariBridgeOf } from './bridge-requests.ts';
import {
  coachChannel,
  isAriId,
  isSipChannel,
  isSnoopChannel,
  legOfDialledChannel,
  machineDetector,
  whisperChannel,
} from './channel-names.ts';
import { type AriEvent, applyAriEvent, endLeg } from './events.ts';
import { type GatewayLeg, isLive, type LegChange } from './leg.ts';
import { openRecorderChannels } from './recording-requests.ts';

/** A channel as Asterisk lists it. */
export interface AriChannel {
  id: string;
  name: string;
  state: string;
}

/** So many channels that no leg has are remembered at a time; the next comparison finds the others. */
const MAX_UNKNOWN = 1000;

const entries = (body: unknown): Record<string, unknown>[] =>
  Array.isArray(body) ? body.filter((entry) => typeof entry === 'object' && entry !== null) : [];

/** The channels in an answer of Asterisk. What has not the form of one is left out. */
export const readChannels = (body: unknown): AriChannel[] =>
  entries(body).flatMap(({ id, name, state }) =>
    isAriId(id) && typeof name === 'string' && typeof state === 'string' ? [{ id, name, state }] : [],
  );

/** The bridges in an answer of Asterisk. */
export const readBridges = (body: unknown): AriBridge[] =>
  entries(body).flatMap(({ id, channels }) =>
    isAriId(id) && Array.isArray(channels) ? [{ id, channels: channels.filter(isAriId) }] : [],
  );

export interface ReconciledChannels {
  /** What was missed while the gateway was away. */
  missed: LegChange[];
  /** Channels to hang up: of legs that have ended, or go on over another channel. */
  hangUp: string[];
  /** Channels that are not known yet: an event about them may still be on its way. */
  unknown: string[];
}

/** Compares the channels that exist with the legs that should have one, after a time in which events may have been lost. */
export function reconcileChannels(legs: GatewayLeg[], channels: AriChannel[], now: number): ReconciledChannels {
  const found = new Map(channels.map((channel) => [channel.id, channel]));
  // A leg that was not dialled yet has no channel to miss.
  const dialled = legs.filter((leg) => isLive(leg) && leg.status !== 'new');
  const missed = dialled
    .map((leg) => catchUp(leg, found.get(leg.channel), now))
    .filter(({ facts }) => facts.length > 0);
  const known = new Map(legs.map((leg) => [leg.channel, leg]));
  for (const leg of legs) for (const link of leg.links ?? []) known.set(link, leg);
  const sipChannels = channels.filter(({ name }) => isSipChannel(name));
  const ids = new Set(legs.map(({ id }) => id));
  const isLeft = ({ id }: AriChannel) =>
    known.has(id) ? ['ended', 'moved'].includes(known.get(id)?.status ?? '') : ids.has(legOfDialledChannel(id));
  return {
    missed,
    hangUp: sipChannels.filter(isLeft).map(({ id }) => id),
    unknown: sipChannels
      .filter((channel) => !known.has(channel.id) && !isLeft(channel))
      .slice(0, MAX_UNKNOWN)
      .map(({ id }) => id),
  };
}

function catchUp(leg: GatewayLeg, channel: AriChannel | undefined, now: number): LegChange {
  if (!channel) return endLeg(leg, 'network-failure', now);
  // A channel that was just answered enters our application a moment later; a command that comes too early is repeated.
  const missed: AriEvent = {
    type: channel.state === 'Up' && !leg.inbound ? 'StasisStart' : 'ChannelStateChange',
    channel,
  };
  return applyAriEvent(leg, missed, now);
}

/** Channels that have been unknown for so long that nobody will claim them any more. */
export const overdue = (unknownSince: Record<string, number>, now: number, graceMs: number): string[] =>
  Object.entries(unknownSince)
    .filter(([, since]) => now - since >= graceMs)
    .map(([id]) => id);

/** A bridge as Asterisk lists it. */
export interface AriBridge {
  id: string;
  channels: string[];
}

export interface ReconciledBridges {
  /** Legs that are no longer in their bridge. */
  fallenOut: GatewayLeg[];
  lostLinks: string[];
  /** Bridges in which no leg is to be. */
  orphanedBridges: string[];
  /** Channels that listen or whisper to another one, for nobody. */
  orphanedSnoops: string[];
}

/** Compares the bridges that exist with those that legs should be in. */
export function reconcileBridges(legs: GatewayLeg[], bridges: AriBridge[], channels: AriChannel[]): ReconciledBridges {
  const found = new Map(bridges.map((bridge) => [bridge.id, bridge.channels]));
  // A leg whose join is still pending will be put into its bridge, and need not be there yet.
  const settled = legs.filter((leg) => isLive(leg) && !leg.pending.some(({ do: it }) => it === 'join'));
  const fallenOut = settled.filter(
    (leg) => leg.membership && !found.get(ariBridgeOf(leg, leg.membership))?.includes(leg.channel),
  );
  const wantedBridges = new Set(legs.flatMap(bridgesOf));
  const existing = new Set(channels.map(({ id }) => id));
  const wantedSnoops = new Set([...openRecorderChannels(legs), ...legs.filter(isLive).flatMap(snoopsOf)]);
  return {
    fallenOut,
    lostLinks: legs.flatMap(({ links = [] }) => links.filter((link) => !existing.has(link))),
    orphanedBridges: bridges.filter(({ id }) => !wantedBridges.has(id)).map(({ id }) => id),
    orphanedSnoops: channels
      .filter(({ id, name }) => isSnoopChannel(name) && !wantedSnoops.has(id))
      .map(({ id }) => id),
  };
}

const bridgesOf = (leg: GatewayLeg): string[] => [
  leg.id,
  ...(leg.membership ? [leg.membership.bridge.id, ariBridgeOf(leg, leg.membership)] : []),
];

const snoopsOf = ({ id, playback }: GatewayLeg): string[] => [
  coachChannel(id),
  machineDetector(id),
  ...(playback ? [whisperChannel(playback.id)] : []),
];
