import { coachChannel, placeOf } from './bridge-requests.ts';
import { detectorOf } from './commands.ts';
import { type AriEvent, applyAriEvent, end } from './events.ts';
import { callOf, isLive, type Leg, type LegChange } from './leg.ts';
import { recorderChannels } from './recording-requests.ts';

export interface Channel {
  id: string;
  name: string;
  state: string;
}

export interface Reconciled {
  /** What was missed while nobody listened. */
  told: LegChange[];
  /** Channels of calls that are over, or go on over another one. */
  hangUp: string[];
  /** Channels that nobody knows (yet): an event about them may still be on its way. */
  strangers: string[];
}

/** Compares the channels that exist with the calls that should, after a time in which events may have been lost. */
export function reconcile(legs: Leg[], channels: Channel[], now: number): Reconciled {
  const found = new Map(channels.map((channel) => [channel.id, channel]));
  // A leg that was not dialled yet has no channel to miss.
  const dialled = legs.filter((leg) => isLive(leg) && leg.status !== 'new');
  const told = dialled.map((leg) => catchUp(leg, found.get(leg.channel), now)).filter(({ facts }) => facts.length > 0);
  const known = new Map(legs.map((leg) => [leg.channel, leg]));
  for (const leg of legs) for (const link of leg.links ?? []) known.set(link, leg);
  const ours = channels.filter(({ name }) => name.startsWith('PJSIP/'));
  const calls = new Set(legs.map(({ id }) => id));
  const isLeft = ({ id }: Channel) =>
    known.has(id) ? ['over', 'moved'].includes(known.get(id)?.status ?? '') : calls.has(callOf(id));
  return {
    told,
    hangUp: ours.filter(isLeft).map(({ id }) => id),
    strangers: ours.filter((channel) => !known.has(channel.id) && !isLeft(channel)).map(({ id }) => id),
  };
}

function catchUp(leg: Leg, channel: Channel | undefined, now: number): LegChange {
  if (!channel) return end(leg, 'network-failure', now);
  // An answered channel is in our application a moment later; a command that comes too early is repeated.
  const missed: AriEvent = {
    type: channel.state === 'Up' && !leg.inbound ? 'StasisStart' : 'ChannelStateChange',
    channel,
  };
  return applyAriEvent(leg, missed, now);
}

/** Strangers that were there before and still are: nobody will claim them any more. */
export const overdue = (strangers: Record<string, number>, now: number, graceMs: number): string[] =>
  Object.entries(strangers)
    .filter(([, since]) => now - since >= graceMs)
    .map(([id]) => id);

export interface Bridge {
  id: string;
  channels: string[];
}

/** Compares the bridges that exist with those that legs should be in: who fell out of one, and which are nobody's. */
export function reconcileBridges(legs: Leg[], bridges: Bridge[], channels: Channel[]) {
  const found = new Map(bridges.map((bridge) => [bridge.id, bridge.channels]));
  // What is still to be done will be done, and need not have happened.
  const settled = legs.filter((leg) => isLive(leg) && leg.membership && !leg.todo.some(({ do: it }) => it === 'join'));
  const fallen = settled.filter(
    (leg) => leg.membership && !found.get(placeOf(leg, leg.membership))?.includes(leg.channel),
  );
  const wanted = new Set(
    legs.flatMap((leg) => [
      leg.id,
      ...(leg.membership ? [leg.membership.bridge.id, placeOf(leg, leg.membership)] : []),
    ]),
  );
  const existing = new Set(channels.map(({ id }) => id));
  const whisperers = new Set([
    ...recorderChannels(legs),
    ...legs
      .filter(isLive)
      .flatMap((leg) => [coachChannel(leg), detectorOf(leg.id), ...(leg.playback ? [leg.playback.id] : [])]),
  ]);
  return {
    fallen,
    lostLinks: legs.flatMap(({ links = [] }) => links.filter((link) => !existing.has(link))),
    nobodys: bridges.filter(({ id }) => !wanted.has(id)).map(({ id }) => id),
    whisperers: channels.filter(({ id, name }) => name.startsWith('Snoop/') && !whisperers.has(id)).map(({ id }) => id),
  };
}
