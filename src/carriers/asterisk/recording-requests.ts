import type { Instruction } from '../../contracts/carrier.ts';
import type { AriRequest } from './commands.ts';
import type { AriEvent } from './events.ts';
import { isLive, type Leg, type LegRecorder, uriOf } from './leg.ts';

type RecorderInstruction = Extract<Instruction, { do: 'recorder' }>;

/** One file of a recorder: what ARI calls it, and of a leg the channel that hears for it. */
interface Track {
  name: string;
  /** A channel of its own: what is recorded on the leg's channel, that channel can do nothing beside. */
  listener: string;
  spy: 'both' | 'in' | 'out';
}

/** What is written there, the gateway brings to the Worker once it is closed. */
const FOLDER = 'done/';

/** Before it does, it cuts off the silence at both ends of what is called so. */
const TRIM = '.trim';

export function tracksOf({ id, channels, trim }: LegRecorder): Track[] {
  const name = FOLDER + id + (trim ? TRIM : '');
  const track = (part: string, spy: Track['spy']): Track => ({ name: name + part, listener: `rec-${id}${part}`, spy });
  return channels === 1 ? [track('', 'both')] : [track('.in', 'in'), track('.out', 'out')];
}

const silenceOf = ({ id }: LegRecorder): string => `silence-${id}`;

/** The channels that a recorder has beside its leg. */
const channelsOf = (recorder: LegRecorder): string[] => [
  ...tracksOf(recorder).map(({ listener }) => listener),
  silenceOf(recorder),
];

/** Those that must not be hung up when nobody else knows them. */
export const recorderChannels = (legs: Leg[]): string[] =>
  legs.filter(isLive).flatMap(({ recorders = [] }) => recorders.filter(({ closed }) => !closed).flatMap(channelsOf));

/** The channels that listen to a leg; a bridge is recorded without any. */
export const listen = (leg: Leg, recorder: LegRecorder): AriRequest[] =>
  leg.status === 'bridge'
    ? []
    : tracksOf(recorder).map(({ listener, spy }) => ({
        method: 'POST',
        uri: `channels/${leg.channel}/snoop`,
        query: { spy, app: 'telefoon', appArgs: 'recorder', snoopId: listener },
      }));

/** While it is deaf, a recorder can be begun and paused without a moment of sound in between. */
export const deafen = (leg: Leg, recorder: LegRecorder, method: 'POST' | 'DELETE'): AriRequest[] =>
  leg.status === 'bridge'
    ? []
    : tracksOf(recorder).map(({ listener }) => ({
        method,
        uri: `channels/${listener}/mute`,
        query: { direction: 'in' },
      }));

export const write = (leg: Leg, recorder: LegRecorder): AriRequest[] =>
  tracksOf(recorder).map(({ name, listener }) => ({
    method: 'POST',
    uri: leg.status === 'bridge' ? `${uriOf(leg)}/record` : `channels/${listener}/record`,
    query: { name, format: 'wav', ifExists: 'fail' },
  }));

/**
 * A recording that ends at silence would hear our own prompts, and be over: the dialplan listens to what the phone says,
 * and the channel comes back when that was nothing.
 */
export const detectSilence = ({ channel }: Leg, recorder: LegRecorder, seconds: number): AriRequest[] => [
  {
    method: 'POST',
    uri: `channels/${channel}/snoop`,
    query: { spy: 'in', app: 'telefoon', appArgs: 'recorder', snoopId: silenceOf(recorder) },
  },
  {
    method: 'POST',
    uri: `channels/${silenceOf(recorder)}/continue`,
    query: { context: 'detect-silence', extension: String(Math.round(seconds * 1000)), priority: '1' },
  },
];

export const liveOf = ({ name }: Track): string => `recordings/live/${encodeURIComponent(name)}`;

/** Asterisk keeps paused and muted apart. What makes the recorder hear less comes first. */
const CHANGES: Record<Exclude<RecorderInstruction['is'], 'off'>, [AriRequest['method'], string][]> = {
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

export const change = (recorder: LegRecorder, is: keyof typeof CHANGES): AriRequest[] =>
  CHANGES[is].flatMap(([method, what]) =>
    tracksOf(recorder).map((track) => ({ method, uri: `${liveOf(track)}/${what}` })),
  );

export function close(leg: Leg, recorder: LegRecorder): AriRequest[] {
  const stop = tracksOf(recorder).map((track): AriRequest => ({ method: 'POST', uri: `${liveOf(track)}/stop` }));
  const channels = leg.status === 'bridge' ? [] : tracksOf(recorder).map(({ listener }) => listener);
  if (recorder.silence) channels.push(silenceOf(recorder));
  return [...stop, ...channels.map((id): AriRequest => ({ method: 'DELETE', uri: `channels/${id}` }))];
}

/** What a recorder that is about to be opened is not to hear, if the call has said so already. */
export function openedAs({ todo }: Leg, recording: string): 'on' | 'paused' | 'silent' {
  const [first] = todo.filter((it) => it.do === 'recorder' && it.recording === recording) as RecorderInstruction[];
  if (first?.is === 'off') return 'paused';
  return first?.is ?? 'on';
}

/** The recording that has ended, and whether anybody asked it to: also one that met a full disk is `done` for Asterisk. */
export function endedIn({ type, recording }: AriEvent): string | undefined {
  if (type !== 'RecordingFinished' && type !== 'RecordingFailed') return undefined;
  return /^done\/(RE[0-9a-f]{32})(\.trim)?(\.in|\.out)?$/.exec(recording?.name ?? '')?.[1];
}

/** The recording of which nothing was said for as long as was asked, and the channel that found out. */
export function silenceIn({ type, args, channel }: AriEvent): { recording: string; channel: string } | undefined {
  if (type !== 'StasisStart' || !channel || args?.[0] !== 'silence') return undefined;
  return { recording: channel.id.replace(/^silence-/, ''), channel: channel.id };
}
