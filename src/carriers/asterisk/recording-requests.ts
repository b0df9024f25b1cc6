import type { Instruction } from '../../contracts/carrier.ts';
import type { AriRequest } from './ari.ts';
import {
  parseRecordingName,
  recorderChannel,
  recordingName,
  recordingOfSilenceDetector,
  silenceDetector,
} from './channel-names.ts';
import type { AriEvent } from './events.ts';
import { type GatewayLeg, isLive, type LegRecorder, resourceUri } from './leg.ts';

type RecorderInstruction = Extract<Instruction, { do: 'recorder' }>;

/** One file of a recorder. */
interface Track {
  /** What ARI calls the recording. */
  name: string;
  /** The channel that hears for a leg's recorder: a channel that is recorded itself can do nothing beside. */
  channel: string;
  spy: 'both' | 'in' | 'out';
}

export function tracksOf({ id, channels, ...recorder }: LegRecorder): Track[] {
  const trim = recorder.trim === true;
  if (channels === 1) {
    return [{ name: recordingName({ recording: id, trim }), channel: recorderChannel(id), spy: 'both' }];
  }
  return (['in', 'out'] as const).map((side) => ({
    name: recordingName({ recording: id, trim, side }),
    channel: recorderChannel(id, side),
    spy: side,
  }));
}

const channelsOfRecorder = (recorder: LegRecorder): string[] => [
  ...tracksOf(recorder).map(({ channel }) => channel),
  silenceDetector(recorder.id),
];

/** The channels of recorders that are open, which must not be hung up as nobody's. */
export const openRecorderChannels = (legs: GatewayLeg[]): string[] =>
  legs
    .filter(isLive)
    .flatMap(({ recorders = [] }) => recorders.filter(({ closed }) => !closed).flatMap(channelsOfRecorder));

/** Creates the channels that listen to a leg. A bridge is recorded without any. */
export const snoopRequests = (leg: GatewayLeg, recorder: LegRecorder): AriRequest[] =>
  leg.status === 'bridge'
    ? []
    : tracksOf(recorder).map(({ channel, spy }) => ({
        method: 'POST',
        uri: `channels/${leg.channel}/snoop`,
        query: { spy, app: 'telefoon', appArgs: 'recorder', snoopId: channel },
      }));

/** Mutes (POST) or unmutes (DELETE) those channels. While they are mute, a recorder can be begun and paused without a moment of sound in between. */
export const muteSnoopRequests = (leg: GatewayLeg, recorder: LegRecorder, method: 'POST' | 'DELETE'): AriRequest[] =>
  leg.status === 'bridge'
    ? []
    : tracksOf(recorder).map(({ channel }) => ({
        method,
        uri: `channels/${channel}/mute`,
        query: { direction: 'in' },
      }));

export const recordRequests = (leg: GatewayLeg, recorder: LegRecorder): AriRequest[] =>
  tracksOf(recorder).map(({ name, channel }) => ({
    method: 'POST',
    uri: leg.status === 'bridge' ? `${resourceUri(leg)}/record` : `channels/${channel}/record`,
    query: { name, format: 'wav', ifExists: 'fail' },
  }));

/**
 * A recording that is told to end at silence would hear our own prompts, and be over. So a channel of its own listens in
 * the dialplan to what the phone says, and comes back when the phone has said nothing.
 */
export const detectSilenceRequests = ({ channel }: GatewayLeg, { id }: LegRecorder, seconds: number): AriRequest[] => [
  {
    method: 'POST',
    uri: `channels/${channel}/snoop`,
    query: { spy: 'in', app: 'telefoon', appArgs: 'recorder', snoopId: silenceDetector(id) },
  },
  {
    method: 'POST',
    uri: `channels/${silenceDetector(id)}/continue`,
    query: { context: 'detect-silence', extension: String(Math.round(seconds * 1000)), priority: '1' },
  },
];

export const liveRecordingUri = ({ name }: Track): string => `recordings/live/${encodeURIComponent(name)}`;

/** Paused and muted are two switches for Asterisk. Of a change, the switch that makes the recorder hear less comes first. */
const STATE_CHANGES: Record<Exclude<RecorderInstruction['is'], 'off'>, [AriRequest['method'], string][]> = {
  on: [
    ['DELETE', 'mute'],
    ['DELETE', 'pause'],
  ],
  paused: [
    ['POST', 'pause'],
    ['DELETE', 'mute'],
  ],
  silent: [
    ['POST', 'mute'],
    ['DELETE', 'pause'],
  ],
};

export const setStateRequests = (recorder: LegRecorder, state: keyof typeof STATE_CHANGES): AriRequest[] =>
  STATE_CHANGES[state].flatMap(([method, action]) =>
    tracksOf(recorder).map((track) => ({ method, uri: `${liveRecordingUri(track)}/${action}` })),
  );

export function closeRequests(leg: GatewayLeg, recorder: LegRecorder): AriRequest[] {
  const stop = tracksOf(recorder).map(
    (track): AriRequest => ({ method: 'POST', uri: `${liveRecordingUri(track)}/stop` }),
  );
  const channels = leg.status === 'bridge' ? [] : tracksOf(recorder).map(({ channel }) => channel);
  if (recorder.detectsSilence) channels.push(silenceDetector(recorder.id));
  return [...stop, ...channels.map((id): AriRequest => ({ method: 'DELETE', uri: `channels/${id}` }))];
}

/** The state in which to open a recorder whose call has already asked for a change that is still pending. */
export function initialState({ pending }: GatewayLeg, recording: string): 'on' | 'paused' | 'silent' {
  const [first] = pending.filter((it) => it.do === 'recorder' && it.recording === recording) as RecorderInstruction[];
  if (first?.is === 'off') return 'paused';
  return first?.is ?? 'on';
}

/** The recording that has ended, for whatever reason: Asterisk also calls one finished that met a full disk. */
export function endedRecording({ type, recording }: AriEvent): string | undefined {
  if (type !== 'RecordingFinished' && type !== 'RecordingFailed') return undefined;
  return parseRecordingName(recording?.name ?? '')?.recording;
}

/** The recording whose party said nothing for as long as was asked, and the channel that found out. */
export function detectedSilence({ type, args, channel }: AriEvent): { recording: string; channel: string } | undefined {
  if (type !== 'StasisStart' || !channel || args?.[0] !== 'silence') return undefined;
  return { recording: recordingOfSilenceDetector(channel.id), channel: channel.id };
}
