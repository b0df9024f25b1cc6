import type { RecordingPolicy } from '../contracts/consent.ts';
import type { Scope } from '../contracts/scope.ts';
import { derivedId, madeAt } from '../lib/ids.ts';

export const PURPOSES = ['recording'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Why somebody may be recorded: they said yes to it, agreed by contract, or the law demands it. */
export const BASES = ['opt-in', 'contract', 'legal-obligation'] as const;
export type Basis = (typeof BASES)[number];

/** `announced`: they were told that they are recorded, where that is the policy. */
export const DECISIONS = ['granted', 'refused', 'announced'] as const;
export type ConsentDecision = (typeof DECISIONS)[number];

/** On file: counts in every call until it expires. Asked in a call: counts in that call, and is kept as evidence. */
export const SOURCES = ['file', 'call'] as const;
export type ConsentSource = (typeof SOURCES)[number];

export interface Consent extends Scope {
  id: string;
  source: ConsentSource;
  /** Absent where a caller who hid their number was asked. */
  phoneNumber?: string;
  purpose: Purpose;
  /** `announcement` of one that was only told. */
  basis: Basis | 'announcement';
  decision: ConsentDecision;
  obtainedAt: number;
  obtainedHow: string;
  evidenceRef?: string;
  expiresAt?: number;
  withdrawnAt?: number;
  /** With the withdrawal: the recordings that were made under this consent are to go too. */
  deleteRecordings?: boolean;
  createdAt: number;
  callId?: string;
  language?: string;
  /** Of the notice as it was spoken, in hex. */
  noticeSha256?: string;
  /** Absent where nothing was pressed. */
  key?: string;
  policy?: RecordingPolicy;
}

/** What a party of a call answered to the notice. */
export interface Evidence extends Scope {
  callId: string;
  /** Which question of the call this answers: 1, 2, … */
  question: number;
  phoneNumber?: string;
  granted: boolean;
  /** It was only told, and answered nothing. */
  announced?: true;
  key?: string;
  /** The notice as it was spoken; only its hash is kept. */
  notice: string;
  language: string;
  /** The policy that held on the line. */
  policy: RecordingPolicy;
  /** When it was answered. */
  at: number;
}

/** The same for the same question, however often and whenever it is written. */
export const evidenceId = (callId: string, question: number): string =>
  derivedId('CN', callId, question, madeAt(callId));

/** Whether somebody may still be recorded because of it. */
export const isActive = ({ decision, withdrawnAt, expiresAt }: Consent, now: number): boolean =>
  decision === 'granted' && withdrawnAt === undefined && (expiresAt === undefined || expiresAt > now);
