import type { Scope } from './scope.ts';

export const CALL_STATUSES = [
  'queued',
  'ringing',
  'in-progress',
  'completed',
  'failed',
  'busy',
  'no-answer',
  'canceled',
] as const;
export type CallStatus = (typeof CALL_STATUSES)[number];
export const DIRECTIONS = ['inbound', 'outbound'] as const;
export type Direction = (typeof DIRECTIONS)[number];
/** Why a call ended: the network's cause, or our own decision. */
export const END_REASONS = [
  'hangup',
  'busy',
  'rejected',
  'no-answer',
  'unallocated',
  'congestion',
  'network-failure',
  'no-gateway',
  'no-route',
  'emergency-refused',
  'caller-id-not-owned',
  'canceled',
  'timeout',
  'time-limit',
  'api',
  'flow-ended',
  'flow-failed',
] as const;
export type EndReason = (typeof END_REASONS)[number];
/** What the network and the customer can see of a call, and its lists. */
export interface CallFacts extends Scope {
  id: string;
  /** Of a call that another one dialled. */
  parentId?: string;
  status: CallStatus;
  direction: Direction;
  from: string;
  to: string;
  /** When dialling began, or an inbound call arrived. Epoch milliseconds, as all times here. */
  startedAt: number;
  answeredAt?: number;
  endedAt?: number;
  endReason?: EndReason;
  answeredBy?: 'machine';
  /** Integer micro-euros; set at the end. */
  priceMicros?: number;
  /** When everything personal goes; set at the end. */
  expiresAt?: number;
  /** Whether it stays in spite of that; absent as long as nobody said. */
  legalHold?: boolean;
  metadata?: Record<string, string>;
}

export type CallRefusal = 'call_not_found';
/** What a call answers to who wants to record it. */
export type RecorderRefusal =
  | CallRefusal
  | 'call_not_in_progress'
  | 'call_recorded_already'
  | 'call_in_conference'
  | 'recording_consent_required'
  | 'recording_not_open';
