import { copyAgain } from '../../lib/object-state.ts';
import { isOver } from '../call.ts';
import type { CallState } from './state.ts';

/** Somebody needs the call as evidence, or no longer does; the database is told, for the daily run and for recordings. */
export function setLegalHold(record: CallState, legalHold: boolean, wall: number): CallState {
  const { call } = record;
  if ((call.legalHold ?? false) === legalHold) return record;
  return copyAgain({ ...record, call: { ...call, legalHold } }, wall);
}

/**
 * Whether everything about the call may go: it is over, nobody holds it, and the database has all that outlives it:
 * the copy and the evidence of consent. Callbacks that nobody took until now are not waited for.
 */
export const mayForget = ({ call, copies, messages }: CallState): boolean =>
  isOver(call) &&
  !call.legalHold &&
  copies.messages.length === 0 &&
  !messages.messages.some(({ to }) => to === 'consents');
