import type { Instruction } from '../../contracts/carrier.ts';
import { type Leg, type Playback, uriOf } from './leg.ts';

/** A request to Asterisk's REST interface, which travels over the gateway's socket. */
export interface AriRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  uri: string;
  query?: Record<string, string>;
  body?: unknown;
}

/** What a playback is made of: audio to fetch, one after the other, or keys to press. */
export type PlaybackPart = { media: string[] } | { keys: string };

/** Asterisk must not give up by itself: the call has a timer, and hangs up. Longer than any call may ring. */
const RING_SECONDS = '900';

/** Without it the offer begins with µ-law, whatever the trunk's own order is. */
const FORMATS = 'alaw,ulaw,g722';

const NUMBER = /^\+?\d{2,15}$/;
const TRUNK = /^[A-Za-z0-9_-]{1,64}$/;
const SIP_URI = /^sips?:[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/;

function endpointOf(to: string, trunk: string): string | undefined {
  if (!TRUNK.test(trunk)) return undefined;
  if (NUMBER.test(to)) return `PJSIP/${to}@${trunk}`;
  return SIP_URI.test(to) ? `PJSIP/${trunk}/${to}` : undefined;
}

/** The request that dials, or nothing for a number or a trunk that cannot be one: both become part of a dial string. */
export function originate(leg: Leg, to: string, from: string, trunk: string): AriRequest | undefined {
  const endpoint = endpointOf(to, trunk);
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

export const detectorOf = (leg: string): string => `amd-${leg}`;

/** ARI has no detection: a channel that hears what the phone says goes through the dialplan, and comes back with the result. */
const detectMachine = ({ id, channel }: Leg): AriRequest[] => [
  {
    method: 'POST',
    uri: `channels/${channel}/snoop`,
    query: { spy: 'in', app: 'telefoon', appArgs: 'detector', snoopId: detectorOf(id) },
  },
  {
    method: 'POST',
    uri: `channels/${detectorOf(id)}/continue`,
    query: { context: 'detect-machine', extension: 's', priority: '1' },
  },
];

/** Calls another gateway, which knows by the word which bridge is meant. */
export const originateLink = (word: string, gateway: string): AriRequest => ({
  method: 'POST',
  uri: 'channels',
  query: {
    endpoint: `PJSIP/${word}@gateway-${gateway}`,
    app: 'telefoon',
    appArgs: `link,${word}`,
    channelId: word,
    timeout: '10',
    formats: FORMATS,
  },
});

/** What an instruction that needs nothing prepared asks of Asterisk. */
export function requestsFor(leg: Leg, instruction: Instruction): AriRequest[] {
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
      return detectMachine(leg);
    case 'stop':
      return leg.playback?.id === instruction.playback ? stopRequests(leg.playback) : [];
    default:
      return [];
  }
}

/** Q.850 21, call rejected: SIP 403. */
const REJECTED = { reason_code: '21' };

/** The last part first: otherwise the next one would begin. */
export const stopRequests = ({ parts }: Playback): AriRequest[] =>
  [...parts].reverse().map((part) => ({ method: 'DELETE', uri: `playbacks/${part}` }));

/**
 * Asterisk does what a channel is asked one after the other, so a playback of several pieces is asked for at once. A leg
 * in a bridge would neither hear the others nor be heard meanwhile: there the playback is whispered over what it hears,
 * by a channel that has the playback's name.
 */
export function playRequests(
  leg: Leg,
  playback: string,
  pieces: PlaybackPart[],
): { requests: AriRequest[]; playback: Playback } {
  const uri = leg.membership ? `channels/${playback}` : uriOf(leg);
  const parts: string[] = [];
  const requests = pieces.flatMap((piece): AriRequest[] => {
    if ('keys' in piece) return press(uriOf(leg), piece.keys);
    const playbackId = parts.length === 0 ? playback : `${playback}.${parts.length}`;
    parts.push(playbackId);
    const media = piece.media.map((url) => `sound:${url}`).join(',');
    return [{ method: 'POST', uri: `${uri}/play`, query: { media, playbackId } }];
  });
  const whispers = leg.membership && parts.length > 0 ? [whisper(leg, playback)] : [];
  return { requests: [...whispers, ...requests], playback: { id: playback, parts } };
}

const whisper = ({ channel }: Leg, snoopId: string): AriRequest => ({
  method: 'POST',
  uri: `channels/${channel}/snoop`,
  query: { spy: 'none', whisper: 'out', app: 'telefoon', appArgs: 'whisper', snoopId },
});

/** The channel that whispered a playback to a leg, once there is nothing more to whisper. */
export function whispererDone(leg: Leg, finished: { id: string; target_uri?: string }): string | undefined {
  const target = finished.target_uri?.replace(/^channel:/, '');
  if (target === undefined || target === leg.channel || !finished.id.startsWith(target)) return undefined;
  const isLast = leg.playback?.id !== target || leg.playback.parts.at(-1) === finished.id;
  return isLast ? target : undefined;
}

const WAIT_MS = 500;
const KEY = { between: '80', duration: '120' };

/** `w` waits half a second. */
function press(uri: string, keys: string): AriRequest[] {
  const groups = [...keys.matchAll(/([wW]*)([0-9*#A-Da-d]+)/g)];
  return groups.map(([, waits = '', dtmf = '']) => ({
    method: 'POST',
    uri: `${uri}/dtmf`,
    query: { dtmf: dtmf.toUpperCase(), before: String(waits.length * WAIT_MS), ...KEY },
  }));
}

/** Only these cross the socket: every message that arrives is billed. The filter holds back answers, too, if it is let. */
export const EVENTS = [
  'RESTResponse',
  'ApplicationRegistered',
  'StasisStart',
  'StasisEnd',
  'ChannelStateChange',
  'ChannelDtmfReceived',
  'ChannelDestroyed',
  'PlaybackFinished',
  // Asterisk tells so, too, of a recording that broke off: nobody asked for that end.
  'RecordingFinished',
  'RecordingFailed',
  'ChannelTalkingStarted',
  'ChannelTalkingFinished',
];

export const FILTER: AriRequest = {
  method: 'PUT',
  uri: 'applications/telefoon/eventFilter',
  body: { allowed: EVENTS.map((type) => ({ type })) },
};
