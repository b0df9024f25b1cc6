import type { Scope } from '../../contracts/scope.ts';
import { findAlive } from '../../lib/alive-rows.ts';

/** Finds conferences that are not over, as far as the database knows. */
export const conferencesAlive = findAlive<Scope & { id: string }>('CF', 'conferences', 'conferences_by_status', {
  status: ['init', 'in-progress'],
});
