import type { BridgeMembership } from '../../contracts/carrier.ts';
import type { AriRequest } from './commands.ts';
import type { Leg, Membership } from './leg.ts';

/**
 * Media must pass through Asterisk: two phones that it lets exchange audio by themselves have their keys unheard, and
 * nobody can whisper to them. Creating a bridge that exists is answered with 409, and changes nothing.
 */
const createBridge = (id: string): AriRequest => ({
  method: 'POST',
  uri: `bridges/${id}`,
  query: { type: 'mixing,proxy_media' },
});

export const deleteBridge = (id: string): AriRequest => ({ method: 'DELETE', uri: `bridges/${id}` });

const add = (bridge: string, channel: string): AriRequest => ({
  method: 'POST',
  uri: `bridges/${bridge}/addChannel`,
  query: { channel },
});

const remove = (bridge: string, channel: string): AriRequest => ({
  method: 'POST',
  uri: `bridges/${bridge}/removeChannel`,
  query: { channel },
});

/** A bridge with a channel in it, as a link to another gateway. */
export const linkUp = (bridge: string, channel: string): AriRequest[] => [createBridge(bridge), add(bridge, channel)];

const coachBridge = (leg: Leg, bridge: string): string => `${bridge}-c${leg.id}`;
export const coachChannel = (leg: Pick<Leg, 'id'>): string => `coach-${leg.id}`;

/**
 * What it takes to come from one part to the next. A coach sits in a bridge of its own with a channel that hears what
 * the coached one says and hears, and whispers to it: so nobody else hears the coach.
 */
export function joinRequests(leg: Leg, before: Membership | undefined, after: Membership): AriRequest[] {
  const stays = before && placeOf(leg, before) === placeOf(leg, after) && before.coached === after.coached;
  return [
    ...(leg.ringing ? [{ method: 'DELETE', uri: `channels/${leg.channel}/ring` } as const] : []),
    ...mute(leg, before?.muted ?? false, after.muted),
    ...detectTalking(leg, before?.talking ?? false, after.talking ?? false),
    ...(stays ? [] : [...(before ? goOut(leg, before) : []), ...goIn(leg, after)]),
  ];
}

export const leaveRequests = (leg: Leg, before: Membership): AriRequest[] => [
  ...goOut(leg, before),
  ...mute(leg, before.muted, false),
  ...detectTalking(leg, before.talking ?? false, false),
];

/** What is left to clear up when the leg's channel is gone. */
export const clearUp = (leg: Leg, { coached, bridge }: Membership): AriRequest[] =>
  coached === undefined ? [] : [hangUpCoach(leg), deleteBridge(coachBridge(leg, bridge.id))];

/** Which bridge the leg's channel is in. */
export const placeOf = (leg: Leg, { bridge, coached }: Membership): string =>
  coached === undefined ? bridge.id : coachBridge(leg, bridge.id);

/** How a leg can take part, given the channel of the one it coaches: who coaches nobody here only listens. */
export function membershipOf(part: BridgeMembership, coachedChannel: string | undefined): Membership {
  if (part.coaches === undefined) return part;
  return coachedChannel === undefined ? { ...part, muted: true } : { ...part, coached: coachedChannel };
}

function goIn(leg: Leg, { bridge, coached }: Membership): AriRequest[] {
  if (coached === undefined) return linkUp(bridge.id, leg.channel);
  const own = coachBridge(leg, bridge.id);
  const whisper = { spy: 'both', whisper: 'out', app: 'telefoon', appArgs: 'whisper', snoopId: coachChannel(leg) };
  return [
    createBridge(own),
    { method: 'POST', uri: `channels/${coached}/snoop`, query: whisper },
    add(own, coachChannel(leg)),
    add(own, leg.channel),
  ];
}

function goOut(leg: Leg, membership: Membership): AriRequest[] {
  const left = remove(placeOf(leg, membership), leg.channel);
  return [left, ...clearUp(leg, membership)];
}

const hangUpCoach = (leg: Leg): AriRequest => ({ method: 'DELETE', uri: `channels/${coachChannel(leg)}` });

function mute({ channel }: Leg, before: boolean, after: boolean): AriRequest[] {
  if (before === after) return [];
  return [{ method: after ? 'POST' : 'DELETE', uri: `channels/${channel}/mute`, query: { direction: 'in' } }];
}

/** https://docs.asterisk.org, TALK_DETECT: tells when a channel begins and ceases to speak. */
function detectTalking({ channel }: Leg, before: boolean, after: boolean): AriRequest[] {
  if (before === after) return [];
  const variable = after ? 'TALK_DETECT(set)' : 'TALK_DETECT(remove)';
  return [{ method: 'POST', uri: `channels/${channel}/variable`, query: { variable, value: '' } }];
}
