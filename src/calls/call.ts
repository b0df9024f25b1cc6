import type { CallFacts, CallStatus, EndReason } from '../contracts/call.ts';
import type { EndCause, Route, Script } from '../contracts/carrier.ts';
import type { ConsentOnFile, NoticeWords, Party, RecordingPolicy } from '../contracts/consent.ts';
import type { DialEvent } from '../contracts/orders.ts';
import type { RecorderState, RecordingOrder } from '../contracts/recording.ts';
import type { Position } from '../flow/interpreter.ts';
import type { FlowProblem } from '../flow/problem.ts';
import type { Verb } from '../flow/verb.ts';
import { defined } from '../lib/defined.ts';
import { idTime } from '../lib/ids.ts';
import type { Rate } from '../rates/rate.ts';
import type { Retention } from '../retention/retention.ts';

/** A request for a flow document, or for the next one. */
export interface FlowRequest {
  /** Requests of a call are numbered 1, 2, … */
  number: number;
  /** The reason of the request: answered, incoming, gather, redirect … */
  event: string;
  url: string;
  /** POST when absent. */
  method?: 'GET' | 'POST';
  params: Record<string, string>;
  /** The call is over: its verb only tells how it went, and the answer does not run. */
  last?: true;
  /** The problem that makes this request one to `fallback_url`. */
  failed?: FlowProblem & { url: string };
}

/** How a live call stands with its document: it waits for one, for its line to be answered, for the database, or for an event of its verb. */
export type Flow =
  | { is: 'fetching'; request: FlowRequest }
  | { is: 'answering'; position: Position }
  /** The database is asked who has agreed to be recorded. */
  | { is: 'looking'; next: AfterConsent }
  | { is: 'running'; position: Position };

/** The whole truth about a call, as JSON: its object's row holds it. */
export interface Call extends CallFacts {
  /** How long the phone may ring, in seconds. */
  timeout: number;
  /** How long the call may last from its answer on, in seconds. */
  timeLimit: number;
  language: string;
  /** The language that the flow has spoken last, if that is another one. */
  flowLanguage?: string;
  rate: Rate;
  /** How long the call and its recordings are kept. */
  retention: Retention;
  url?: string;
  /** The inline document, until it runs. */
  inline?: Verb[];
  /** What the author of the inline document should know, until it runs. */
  inlineWarnings?: string[];
  /** The attributes of the inline document that are ignored, until it runs. */
  inlineIgnored?: string[];
  fallbackUrl?: string;
  statusCallback?: string;
  /** The changes that the status callback is told; all when absent. */
  statusEvents?: DialEvent[];
  /** The account's webhook secrets when the call began: a live call never needs the database. */
  secrets: string[];
  script?: Script;
  /** The customer wants to know whether an answering machine has answered. */
  detectMachine?: boolean;
  /**
   * The trunks that may carry a live call, decided when it began, or why there is none. The gateway of the first trunk is
   * the leg's home and gets its commands; if another gateway carries the leg in the end, the home passes them on.
   */
  routes?: Route[] | EndCause;
  /** The gateway that has the call's channel, once the call is answered. */
  gateway?: string;
  /** The time of a simulated call is no longer in step with its network's. */
  runsFreely?: boolean;
  flow?: Flow;
  /** The call is recorded so from its answer on, if its party agrees. */
  recordOnAnswer?: RecordingOrder;
  /** The customer's own words that ask for consent, or announce the recording. */
  notice?: string;
  /** The words for recording that the operator has declared for the account, in languages of which we know none. */
  noticeWords?: NoticeWords;
  /** The consents that the database knows of; absent until somebody wants to record. */
  consentOnFile?: ConsentOnFile;
  /** What the party answered in this call when it was asked, or that it was told. */
  consent?: CallConsent;
  /** The notice that the party hears before the document goes on. */
  pendingNotice?: PendingNotice;
  /** What runs beside the document and the activity. */
  attachments: Attachments;
  /** The recording that was closed last, for the verb record that made it; its length in seconds, pauses included. */
  lastRecording?: { id: string; seconds: number };
  /** What the call is busy with besides its document; `flow` is then what only this call hears. */
  activity?: ActivityState;
  /** How often the call has dialled, how many legs it has placed, and how many conferences it has entered. */
  dials: number;
  legsPlaced: number;
  stays: number;
  /** How often the party was asked for consent, or told. */
  questions: number;
  /** How many recorders the call has opened. */
  recordings: number;
  /** How many documents the call has requested. */
  requests: number;
  /** How many playbacks the call has started. */
  playbacks: number;
  /** What a dial or a conference took longer than it might, in milliseconds, because an alarm came late: nobody pays for it. */
  overtime?: number;
  /** When the document that runs was loaded, and how many documents in a row were left within a second. */
  loadedAt?: number;
  hops: number;
}

/** A call counts these from its birth on. */
const NOTHING_YET = {
  requests: 0,
  playbacks: 0,
  hops: 0,
  dials: 0,
  legsPlaced: 0,
  stays: 0,
  questions: 0,
  recordings: 0,
};

/** Everything about a call that is decided before it exists. */
export type NewCallFacts = Omit<Call, 'status' | 'startedAt' | 'attachments' | keyof typeof NOTHING_YET>;

export const newCall = (facts: NewCallFacts): Call => ({
  ...facts,
  status: 'queued',
  startedAt: idTime(facts.id),
  attachments: {},
  ...NOTHING_YET,
});

/** The part of a call that everybody may see: no secrets, and nothing that only its machine needs. */
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

/** The number of the call's party; undefined for a caller who hides it. */
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
  'caller-id-not-owned': 'failed',
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

/** Who goes on once it is settled whether the party may be recorded: the first document, the activity, or the verb that waits. */
export type AfterConsent = 'begin' | 'activity' | Position;
/** A notice that the party hears first: a question, or an announcement. */
export interface PendingNotice {
  is: 'asking' | 'telling';
  next: AfterConsent;
  /** The announcement was not heard to its end, and is played once more. A question repeats itself. */
  repeated?: true;
}

/** What the party answered in this call, with the id of the evidence. */
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

/** The recorder that is open on a call, which has one at most. */
export interface Recorder {
  id: string;
  order: RecordingOrder;
  startedAt: number;
  /** The state that the customer wants the recorder to be in. */
  wanted: Exclude<RecorderState, 'off'>;
  /** The recorder is paused whatever the customer wants: somebody on the line has not agreed, or the call is in a conference. */
  suspended: boolean;
  /** The ids of the consents that cover the recording. */
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
  /** The one whom the call's party talks with, or is about to, and whether that one may be recorded. */
  partner?: Party;
  /** The moment from which the two have heard each other. */
  connectedAt?: number;
  /** When it must be over, in call time: by its own limit, or by that of the call that it belongs to. */
  endsBy?: number;
  /** The policy that holds for others on the line whom the call does not know. */
  recordedUnder?: RecordingPolicy;
  /** What is heard here is recorded by somebody else; the call's own recorder must not hear it. */
  recordedBy?: 'conference';
}
