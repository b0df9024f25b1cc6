import { conferenceBridgeId } from '../contracts/bridge-id.ts';
import type { CallStatus } from '../contracts/call.ts';
import type { Prompt } from '../contracts/carrier.ts';
import type { ConferenceEntry, NewConference, Placement } from '../contracts/conference.ts';
import type { PartyConsent } from '../contracts/consent.ts';
import type { ConferenceEventKind } from '../contracts/orders.ts';
import type { RecordingOrder } from '../contracts/recording.ts';
import type { Mode } from '../contracts/scope.ts';
import { defined } from '../lib/defined.ts';
import { idTime } from '../lib/ids.ts';

export const CONFERENCE_STATUSES = ['init', 'in-progress', 'completed'] as const;
export type ConferenceStatus = (typeof CONFERENCE_STATUSES)[number];

/** How many may be in a conference that nobody gave a limit. */
export const MAX_PARTICIPANTS = 100;

/** So many announcements may wait for all, or for one participant, and so many characters for all. */
export const MAX_ANNOUNCEMENTS = 20;
const MAX_ANNOUNCEMENT_CHARACTERS = 32_768;

/** Why a conference is over. */
export const CONFERENCE_ENDS = [
  'last-participant-left',
  'last-participant-kicked',
  'participant-with-end-conference-on-exit-left',
  'participant-with-end-conference-on-exit-kicked',
  'ended-via-api',
  'expired',
] as const;
export type ConferenceEnd = (typeof CONFERENCE_ENDS)[number];

/** What the lists show of a conference. */
export interface ConferenceFacts {
  id: string;
  accountId: string;
  mode: Mode;
  friendlyName?: string;
  status: ConferenceStatus;
  maxParticipants: number;
  participantCount: number;
  /** Epoch milliseconds, as all times here. */
  createdAt: number;
  /** When the first two heard each other. */
  startedAt?: number;
  endedAt?: number;
  endReason?: ConferenceEnd;
  /** When it is forgotten: of a conference that is over. */
  expiresAt?: number;
}

/** Someone who is in a conference, or is being called into it. */
export interface Participant {
  call: string;
  /** Which conference of the call's life it is; 0 until it enters. */
  stay: number;
  /** What its call was like when it was last heard of. */
  callStatus: CallStatus;
  label?: string;
  muted: boolean;
  hold: boolean;
  holdUrl?: string;
  /** POST when absent. */
  holdMethod?: 'GET' | 'POST';
  /** The call that alone hears it. */
  coaches?: string;
  beep: ConferenceEntry['beep'];
  startOnEnter: boolean;
  endOnExit: boolean;
  gateway?: string;
  /** When the conference was told that it is being called. */
  expectedAt?: number;
  joinedAt?: number;
  /** Where it was last told to be. */
  placement?: Placement;
  /** Whether its speech has begun, and not ended. */
  talking?: boolean;
  /** Of a recorded conference: whether it may be recorded, once it has answered, and what proves it; `asking` meanwhile. */
  partyConsent?: PartyConsent;
  evidence?: string;
  asking?: true;
  /** What only it is being told, by id. */
  announcements?: string[];
}

/** The whole truth about a conference. JSON. */
export interface Conference extends Omit<ConferenceFacts, 'participantCount'> {
  secrets: string[];
  statusCallback?: string;
  statusEvents?: ConferenceEventKind[];
  participants: Participant[];
  /** The last stay of each call that has left: what comes later of it does not matter. */
  left: Record<string, number>;
  /** The last stay of each call of which it was told that the conference was full. */
  turnedAway: Record<string, number>;
  /** To be recorded while everyone in it agrees, and how long such recordings are kept (ISO 8601). */
  record?: RecordingOrder;
  notice?: string;
  keep?: string;
  /** How long the conference itself is kept after its end (ISO 8601): as long as calls. */
  kept?: string;
  recorder?: ConferenceRecorder;
  /** Recorders opened so far. */
  recordings: number;
  /** How often its bridge was made anew. */
  generation: number;
  /** The gateway that has the bridge. */
  home?: string;
  /** Messages to calls, and playbacks on the bridge, so far. */
  messages: number;
  playbacks: number;
  /** What all hear at the moment, and what comes after it. */
  sound?: Sound & { playback: string };
  sounds: Sound[];
}

/** Something that all hear; an announcement has an id, and its end is told. */
export interface Sound {
  prompts: Prompt[];
  announcement?: string;
}

/** Whether one more announcement to all may wait for its turn. */
export function hasRoomFor({ sound, sounds }: Pick<Conference, 'sound' | 'sounds'>, prompts: Prompt[]): boolean {
  const waiting = [...(sound ? [sound] : []), ...sounds].filter(({ announcement }) => announcement !== undefined);
  const characters = JSON.stringify([prompts, waiting.map((it) => it.prompts)]).length;
  return waiting.length < MAX_ANNOUNCEMENTS && characters <= MAX_ANNOUNCEMENT_CHARACTERS;
}

/** With what a conference begins: what its creator, or the first who enters, has decided. */
export type ConferenceSettings = NewConference &
  Pick<Conference, 'maxParticipants' | 'statusCallback' | 'statusEvents' | 'record' | 'notice' | 'keep' | 'kept'>;

export const newConference = (facts: ConferenceSettings): Conference => ({
  ...facts,
  status: 'init',
  createdAt: idTime(facts.id),
  participants: [],
  left: {},
  turnedAway: {},
  recordings: 0,
  generation: 0,
  messages: 0,
  playbacks: 0,
  sounds: [],
});

/** The first who enters decides what its creator, if it has one, has not: whom it reports to, whether it is recorded, its retention. */
export function openedBy(
  conference: Conference,
  { statusCallback, statusEvents, record, kept }: ConferenceEntry,
): Conference {
  if (conference.status !== 'init') return conference;
  const reports = statusCallback !== undefined && { statusCallback, ...(statusEvents && { statusEvents }) };
  return {
    ...conference,
    ...(conference.record === undefined && record && { record }),
    ...(conference.kept === undefined && kept !== undefined && { kept }),
    ...(conference.statusCallback === undefined && reports),
  };
}

/** Of a participant who is being called: nobody has heard yet that the call exists. */
export const isUnheardOf = ({ stay, callStatus }: Participant): boolean => stay === 0 && callStatus === 'queued';

export const isPresent = ({ stay }: Participant): boolean => stay > 0;

export const present = ({ participants }: Pick<Conference, 'participants'>): Participant[] =>
  participants.filter(isPresent);

/** By call id, or by label. */
export const findParticipant = ({ participants }: Conference, who: string): Participant | undefined =>
  participants.find(({ call }) => call === who) ?? participants.find(({ label }) => label === who);

export const bridgeOf = ({ id, generation }: Pick<Conference, 'id' | 'generation'>): string =>
  conferenceBridgeId(id, generation);

export const conferenceFacts = (conference: Conference): ConferenceFacts =>
  defined({
    id: conference.id,
    accountId: conference.accountId,
    mode: conference.mode,
    friendlyName: conference.friendlyName,
    status: conference.status,
    maxParticipants: conference.maxParticipants,
    participantCount: present(conference).length,
    createdAt: conference.createdAt,
    startedAt: conference.startedAt,
    endedAt: conference.endedAt,
    endReason: conference.endReason,
    expiresAt: conference.expiresAt,
  });

/** The recorder that is open on a conference's bridge. */
export interface ConferenceRecorder {
  id: string;
  bridge: string;
  /** `pausing` until the network has said that nothing is heard any more. */
  is: 'on' | 'pausing' | 'paused';
  /** What the customer wants of it while everyone agrees. */
  wanted?: 'paused' | 'silent';
  /** Ids of the consents that cover it. */
  consents: string[];
}
