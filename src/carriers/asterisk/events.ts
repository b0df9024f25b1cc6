import type { EndCause, LegFact } from '../../contracts/carrier.ts';
import { causeOf, mayTryAnotherTrunk } from './causes.ts';
import { endLeg, isLive, type Leg, type LegChange, withoutPlayback } from './leg.ts';

/** An event of ARI, as far as we look at it. */
export interface AriEvent {
  type: string;
  args?: string[];
  digit?: string;
  cause?: number;
  channel?: { id: string; state: string; caller?: { number?: string }; channelvars?: Record<string, string> };
  playback?: { id: string; state: string; target_uri?: string };
  recording?: { name: string };
}

export type Frame = { is: 'event'; event: AriEvent } | { is: 'answer'; id: string; status: number; body: unknown };

/** What came over the socket; undefined when it is not what Asterisk sends. */
export function readFrame(text: string): Frame | undefined {
  const frame = parse(text) as Record<string, unknown> | undefined;
  if (typeof frame !== 'object' || frame === null || typeof frame.type !== 'string') return undefined;
  if (frame.type !== 'RESTResponse') return isEvent(frame) ? { is: 'event', event: frame } : undefined;
  if (typeof frame.request_id !== 'string' || typeof frame.status_code !== 'number') return undefined;
  const body = typeof frame.message_body === 'string' ? parse(frame.message_body) : undefined;
  return { is: 'answer', id: frame.request_id, status: frame.status_code, body };
}

/** Whether everything that we look at has the form that Asterisk gives it. */
function isEvent(frame: Record<string, unknown>): frame is Record<string, unknown> & AriEvent {
  const { args = [], digit, cause, channel = {}, playback = {}, recording = {} } = frame;
  if (!isObject(channel) || !isObject(playback) || !isObject(recording) || !Array.isArray(args)) return false;
  const { caller = {} } = channel;
  const sounds = [playback.id, playback.state, playback.target_uri, recording.name];
  const texts = [digit, channel.id, channel.state, ...sounds, ...args];
  return (
    isObject(caller) &&
    [...texts, caller.number].every((text) => text === undefined || typeof text === 'string') &&
    (cause === undefined || typeof cause === 'number')
  );
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The channel that an event is about. */
export const channelOf = ({ channel, playback }: AriEvent): string | undefined =>
  channel?.id ?? playback?.target_uri?.replace(/^(channel|bridge):/, '');

/** A whispered playback plays on a channel of its own; its id begins with its leg's. */
export const whisperedTo = ({ playback }: AriEvent): string => playback?.id.split('-', 1)[0] ?? '';

export interface InboundCall {
  channel: string;
  /** E.164. */
  called: string;
  /** E.164; '' when the caller hides it. */
  caller: string;
  trunk: string;
}

/** A call that comes in from the phone network. */
export function inboundCallIn({ type, args, channel }: AriEvent): InboundCall | undefined {
  if (type !== 'StasisStart' || !channel || args?.[0] !== 'inbound') return undefined;
  const [, called = '', trunk = ''] = args;
  return { channel: channel.id, called, caller: channel.caller?.number ?? '', trunk };
}

/** The result of a detection: of which leg, and whether a machine has spoken. */
export function detectionIn({ type, args, channel }: AriEvent): { leg: string; isMachine: boolean } | undefined {
  if (type !== 'StasisStart' || !channel || args?.[0] !== 'machine') return undefined;
  const [, status, cause] = args;
  // Who has not said a word yet is no machine.
  return { leg: channel.id.replace(/^amd-/, ''), isMachine: status === 'MACHINE' && cause !== 'INITIALSILENCE' };
}

/** A phone answers a channel that its leg has left, or whose leg is over: nobody would talk to it. */
export const isTooLate = ({ type, args }: AriEvent, leg: Leg | undefined): boolean =>
  type === 'StasisStart' && args?.[0] === 'outbound' && !(leg && isLive(leg));

export interface AppliedEvent extends LegChange {
  /** No phone has rung, and another trunk may do better. Only then there is no `leg.ended` in `facts`. */
  another?: EndCause;
}

/** What an event means for its leg. */
export function applyAriEvent(leg: Leg, event: AriEvent, now: number): AppliedEvent {
  const nothing = { leg, facts: [] };
  switch (event.type) {
    case 'ChannelStateChange':
      return stateChanged(leg, event, now);
    // Only now Asterisk takes commands for the channel. Early media has been kept from us, and us from it.
    case 'StasisStart':
      return leg.inbound ? nothing : answered(leg, event, now);
    case 'ChannelDtmfReceived':
      return leg.status === 'up' && event.digit ? { leg, facts: [{ type: 'leg.digit', digit: event.digit }] } : nothing;
    case 'PlaybackFinished':
      return playbackFinished(leg, event.playback);
    case 'ChannelTalkingStarted':
    case 'ChannelTalkingFinished':
      return { leg, facts: [{ type: 'leg.talking', talking: event.type === 'ChannelTalkingStarted' }] };
    // The last that is told of a channel that came in by itself; one that we made is destroyed afterwards.
    case 'StasisEnd':
      return leg.inbound ? end(leg, 'normal', now) : nothing;
    case 'ChannelDestroyed':
      return destroyed(leg, event.cause ?? 0, now);
    default:
      return nothing;
  }
}

function stateChanged(leg: Leg, event: AriEvent, now: number): AppliedEvent {
  const state = event.channel?.state;
  if (state === 'Ringing' && leg.status === 'dialing') {
    return { leg: { ...leg, status: 'ringing', since: now }, facts: [{ type: 'leg.ringing' }] };
  }
  return state === 'Up' && leg.inbound ? answered(leg, event, now) : { leg, facts: [] };
}

/** The codecs that were agreed on, the one that is used first; `ari.conf` has Asterisk tell them with every event. */
const isWideband = ({ channel }: AriEvent): boolean =>
  /^\(g722\b/.test(String(channel?.channelvars?.['CHANNEL(audionativeformat)']));

function answered(leg: Leg, event: AriEvent, now: number): AppliedEvent {
  if (leg.status !== 'dialing' && leg.status !== 'ringing') return { leg, facts: [] };
  const up: Leg = { ...leg, status: 'up', since: now, ...(isWideband(event) && { wideband: true }) };
  return { leg: up, facts: [{ type: 'leg.answered' }] };
}

function playbackFinished(leg: Leg, finished: AriEvent['playback']): AppliedEvent {
  if (!leg.playback || !finished || !leg.playback.parts.includes(finished.id)) return { leg, facts: [] };
  // The gateway could not fetch or read it: the flow goes on, and the timeline says so.
  const failed: LegFact[] =
    finished.state === 'failed' ? [{ type: 'leg.prompt-failed', code: 'prompt_not_played' }] : [];
  if (leg.playback.parts.at(-1) !== finished.id) return { leg, facts: failed };
  return {
    leg: withoutPlayback(leg),
    facts: [...failed, { type: 'leg.playback-ended', playback: leg.playback.id }],
  };
}

function destroyed(leg: Leg, cause: number, now: number): AppliedEvent {
  const isLost = leg.status === 'dialing' && mayTryAnotherTrunk(cause) && (leg.dial?.rest.length ?? 0) > 0;
  const isWanted = leg.todo.every((it) => it.do !== 'hangup');
  return isLost && isWanted ? { leg, facts: [], another: causeOf(cause) } : end(leg, causeOf(cause), now);
}

/** The end, for whatever reason; told once. */
export function end(leg: Leg, cause: EndCause, now: number): LegChange {
  if (leg.status === 'over') return { leg, facts: [] };
  return { leg: endLeg(leg, now), facts: [{ type: 'leg.ended', cause }] };
}
