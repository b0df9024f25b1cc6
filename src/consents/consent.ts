import type { RecordingPolicy } from '../contracts/consent.ts';
import type { Scope } from '../contracts/scope.ts';
import { derivedId, idTime } from '../lib/ids.ts';

export const PURPOSES = ['recording'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** The legal basis on which somebody is recorded: they said yes to it, agreed by contract, or the law demands it. */
export const BASES = ['opt-in', 'contract', 'legal-obligation'] as const;
export type Basis = (typeof BASES)[number];

/** What the party decided; `announced` when it was only told that it is recorded, where that is the policy. */
export const DECISIONS = ['granted', 'refused', 'announced'] as const;
export type ConsentDecision = (typeof DECISIONS)[number];

/** A consent on file counts in every call until it expires. A consent asked for in a call expires with it, and is kept as evidence. */
export const SOURCES = ['file', 'call'] as const;
export type ConsentSource = (typeof SOURCES)[number];

export interface Consent extends Scope {
  id: string;
  source: ConsentSource;
  /** Absent when a caller was asked who hid their number. */
  phoneNumber?: string;
  purpose: Purpose;
  /** `announcement` when the party was only told. */
  basis: Basis | 'announcement';
  decision: ConsentDecision;
  obtainedAt: number;
  obtainedHow: string;
  evidenceRef?: string;
  expiresAt?: number;
  withdrawnAt?: number;
  /** The withdrawal wants the recordings deleted, too, that were made under this consent. */
  deleteRecordings?: boolean;
  createdAt: number;
  callId?: string;
  language?: string;
  /** The hash of the notice as it was spoken, in hex. */
  noticeSha256?: string;
  /** Absent when nothing was pressed. */
  key?: string;
  policy?: RecordingPolicy;
}

/** The answer of a call's party to the notice. */
export interface Evidence extends Scope {
  callId: string;
  /** The questions of a call are numbered 1, 2, … */
  question: number;
  phoneNumber?: string;
  granted: boolean;
  /** The party was only told, and answered nothing. */
  announced?: true;
  /** The party was to be asked, or told, but the notice could not be played to its end. */
  unheard?: true;
  key?: string;
  /** The notice as it was spoken. */
  notice: string;
  language: string;
  /** The policy that held on the line. */
  policy: RecordingPolicy;
  /** The moment of the answer, epoch milliseconds. */
  at: number;
}

/** The id of the evidence, which is the same for the same question, however often and whenever it is written. */
export const evidenceId = (callId: string, question: number): string =>
  derivedId('CN', callId, question, idTime(callId));

/** Whether somebody may still be recorded under this consent. */
export const isActive = ({ decision, withdrawnAt, expiresAt }: Consent, now: number): boolean =>
  decision === 'granted' && withdrawnAt === undefined && (expiresAt === undefined || expiresAt > now);
