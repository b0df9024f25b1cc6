import type { RecordingOrder } from './recording.ts';

/** Whom a call is to be connected with. Absolute URLs only. */
export interface DialOrder {
  targets: DialTarget[];
  /** One after the other instead of all at once. */
  sequential: boolean;
  /** Seconds that each may ring. */
  timeout: number;
  /** Seconds that they may talk. */
  timeLimit: number;
  /** What the dialled see; by default the number of who calls. */
  callerId?: string;
  answerOnBridge: boolean;
  hangupOnStar: boolean;
  /** From the moment they are connected, if everyone agrees. */
  record?: RecordingOrder;
}

export interface DialTarget {
  noun: 'number' | 'sip';
  /** E.164, or a SIP URI. */
  to: string;
  /** Asked for a document that the dialled one hears first. */
  url?: string;
  /** Keys that are pressed once it is answered. */
  sendDigits?: string;
  statusCallback?: string;
  statusEvents: DialEvent[];
}

/** TwiML's names for the statuses of a dialled leg. */
export const DIAL_EVENTS = ['initiated', 'ringing', 'answered', 'completed'] as const;
export type DialEvent = (typeof DIAL_EVENTS)[number];

/** Whose coming and going the conference hears a tone for, by TwiML's word. */
const BEEPS = { true: 'both', false: 'none', onEnter: 'enter', onExit: 'leave' } as const;
export type Beep = (typeof BEEPS)[keyof typeof BEEPS];

export const beepFor = (word: boolean | keyof typeof BEEPS): Beep => BEEPS[`${word}` as const];

/** How a call is to take part in a conference. */
export interface ConferenceOrder {
  /** A conference's friendly name, or its id. */
  name: string;
  /** At most 128 characters; unique in the conference. */
  label?: string;
  muted: boolean;
  beep: Beep;
  startOnEnter: boolean;
  endOnExit: boolean;
  /** Of a conference that is made by this call; an existing conference keeps its own limit. */
  maxParticipants?: number;
  /** The call id or label of the only one who shall hear it. */
  coach?: string;
  /** What is heard until the conference begins: absent: music; '': nothing. */
  waitUrl?: string;
  waitMethod?: 'GET' | 'POST';
  /** The first who enters decides about these. */
  statusCallback?: string;
  statusEvents?: ConferenceEventKind[];
  /** Of a conference that nobody was in before: record it, if everyone in it agrees. */
  record?: RecordingOrder;
  /** Seconds that the call may stay. */
  timeLimit: number;
}

/** The orders by which a verb makes its call busy with something, by the name of the activity. */
export interface ActivityOrders {
  dial: DialOrder;
  conference: ConferenceOrder;
}

/** One activity that a verb wants its call to begin, with all that the verb says about it. */
export type ActivityOrder = {
  [Name in keyof ActivityOrders]: { activity: Name; order: ActivityOrders[Name] };
}[keyof ActivityOrders];

/** The kinds of events of a conference that `statusCallbackEvent` chooses from. */
export const CONFERENCE_EVENT_KINDS = [
  'start',
  'end',
  'join',
  'leave',
  'mute',
  'hold',
  'speaker',
  'announcement',
  'full',
] as const;
export type ConferenceEventKind = (typeof CONFERENCE_EVENT_KINDS)[number];
