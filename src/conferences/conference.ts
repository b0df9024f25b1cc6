import type { CallStatus } from '../calls/call.ts';
import type { Stance } from '../consents/policy.ts';
import type { Mode, Prompt } from '../contracts/carrier.ts';
import type { Entry, Founding, Place } from '../contracts/conference.ts';
import type { RoomEventKind } from '../contracts/orders.ts';
import type { RecordOrder } from '../contracts/recording-order.ts';
import { madeAt } from '../lib/ids.ts';
import type { RoomRecorder } from './recording/recorder.ts';

export const CONFERENCE_STATUSES = ['init', 'in-progress', 'completed'] as const;
export type ConferenceStatus = (typeof CONFERENCE_STATUSES)[number];

/** How many may be in a room that nobody gave a limit. */
export const MAX_PARTICIPANTS = 100;

/** Why a room is over. */
export const ROOM_ENDS = [
  'last-participant-left',
  'last-participant-kicked',
  'participant-with-end-conference-on-exit-left',
  'participant-with-end-conference-on-exit-kicked',
  'ended-via-api',
  'expired',
] as const;
export type RoomEnd = (typeof ROOM_ENDS)[number];

/** What the lists show of a room. */
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
  endReason?: RoomEnd;
  /** When it is forgotten: of a room that is over. */
  expiresAt?: number;
}

/** Someone who is in a room, or is being called into it. */
export interface Participant {
  call: string;
  /** Which room of the call's life it is; 0 until it enters. */
  visit: number;
  /** What its call was like when it was last heard of. */
  callStatus: CallStatus;
  label?: string;
  muted: boolean;
  hold: boolean;
  holdUrl?: string;
  /** The call that alone hears it. */
  coaches?: string;
  beep: Entry['beep'];
  startOnEnter: boolean;
  endOnExit: boolean;
  gateway?: string;
  joinedAt?: number;
  /** Where it was last told to be. */
  place?: Place;
  /** Whether its speech has begun, and not ended. */
  talking?: boolean;
  /** Of a recorded room: whether it may be recorded, once it has answered, and what proves it; `asking` meanwhile. */
  stance?: Stance;
  evidence?: string;
  asking?: true;
  /** What only it is being told, by id. */
  announcements?: string[];
}

/** The whole truth about a room. JSON. */
export interface Room extends Omit<ConferenceFacts, 'participantCount'> {
  secrets: string[];
  statusCallback?: string;
  statusEvents?: RoomEventKind[];
  participants: Participant[];
  /** The last visit of each call that has left: what comes later of it does not matter. */
  left: Record<string, number>;
  /** The last visit of each call of which it was told that the room was full. */
  turnedAway: Record<string, number>;
  /** To be recorded while everyone in it agrees, and how long such recordings are kept (ISO 8601). */
  record?: RecordOrder;
  notice?: string;
  keep?: string;
  /** How long the room itself is kept after its end (ISO 8601): as long as calls. */
  kept?: string;
  recorder?: RoomRecorder;
  /** Recorders opened so far. */
  recordings: number;
  /** How often its bridge was made anew. */
  generation: number;
  /** The gateway that has the bridge. */
  home?: string;
  /** Messages to calls, and playbacks on the bridge, so far. */
  said: number;
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

type NewRoom = Founding &
  Pick<Room, 'maxParticipants' | 'statusCallback' | 'statusEvents' | 'record' | 'notice' | 'keep' | 'kept'>;

export const newRoom = (facts: NewRoom): Room => ({
  ...facts,
  status: 'init',
  createdAt: madeAt(facts.id),
  participants: [],
  left: {},
  turnedAway: {},
  recordings: 0,
  generation: 0,
  said: 0,
  playbacks: 0,
  sounds: [],
});

/** The first who enters decides what its creator, if it has one, has not: whom it reports to, whether it is recorded, its retention. */
export function openedBy(room: Room, { statusCallback, statusEvents, record, kept }: Entry): Room {
  if (room.status !== 'init') return room;
  const reports = statusCallback !== undefined && { statusCallback, ...(statusEvents && { statusEvents }) };
  return {
    ...room,
    ...(room.record === undefined && record && { record }),
    ...(room.kept === undefined && kept !== undefined && { kept }),
    ...(room.statusCallback === undefined && reports),
  };
}

export const isPresent = ({ visit }: Participant): boolean => visit > 0;

export const present = ({ participants }: Pick<Room, 'participants'>): Participant[] => participants.filter(isPresent);

/** By call id, or by label. */
export const findParticipant = ({ participants }: Room, who: string): Participant | undefined =>
  participants.find(({ call }) => call === who) ?? participants.find(({ label }) => label === who);

export const bridgeOf = ({ id, generation }: Pick<Room, 'id' | 'generation'>): string => `${id}-${generation}`;

export const factsOf = (room: Room): ConferenceFacts => ({
  id: room.id,
  accountId: room.accountId,
  mode: room.mode,
  ...(room.friendlyName !== undefined && { friendlyName: room.friendlyName }),
  status: room.status,
  maxParticipants: room.maxParticipants,
  participantCount: present(room).length,
  createdAt: room.createdAt,
  ...(room.startedAt !== undefined && { startedAt: room.startedAt }),
  ...(room.endedAt !== undefined && { endedAt: room.endedAt }),
  ...(room.endReason !== undefined && { endReason: room.endReason }),
  ...(room.expiresAt !== undefined && { expiresAt: room.expiresAt }),
});
