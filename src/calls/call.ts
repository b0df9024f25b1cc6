import type { CallFacts, CallStatus, EndReason } from '../contracts/call.ts';
import type { EndCause, Route, Script } from '../contracts/carrier.ts';
import type { ConsentOnFile, Party, RecordingPolicy } from '../contracts/consent.ts';
import type { DialEvent } from '../contracts/orders.ts';
import type { RecorderState, RecordingOrder } from '../contracts/recording.ts';
import type { Position } from '../flow/interpreter.ts';
import type { FlowProblem } from '../flow/problem.ts';
import type { Verb } from '../flow/verb.ts';
import { defined } from '../lib/defined.ts';
import { madeAt } from '../lib/ids.ts';
import type { Rate } from '../rates/rate.ts';
import type { Retention } from '../retention/retention.ts';

/** A request for a flow document, or for the next one. */
export interface FlowRequest {
  /** 1, 2, … within the call. */
  number: number;
  /** Why: answered, incoming, gather, redirect … */
  event: string;
  url: string;
  /** POST unless it says otherwise. */
  method?: 'GET' | 'POST';
  params: Record<string, string>;
  /** It asks `fallback_url`, because of this. */
  failed?: FlowProblem & { url: string };
}

/** What a live call does: waits for a document, for the line to be answered, for the database, or for an event of its verb. */
export type Flow =
  | { is: 'fetching'; request: FlowRequest }
  | { is: 'answering'; position: Position }
  /** It is being looked up who has agreed to be recorded. */
  | { is: 'looking'; next: AfterConsent }
  | { is: 'running'; position: Position };

/** The whole truth about a call. JSON. */
export interface Call extends CallFacts {
  /** Seconds. */
  timeout: number;
  /** Seconds. */
  timeLimit: number;
  language: string;
  rate: Rate;
  /** For how long it and its recordings are kept. */
  retention: Retention;
  url?: string;
  /** The inline document, until it runs. */
  inline?: Verb[];
  fallbackUrl?: string;
  statusCallback?: string;
  /** Which changes it hears of; all when absent. */
  statusEvents?: DialEvent[];
  /** The account's webhook secrets when the call began: a live call never needs the database. */
  secrets: string[];
  script?: Script;
  /** Whether to find out if an answering machine has answered. */
  detectMachine?: boolean;
  /**
   * Of a live call: the trunks that may carry it, decided when it began, or why there is none. The gateway of the
   * first is the leg's home and gets its commands; if another one carries the leg in the end, the home passes them on.
   */
  routes?: Route[] | EndCause;
  /** The gateway that has its channel, once it is answered. */
  gateway?: string;
  /** Of a simulated call: its time is no longer in step with its network's. */
  runsFreely?: boolean;
  flow?: Flow;
  /** To be recorded from the answer on, if its party agrees. */
  recordOnAnswer?: RecordingOrder;
  /** What asks for consent, or announces, in the customer's own words. */
  notice?: string;
  /** What is known of those who may be recorded; absent until somebody wants to record. */
  consentOnFile?: ConsentOnFile;
  /** What its party said when it was asked in this call, or that it was told. */
  consent?: CallConsent;
  /** While the party is asked or told, beside the document. */
  pendingNotice?: PendingNotice;
  /** What runs beside the document and the activity. */
  attachments: Attachments;
  /** The one before, for the verb that made it. Seconds from its start, pauses included. */
  lastRecording?: { id: string; seconds: number };
  /** What the call is busy with besides its document; `flow` is then what only this call hears. */
  activity?: ActivityState;
  /** Dials, dialled calls and conferences so far. */
  dials: number;
  placed: number;
  stays: number;
  /** How often consent was asked for. */
  questions: number;
  /** Recorders opened so far. */
  recordings: number;
  /** Flow requests made so far. */
  requests: number;
  /** Playbacks started so far. */
  playbacks: number;
  /** When the document that runs was loaded, and how many in a row were left within a second. */
  loadedAt?: number;
  hops: number;
}

/** What a call counts, from its birth on. */
const NOTHING_YET = { requests: 0, playbacks: 0, hops: 0, dials: 0, placed: 0, stays: 0, questions: 0, recordings: 0 };

/** What is decided before a call exists. */
export type NewCallFacts = Omit<Call, 'status' | 'startedAt' | 'attachments' | keyof typeof NOTHING_YET>;

export const newCall = (facts: NewCallFacts): Call => ({
  ...facts,
  status: 'queued',
  startedAt: madeAt(facts.id),
  attachments: {},
  ...NOTHING_YET,
});

/** What everybody may see of a call: no secrets, and nothing that only its machine needs. */
export const callFacts = (call: Call): CallFacts =>
  defined({
    id: call.id,
    accountId: call.accountId,
    mode: call.mode,
    parentId: call.parentId,
    status: call.status,
    direction: call.direction,
    from: call.from,
    to: call.to,
    startedAt: call.startedAt,
    answeredAt: call.answeredAt,
    endedAt: call.endedAt,
    endReason: call.endReason,
    answeredBy: call.answeredBy,
    priceMicros: call.priceMicros,
    expiresAt: call.expiresAt,
    legalHold: call.legalHold,
    metadata: call.metadata,
  });

/** Whoever the customer talks to; undefined for a caller who hides. */
export function otherParty({ direction, from, to }: CallFacts): string | undefined {
  const number = direction === 'inbound' ? from : to;
  return number.startsWith('+') ? number : undefined;
}

export const isOver = ({ endedAt }: { endedAt?: number }): boolean => endedAt !== undefined;

/** Whole seconds from answer to end; 0 for a call that was never answered, undefined before the end. */
export function durationOf({ answeredAt, endedAt }: Pick<CallFacts, 'answeredAt' | 'endedAt'>): number | undefined {
  if (endedAt === undefined) return undefined;
  return answeredAt === undefined ? 0 : Math.max(0, Math.round((endedAt - answeredAt) / 1000));
}

const STATUS_BEFORE_ANSWER: Record<EndCause, CallStatus> = {
  // Before the answer a normal end is a caller who gave up.
  normal: 'no-answer',
  busy: 'busy',
  rejected: 'busy',
  'no-answer': 'no-answer',
  unallocated: 'failed',
  congestion: 'failed',
  'network-failure': 'failed',
  'no-gateway': 'failed',
  'no-route': 'failed',
  'emergency-refused': 'failed',
};

/** The status of a call whose leg ended by itself. */
export function statusAfter(cause: EndCause, answered: boolean): CallStatus {
  if (!answered) return STATUS_BEFORE_ANSWER[cause];
  return cause === 'network-failure' || cause === 'no-gateway' ? 'failed' : 'completed';
}

export const reasonFor = (cause: EndCause, answered: boolean): EndReason => {
  if (cause !== 'normal') return cause;
  return answered ? 'hangup' : 'canceled';
};

/** What goes on once it is settled whether the party may be recorded: the first document, the activity, or the verb that waits. */
export type AfterConsent = 'begin' | 'activity' | Position;
/** What the party hears first. */
export interface PendingNotice {
  is: 'asking' | 'telling';
  next: AfterConsent;
}

/** What a party answered when it was asked in this call. */
export interface CallConsent {
  is: 'given' | 'refused' | 'announced';
  evidence?: string;
}

/** What runs on a call's leg beside its document and its activity; all of it ends with the leg. */
export interface Attachments {
  recorder?: Recorder;
  /** The network listens for an answering machine. */
  machineDetection?: { startedAt: number };
}

/** The recorder that is open on a call: there is one at most. */
export interface Recorder {
  id: string;
  order: RecordingOrder;
  startedAt: number;
  /** What the customer wants of it. */
  wanted: Exclude<RecorderState, 'off'>;
  /** Somebody is on the line, or the call is in a conference, where this recorder may not hear. */
  held: boolean;
  /** Ids of the consents that cover it. */
  consents: string[];
}

/**
 * What every activity says of itself to those who do not know its kind; each file in `activities/` adds what only it
 * needs. JSON.
 */
export interface ActivityState {
  kind: string;
  /** The verb that began the activity, and goes on when it is over; absent of one that the call was born with. */
  position?: Position;
  /** Who the call's party talks with, or is about to, and whether they may be recorded. */
  partner?: Party;
  /** Since when the two hear each other. */
  connectedAt?: number;
  /** The policy that holds for others on the line whom the call does not know. */
  recordedUnder?: RecordingPolicy;
  /** Who records what is heard here; the call's own recorder must not hear it. */
  recordedBy?: 'conference';
}
