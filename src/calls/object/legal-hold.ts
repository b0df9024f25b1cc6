import { copyAgain } from '../../lib/object-state.ts';
import { isOver } from '../call.ts';
import type { CallState } from './state.ts';

/** Puts the call on legal hold, or lifts it. The database hears of it, for the daily run and for the call's recordings. */
export function setLegalHold(record: CallState, legalHold: boolean, wall: number): CallState {
  const { call } = record;
  if ((call.legalHold ?? false) === legalHold) return record;
  return copyAgain({ ...record, call: { ...call, legalHold } }, wall);
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
