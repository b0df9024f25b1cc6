import type { BridgeMembership } from '../../contracts/carrier.ts';
import type { AriRequest } from './ari.ts';
import { coachBridge, coachChannel } from './channel-names.ts';
import type { GatewayLeg, LegMembership } from './leg.ts';

/**
 * Media must pass through Asterisk: when it lets two phones exchange audio by themselves, their keys are not heard and
 * nobody can whisper to them. Creating a bridge that exists is answered with 409, and changes nothing.
 */
const createBridge = (id: string): AriRequest => ({
  method: 'POST',
  uri: `bridges/${id}`,
  query: { type: 'mixing,proxy_media' },
});

export const deleteBridge = (id: string): AriRequest => ({ method: 'DELETE', uri: `bridges/${id}` });

const addChannel = (bridge: string, channel: string): AriRequest => ({
  method: 'POST',
  uri: `bridges/${bridge}/addChannel`,
  query: { channel },
});

const removeChannel = (bridge: string, channel: string): AriRequest => ({
  method: 'POST',
  uri: `bridges/${bridge}/removeChannel`,
  query: { channel },
});

/** Puts a channel into a bridge, and creates the bridge where it does not exist. */
export const enterBridge = (bridge: string, channel: string): AriRequest[] => [
  createBridge(bridge),
  addChannel(bridge, channel),
];

/**
 * The requests that bring a leg from one membership to the next. A coach is in a bridge of its own, with a channel that
 * hears what the coached leg says and hears and whispers to it: so nobody else hears the coach.
 */
export function joinRequests(leg: GatewayLeg, before: LegMembership | undefined, after: LegMembership): AriRequest[] {
  const stays =
    before && ariBridgeOf(leg, before) === ariBridgeOf(leg, after) && before.coachedChannel === after.coachedChannel;
  return [
    ...(leg.ringback ? [{ method: 'DELETE', uri: `channels/${leg.channel}/ring` } as const] : []),
    ...muteRequests(leg, before?.muted ?? false, after.muted),
    ...talkDetectionRequests(leg, before?.talking ?? false, after.talking ?? false),
    ...(stays ? [] : [...(before ? exitRequests(leg, before) : []), ...enterRequests(leg, after)]),
  ];
}

export const leaveRequests = (leg: GatewayLeg, before: LegMembership): AriRequest[] => [
  ...exitRequests(leg, before),
  ...muteRequests(leg, before.muted, false),
  ...talkDetectionRequests(leg, before.talking ?? false, false),
];

/** Removes what a coach had beside its own channel, which may be gone already. */
export const removeCoachRequests = (leg: GatewayLeg, { coachedChannel, bridge }: LegMembership): AriRequest[] =>
  coachedChannel === undefined ? [] : [hangUpCoachChannel(leg), deleteBridge(coachBridge(bridge.id, leg.id))];

/** The bridge in Asterisk that the leg's channel is in: for a coach not the one that it joined. */
export const ariBridgeOf = (leg: GatewayLeg, { bridge, coachedChannel }: LegMembership): string =>
  coachedChannel === undefined ? bridge.id : coachBridge(bridge.id, leg.id);

/** How a leg takes part on this gateway. A coach of a leg that has no channel here only listens. */
export function legMembership(wanted: BridgeMembership, coachedChannel: string | undefined): LegMembership {
  if (wanted.coaches === undefined) return wanted;
  return coachedChannel === undefined ? { ...wanted, muted: true } : { ...wanted, coachedChannel };
}

function enterRequests(leg: GatewayLeg, { bridge, coachedChannel }: LegMembership): AriRequest[] {
  if (coachedChannel === undefined) return enterBridge(bridge.id, leg.channel);
  const own = coachBridge(bridge.id, leg.id);
  const snoop = { spy: 'both', whisper: 'out', app: 'telefoon', appArgs: 'whisper', snoopId: coachChannel(leg.id) };
  return [
    createBridge(own),
    { method: 'POST', uri: `channels/${coachedChannel}/snoop`, query: snoop },
    addChannel(own, coachChannel(leg.id)),
    addChannel(own, leg.channel),
  ];
}

const exitRequests = (leg: GatewayLeg, membership: LegMembership): AriRequest[] => [
  removeChannel(ariBridgeOf(leg, membership), leg.channel),
  ...removeCoachRequests(leg, membership),
];

const hangUpCoachChannel = (leg: GatewayLeg): AriRequest => ({
  method: 'DELETE',
  uri: `channels/${coachChannel(leg.id)}`,
});

function muteRequests({ channel }: GatewayLeg, before: boolean, after: boolean): AriRequest[] {
  if (before === after) return [];
  return [{ method: after ? 'POST' : 'DELETE', uri: `channels/${channel}/mute`, query: { direction: 'in' } }];
}

/** TALK_DETECT (https://docs.asterisk.org) has Asterisk report when a channel begins and ceases to speak. */
function talkDetectionRequests({ channel }: GatewayLeg, before: boolean, after: boolean): AriRequest[] {
  if (before === after) return [];
  const variable = after ? 'TALK_DETECT(set)' : 'TALK_DETECT(remove)';
  return [{ method: 'POST', uri: `channels/${channel}/variable`, query: { variable, value: '' } }];
}
