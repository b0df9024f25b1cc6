import type { EndCause, LegFact } from '../../contracts/carrier.ts';
import { causeOf, mayTryAnotherTrunk } from './causes.ts';
import { isAriId, isTrunk, legOfMachineDetector } from './channel-names.ts';
import { asEnded, endOf, type GatewayLeg, isLive, type LegChange, type Playback, withoutPlayback } from './leg.ts';

/** An event of ARI: the fields that are read here. */
export interface AriEvent {
  type: string;
  args?: string[];
  digit?: string;
  cause?: number;
  channel?: { id: string; state: string; caller?: { number?: string }; channelvars?: Record<string, string> };
  playback?: { id: string; state: string; target_uri?: string };
  recording?: { name: string };
}

export type AriMessage =
  | { is: 'event'; event: AriEvent }
  | { is: 'response'; request: string; status: number; body: unknown };

/** Reads a frame of the socket; undefined when it is not what Asterisk sends. */
export function parseAriMessage(text: string): AriMessage | undefined {
  const frame = parseJson(text) as Record<string, unknown> | undefined;
  if (typeof frame !== 'object' || frame === null || typeof frame.type !== 'string') return undefined;
  if (frame.type !== 'RESTResponse') {
    return text.length <= MAX_EVENT_LENGTH && isAriEvent(frame) ? { is: 'event', event: frame } : undefined;
  }
  if (typeof frame.request_id !== 'string' || typeof frame.status_code !== 'number') return undefined;
  const body = typeof frame.message_body === 'string' ? parseJson(frame.message_body) : undefined;
  return { is: 'response', request: frame.request_id, status: frame.status_code, body };
}

/** An event is a channel's state and a few names: Asterisk's own have some 1,500 bytes. */
const MAX_EVENT_LENGTH = 65_536;

/** Whether all fields that are read here have the form that Asterisk gives them. Ids become parts of ARI's paths. */
function isAriEvent(frame: Record<string, unknown>): frame is Record<string, unknown> & AriEvent {
  const { args = [], digit, cause, channel = {}, playback = {}, recording = {} } = frame;
  if (!isObject(channel) || !isObject(playback) || !isObject(recording) || !Array.isArray(args)) return false;
  const { caller = {} } = channel;
  const target = playback.target_uri;
  const ids = [channel.id, playback.id, typeof target === 'string' ? target.replace(/^(channel|bridge):/, '') : target];
  const texts = [channel.state, playback.state, recording.name, ...args];
  return (
    isObject(caller) &&
    ids.every((id) => id === undefined || isAriId(id)) &&
    [...texts, caller.number].every((text) => text === undefined || typeof text === 'string') &&
    (digit === undefined || (typeof digit === 'string' && /^[0-9*#A-D]$/i.test(digit))) &&
    (cause === undefined || Number.isInteger(cause))
  );
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The channel, or the bridge, that an event is about. */
export const channelOf = ({ channel, playback }: AriEvent): string | undefined =>
  channel?.id ?? playback?.target_uri?.replace(/^(channel|bridge):/, '');

export interface InboundCall {
  channel: string;
  /** What was dialled, and who calls ('' when the caller hides it), as the network gave it: nothing is checked here. */
  called: string;
  caller: string;
  trunk: string;
}

/** The call from the phone network that this event announces. */
export function inboundCallFrom({ type, args, channel }: AriEvent): InboundCall | undefined {
  if (type !== 'StasisStart' || !channel || args?.[0] !== 'inbound') return undefined;
  const [, called = '', trunk = ''] = args;
  return { channel: channel.id, called, caller: channel.caller?.number ?? '', trunk: isTrunk(trunk) ? trunk : '' };
}

/** The result of a machine detection: for which leg, and whether a machine has spoken. */
export function machineDetectionFrom({
  type,
  args,
  channel,
}: AriEvent): { leg: string; isMachine: boolean } | undefined {
  if (type !== 'StasisStart' || !channel || args?.[0] !== 'machine') return undefined;
  const [, status, cause] = args;
  const leg = legOfMachineDetector(channel.id);
  // Asterisk takes whoever says nothing for a machine. A person who has not said a word yet is none.
  return leg === undefined ? undefined : { leg, isMachine: status === 'MACHINE' && cause !== 'INITIALSILENCE' };
}

/** Whether a phone answers a channel that its leg has left, or whose leg has ended: nobody would talk to it. */
export const isAbandonedAnswer = ({ type, args }: AriEvent, leg: GatewayLeg | undefined): boolean =>
  type === 'StasisStart' && args?.[0] === 'outbound' && !(leg && isLive(leg));

/** A leg that another gateway carries has its channel there, and a bridge only plays. */
const mayReport = ({ status }: GatewayLeg, { type }: AriEvent): boolean =>
  status === 'bridge' ? type === 'PlaybackFinished' : status !== 'moved';

export interface AppliedEvent extends LegChange {
  /** No phone has rung, and another trunk may do better. Only then `facts` lacks the `leg.ended` of a channel that is gone. */
  failOverAfter?: EndCause;
}

/** Applies an event to the leg that it is about. */
export function applyAriEvent(leg: GatewayLeg, event: AriEvent, now: number): AppliedEvent {
  const unchanged = { leg, facts: [] };
  if (!mayReport(leg, event)) return unchanged;
  switch (event.type) {
    case 'ChannelStateChange':
      return stateChanged(leg, event, now);
    // An outbound call counts as answered only now: before, Asterisk refuses commands for the channel.
    case 'StasisStart':
      return leg.inbound ? unchanged : answered(leg, event, now);
    case 'ChannelDtmfReceived':
      return leg.status === 'up' && event.digit
        ? { leg, facts: [{ type: 'leg.digit', digit: event.digit }] }
        : unchanged;
    case 'PlaybackFinished':
      return playbackFinished(leg, event.playback);
    case 'ChannelTalkingStarted':
    case 'ChannelTalkingFinished':
      return leg.status === 'up'
        ? { leg, facts: [{ type: 'leg.talking', talking: event.type === 'ChannelTalkingStarted' }] }
        : unchanged;
    // Asterisk reports nothing after this of an inbound channel; a channel that we dialled is reported as destroyed afterwards.
    case 'StasisEnd':
      return leg.inbound ? endLeg(leg, 'normal', now) : unchanged;
    case 'ChannelDestroyed':
      return channelDestroyed(leg, event.cause ?? 0, now);
    default:
      return unchanged;
  }
}

function stateChanged(leg: GatewayLeg, event: AriEvent, now: number): AppliedEvent {
  const state = event.channel?.state;
  if (state === 'Ringing' && leg.status === 'dialing') {
    return { leg: { ...leg, status: 'ringing', since: now }, facts: [{ type: 'leg.ringing' }] };
  }
  return state === 'Up' && leg.inbound ? answered(leg, event, now) : { leg, facts: [] };
}

/** Whether the first of the codecs that were agreed on is wideband; `ari.conf` has Asterisk add them to every event. */
const isWideband = ({ channel }: AriEvent): boolean =>
  /^\(g722\b/.test(String(channel?.channelvars?.['CHANNEL(audionativeformat)']));

function answered(leg: GatewayLeg, event: AriEvent, now: number): AppliedEvent {
  if (leg.status !== 'dialing' && leg.status !== 'ringing') return { leg, facts: [] };
  const up: GatewayLeg = { ...leg, status: 'up', since: now, ...(isWideband(event) && { wideband: true }) };
  return { leg: up, facts: [{ type: 'leg.answered' }] };
}

function playbackFinished(leg: GatewayLeg, finished: AriEvent['playback']): AppliedEvent {
  if (!leg.playback || !finished || !leg.playback.parts.includes(finished.id)) return { leg, facts: [] };
  // The gateway could not fetch or read the file. The flow goes on, and the timeline says so.
  const isFailed = finished.state === 'failed';
  const failed: LegFact[] = isFailed ? [{ type: 'leg.prompt-failed', code: 'prompt_not_played' }] : [];
  const playback: Playback = { ...leg.playback, ...(isFailed && { unheard: true }) };
  if (playback.parts.at(-1) !== finished.id) return { leg: isFailed ? { ...leg, playback } : leg, facts: failed };
  return { leg: withoutPlayback(leg), facts: [...failed, endOf(playback)] };
}

function channelDestroyed(leg: GatewayLeg, cause: number, now: number): AppliedEvent {
  const hasAnotherTrunk = leg.status === 'dialing' && mayTryAnotherTrunk(cause) && (leg.dial?.routes.length ?? 0) > 0;
  const isWanted = leg.pending.every((it) => it.do !== 'hangup');
  return hasAnotherTrunk && isWanted
    ? { leg, facts: [], failOverAfter: causeOf(cause) }
    : endLeg(leg, causeOf(cause), now);
}

/** Ends a leg, and reports it unless it has ended before. */
export function endLeg(leg: GatewayLeg, cause: EndCause, now: number): LegChange {
  if (leg.status === 'ended') return { leg, facts: [] };
  return { leg: asEnded(leg, now), facts: [{ type: 'leg.ended', cause }] };
}
