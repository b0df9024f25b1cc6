import { DIRECTIONS } from '../../contracts/call.ts';
import type { Scope } from '../../contracts/scope.ts';
import { aliveQuery } from '../../lib/alive-rows.ts';
import { lowestId } from '../../lib/ids.ts';

const ALIVE = aliveQuery('calls', 'calls_by_status', {
  status: ['queued', 'ringing', 'in-progress'],
  direction: DIRECTIONS,
});

/** Finds up to `limit` calls of all accounts that began before `before` and are not over, as far as the database knows. */
export async function callsAlive(db: D1Database, before: number, limit: number): Promise<(Scope & { id: string })[]> {
  return (await db.prepare(ALIVE).bind(lowestId('CA', before), limit).all<Scope & { id: string }>()).results;
}
