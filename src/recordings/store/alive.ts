import type { Scope } from '../../contracts/scope.ts';
import { aliveQuery } from '../../lib/alive-rows.ts';
import { lowestId } from '../../lib/ids.ts';

const ALIVE = aliveQuery('recordings', 'recordings_by_status', { status: ['in-progress', 'paused', 'uploading'] });

/** Finds up to `limit` recordings of all accounts that began before `before` and wait for something, as far as the database knows. */
export async function recordingsAlive(
  db: D1Database,
  before: number,
  limit: number,
): Promise<(Scope & { id: string })[]> {
  return (await db.prepare(ALIVE).bind(lowestId('RE', before), limit).all<Scope & { id: string }>()).results;
}
