import { type AriEvent, end, hear } from './events.ts';
import { isLive, type Leg, type Told } from './model.ts';

export interface Channel {
  id: string;
  name: string;
  state: string;
}

export interface Reconciled {
  /** What was missed while nobody listened. */
  told: Told[];
  /** Channels of calls that are over. */
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
  const ours = channels.filter(({ name }) => name.startsWith('PJSIP/'));
  return {
    told,
    hangUp: ours.filter(({ id }) => known.get(id)?.status === 'over').map(({ id }) => id),
    strangers: ours.filter(({ id }) => !known.has(id)).map(({ id }) => id),
  };
}

function catchUp(leg: Leg, channel: Channel | undefined, now: number): Told {
  if (!channel) return end(leg, 'network-failure', now);
  // An answered channel is in our application a moment later; a command that comes too early is repeated.
  const missed: AriEvent = {
    type: channel.state === 'Up' && !leg.inbound ? 'StasisStart' : 'ChannelStateChange',
    channel,
  };
  return hear(leg, missed, now);
}

/** Strangers that were there before and still are: nobody will claim them any more. */
export const overdue = (strangers: Record<string, number>, now: number, graceMs: number): string[] =>
  Object.entries(strangers)
    .filter(([, since]) => now - since >= graceMs)
    .map(([id]) => id);
