/**
 * An event of Asterisk names a channel, a playback or a recording, and nothing else: what the thing is for must be in its
 * name, because the object may have been asleep since it asked for it. All these names are made and read here, in pairs.
 */

/**
 * Whether this can be the id of a channel, a bridge or a playback: ours, or one that Asterisk made, such as
 * `gateway-1732791600.12`. It becomes part of ARI's paths, so it has nothing in it that would lead to another resource.
 */
export const isAriId = (id: unknown): id is string =>
  typeof id === 'string' && /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,149}$/.test(id);

/** Whether this can be the id of a trunk, which becomes part of dial strings. */
export const isTrunk = (id: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(id);

/**
 * The channel of a leg that we dial. A leg that leaves a silent trunk goes on over a channel of another name (`CA…-t2`):
 * what the one before still reports, a late answer above all, must not be taken for news of the leg.
 */
export const dialledChannel = (leg: string, count: number): string => (count === 1 ? leg : `${leg}-t${count}`);

/** The leg for which a channel was dialled. */
export const legOfDialledChannel = (channel: string): string => channel.replace(/-t\d+$/, '');

/** Asterisk's playback for part `index` of a call's playback: the first has the id that the call gave (`CA…-3`), the next `CA…-3.1`. */
export const playbackPart = (playback: string, index: number): string =>
  index === 0 ? playback : `${playback}.${index}`;

/** The playback, as its call knows it, of which this is a part. */
export const playbackOfPart = (part: string): string => part.split('.', 1)[0] ?? '';

/** The channel that whispers a playback to a leg in a bridge; the id of a call's playback begins with its leg's. */
export const whisperChannel = (playback: string): string => playback;

/** The leg to which a playback is whispered. */
export const legOfPlayback = (playback: string): string => playback.split('-', 1)[0] ?? '';

/** The channel through which a coach hears the coached leg, and whispers to it. */
export const coachChannel = (coach: string): string => `coach-${coach}`;

/** The bridge in which a coach is alone with that channel. */
export const coachBridge = (bridge: string, coach: string): string => `${bridge}-c${coach}`;

/** The channel that listens for an answering machine on a leg. */
export const machineDetector = (leg: string): string => `amd-${leg}`;

/** Undefined for a channel that is none. */
export const legOfMachineDetector = (channel: string): string | undefined =>
  /^amd-(CA[0-9a-f]{32})$/.exec(channel)?.[1];

/** The channel that listens for silence on the leg of a recorder. */
export const silenceDetector = (recording: string): string => `silence-${recording}`;

export const recordingOfSilenceDetector = (channel: string): string => channel.replace(/^silence-/, '');

/** A side of a stereo recording: what the party says, or what it hears. */
export type RecordingSide = 'in' | 'out';

/** The channel that hears for a recorder, for each side its own where there are two. */
export const recorderChannel = (recording: string, side?: RecordingSide): string =>
  `rec-${recording}${side === undefined ? '' : `.${side}`}`;

/** The file of a recording. `trim` asks the gateway to cut off the silence at both ends. */
export interface RecordingFile {
  recording: string;
  trim: boolean;
  /** Absent for a mono recording. */
  side?: RecordingSide;
}

/** What ARI calls the recording: a path below `spool/recording`. The gateway uploads what is complete in this folder. */
export const recordingName = ({ recording, trim, side }: RecordingFile): string =>
  `done/${recording}${trim ? '.trim' : ''}${side === undefined ? '' : `.${side}`}`;

/** Reads such a name; undefined for a recording of somebody else. */
export function parseRecordingName(name: string): RecordingFile | undefined {
  const [, recording, trim, side] = /^done\/(RE[0-9a-f]{32})(\.trim)?(?:\.(in|out))?$/.exec(name) ?? [];
  if (recording === undefined) return undefined;
  return { recording, trim: trim !== undefined, ...(side !== undefined && { side: side as RecordingSide }) };
}

/**
 * The call from one gateway to another that links the two halves of a bridge: its channel at the caller, and the number
 * that is dialled. The dialplan of the called gateway lets in what begins with `meet`; `secret` is what admits the call.
 */
export const linkName = (secret: string): string => `meet${secret}`;

/** The SIP endpoint of another gateway. It is part of dial strings, so that a gateway's id can never be a carrier's trunk. */
export const gatewayEndpoint = (gateway: string): string => `gateway-${gateway}`;

/** Whether a channel has a phone, or another gateway, at its other end; by the name that Asterisk gives it. */
export const isSipChannel = (name: string): boolean => name.startsWith('PJSIP/');

/** Whether a channel listens or whispers to another one. */
export const isSnoopChannel = (name: string): boolean => name.startsWith('Snoop/');
