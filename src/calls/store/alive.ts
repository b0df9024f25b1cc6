import { DIRECTIONS } from '../../contracts/call.ts';
import type { Scope } from '../../contracts/scope.ts';
import { findAlive } from '../../lib/alive-rows.ts';

/** Finds calls that are not over, as far as the database knows. */
export const callsAlive = findAlive<Scope & { id: string }>('CA', 'calls', 'calls_by_status', {
  status: ['queued', 'ringing', 'in-progress'],
  direction: DIRECTIONS,
});
