import type { Instruction } from '../../contracts/carrier.ts';
import type { AriRequest } from './ari.ts';
import {
  gatewayEndpoint,
  isTrunk,
  machineDetector,
  playbackOfPart,
  playbackPart,
  whisperChannel,
} from './channel-names.ts';
import { type GatewayLeg, type Playback, resourceUri } from './leg.ts';

/** A part of a playback: audio files to fetch and play one after the other, or keys to press. */
export type PlaybackPart = { media: string[] } | { keys: string };

/** Longer than any call may ring: the call has a timer and hangs up, Asterisk must not give up by itself. */
const RING_SECONDS = '900';

/** Without this list an offer begins with µ-law, whatever the trunk's own order is. */
const FORMATS = 'alaw,ulaw,g722';

const NUMBER = /^\+?\d{2,15}$/;
const SIP_URI = /^sips?:[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/;

function dialString(to: string, trunk: string): string | undefined {
  if (!isTrunk(trunk)) return undefined;
  if (NUMBER.test(to)) return `PJSIP/${to}@${trunk}`;
  return SIP_URI.test(to) ? `PJSIP/${trunk}/${to}` : undefined;
}

/** The request that dials; undefined for what is no number or no trunk, because both become part of a dial string. */
export function originateRequest(leg: GatewayLeg, to: string, from: string, trunk: string): AriRequest | undefined {
  const endpoint = dialString(to, trunk);
  if (endpoint === undefined || !NUMBER.test(from)) return undefined;
  return {
    method: 'POST',
    uri: 'channels',
    query: {
      endpoint,
      app: 'telefoon',
      appArgs: `outbound,${leg.id}`,
      channelId: leg.channel,
      callerId: from,
      timeout: RING_SECONDS,
      formats: FORMATS,
    },
  };
}

/** ARI detects no machines: a channel that hears what the phone says goes through the dialplan, and comes back with the result. */
const detectMachineRequests = ({ id, channel }: GatewayLeg): AriRequest[] => [
  {
    method: 'POST',
    uri: `channels/${channel}/snoop`,
    query: { spy: 'in', app: 'telefoon', appArgs: 'detector', snoopId: machineDetector(id) },
  },
  {
    method: 'POST',
    uri: `channels/${machineDetector(id)}/continue`,
    query: { context: 'detect-machine', extension: 's', priority: '1' },
  },
];

/** Calls another gateway, which knows by the link's name which bridge is meant. */
export const originateLinkRequest = (link: string, gateway: string): AriRequest => ({
  method: 'POST',
  uri: 'channels',
  query: {
    endpoint: `PJSIP/${link}@${gatewayEndpoint(gateway)}`,
    app: 'telefoon',
    appArgs: `link,${link}`,
    channelId: link,
    timeout: '10',
    formats: FORMATS,
  },
});

/** The requests for an instruction that needs no preparation and no other leg. */
export function requestsFor(leg: GatewayLeg, instruction: Instruction): AriRequest[] {
  const uri = `channels/${leg.channel}`;
  switch (instruction.do) {
    case 'answer':
      return [{ method: 'POST', uri: `${uri}/answer` }];
    case 'reject':
      return [{ method: 'DELETE', uri, query: instruction.reason === 'busy' ? { reason: 'busy' } : REJECTED }];
    case 'hangup':
      return [{ method: 'DELETE', uri }];
    case 'ring':
      return [{ method: 'POST', uri: `${uri}/ring` }];
    case 'detect-machine':
      return detectMachineRequests(leg);
    case 'stop':
      return leg.playback?.id === instruction.playback ? stopRequests(leg.playback) : [];
    default:
      return [];
  }
}

/** Q.850 21, call rejected; the caller hears SIP 403. */
const REJECTED = { reason_code: '21' };

/** Stops the last part first: otherwise the end of one part would begin the next. */
export const stopRequests = ({ parts }: Playback): AriRequest[] =>
  [...parts].reverse().map((part) => ({ method: 'DELETE', uri: `playbacks/${part}` }));

/**
 * Asterisk does what a channel is asked one after the other, so all parts of a playback are asked for at once. A leg in a
 * bridge would neither hear the others nor be heard meanwhile, so there a channel of its own whispers the playback over
 * what the leg hears.
 */
export function playRequests(
  leg: GatewayLeg,
  playback: string,
  parts: PlaybackPart[],
): { requests: AriRequest[]; playback: Playback } {
  const uri = leg.membership ? `channels/${whisperChannel(playback)}` : resourceUri(leg);
  const ids: string[] = [];
  const requests = parts.flatMap((part): AriRequest[] => {
    if ('keys' in part) return dtmfRequests(resourceUri(leg), part.keys);
    const playbackId = playbackPart(playback, ids.length);
    ids.push(playbackId);
    const media = part.media.map((url) => `sound:${url}`).join(',');
    return [{ method: 'POST', uri: `${uri}/play`, query: { media, playbackId } }];
  });
  const whispers = leg.membership && ids.length > 0 ? [whisperRequest(leg, playback)] : [];
  return { requests: [...whispers, ...requests], playback: { id: playback, parts: ids } };
}

const whisperRequest = ({ channel }: GatewayLeg, playback: string): AriRequest => ({
  method: 'POST',
  uri: `channels/${channel}/snoop`,
  query: { spy: 'none', whisper: 'out', app: 'telefoon', appArgs: 'whisper', snoopId: whisperChannel(playback) },
});

/** The channel that whispered a playback to a leg, once it has nothing more to whisper and can be hung up. */
export function finishedWhisperChannel(
  leg: GatewayLeg,
  finished: { id: string; target_uri?: string },
): string | undefined {
  const target = finished.target_uri?.replace(/^channel:/, '');
  const playback = playbackOfPart(finished.id);
  if (target === leg.channel || target !== whisperChannel(playback)) return undefined;
  const isLast = leg.playback?.id !== playback || leg.playback.parts.at(-1) === finished.id;
  return isLast ? target : undefined;
}

const WAIT_MS = 500;
/** How long a key is pressed, and how long it takes to the next one, in milliseconds. */
const KEY_TIMES = { between: '80', duration: '120' };

/** Presses keys; `w` waits half a second. */
function dtmfRequests(uri: string, keys: string): AriRequest[] {
  const groups = [...keys.matchAll(/([wW]*)([0-9*#A-Da-d]+)/g)];
  return groups.map(([, waits = '', dtmf = '']) => ({
    method: 'POST',
    uri: `${uri}/dtmf`,
    query: { dtmf: dtmf.toUpperCase(), before: String(waits.length * WAIT_MS), ...KEY_TIMES },
  }));
}

/** Only these messages cross the socket, because each one that arrives is billed. Responses are among them: the filter holds them back, too. */
const ALLOWED_EVENTS = [
  'RESTResponse',
  'ApplicationRegistered',
  'StasisStart',
  'StasisEnd',
  'ChannelStateChange',
  'ChannelDtmfReceived',
  'ChannelDestroyed',
  'PlaybackFinished',
  // Asterisk reports a recording that broke off as finished: only we know that nobody asked for its end.
  'RecordingFinished',
  'RecordingFailed',
  'ChannelTalkingStarted',
  'ChannelTalkingFinished',
];

export const EVENT_FILTER: AriRequest = {
  method: 'PUT',
  uri: 'applications/telefoon/eventFilter',
  body: { allowed: ALLOWED_EVENTS.map((type) => ({ type })) },
};
