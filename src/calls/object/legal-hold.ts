import { emptyLane, put } from '../../lib/outbox.ts';
import { isOver } from '../call.ts';
import type { CallState } from './state.ts';

/** Puts the call on legal hold, or lifts it. The database hears of it, for the daily run and for the call's recordings. */
export function setLegalHold(record: CallState, legalHold: boolean, wall: number): CallState {
  const { call, version } = record;
  if ((call.legalHold ?? false) === legalHold) return record;
  const copies = put(emptyLane<number>(), version + 1, wall);
  return { ...record, call: { ...call, legalHold }, version: version + 1, copies };
}

/**
 * Whether everything about the call may be erased: the call is over and not on hold, and the database has all that outlives
 * it, which is the copy and the evidence of consent. Callbacks that were not delivered until now are not waited for.
 */
export const mayForget = ({ call, copies, messages }: CallState): boolean =>
  isOver(call) &&
  !call.legalHold &&
  copies.messages.length === 0 &&
  !messages.messages.some(({ to }) => to === 'consents');
