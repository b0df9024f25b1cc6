import type { Scope } from '../../contracts/scope.ts';
import { aliveQuery } from '../../lib/alive-rows.ts';
import { lowestId } from '../../lib/ids.ts';

const ALIVE = aliveQuery('conferences', 'conferences_by_status', { status: ['init', 'in-progress'] });

/** Finds up to `limit` conferences of all accounts that were made before `before` and are not over, as far as the database knows. */
export async function conferencesAlive(
  db: D1Database,
  before: number,
  limit: number,
): Promise<(Scope & { id: string })[]> {
  return (await db.prepare(ALIVE).bind(lowestId('CF', before), limit).all<Scope & { id: string }>()).results;
}
