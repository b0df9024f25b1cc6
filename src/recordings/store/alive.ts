import type { Scope } from '../../contracts/scope.ts';
import { findAlive } from '../../lib/alive-rows.ts';

/** Finds recordings that wait for something, as far as the database knows. */
export const recordingsAlive = findAlive<Scope & { id: string }>('RE', 'recordings', 'recordings_by_status', {
  status: ['in-progress', 'paused', 'uploading'],
});
