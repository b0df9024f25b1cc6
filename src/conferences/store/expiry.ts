import type { Scope } from '../../contracts/scope.ts';

const DAY_MS = 86_400_000;

/** A conference whose retention is over. */
export type OverdueConference = Scope & { id: string };

const OVERDUE = `SELECT account_id AS accountId, mode, id FROM conferences INDEXED BY conferences_to_retire
  WHERE expires_at <= ?1 AND expires_at IS NOT NULL AND retired_at IS NULL ORDER BY expires_at LIMIT ?2`;

const these = (change: string): string => `UPDATE conferences SET ${change} FROM json_each(?2) AS due
  WHERE account_id = due.value ->> 'accountId' AND mode = due.value ->> 'mode' AND conferences.id = due.value ->> 'id'
  AND retired_at IS NULL`;

const FILL = `UPDATE conferences SET expires_at = ended_at + 180 * ${DAY_MS} WHERE (account_id, mode, id) IN
  (SELECT account_id, mode, id FROM conferences INDEXED BY conferences_without_expiry
  WHERE ended_at IS NOT NULL AND expires_at IS NULL LIMIT ?1)`;

/** Gives up to `limit` conferences an end of their retention that an older release has ended without one; answers with how many. */
export async function fillExpiryOfConferences(db: D1Database, limit: number): Promise<number> {
  return (await db.prepare(FILL).bind(limit).run()).meta.changes;
}

/** Conferences whose retention is over, the longest overdue first. */
export async function overdueConferences(db: D1Database, now: number, limit: number): Promise<OverdueConference[]> {
  return (await db.prepare(OVERDUE).bind(now, limit).all<OverdueConference>()).results;
}

/** Drops the names of conferences that were forgotten, and has those that could not be tried again tomorrow. */
export async function expireConferences(
  db: D1Database,
  { forgotten, postponed }: { forgotten: OverdueConference[]; postponed: OverdueConference[] },
  now: number,
): Promise<void> {
  await db.batch([
    db.prepare(these('friendly_name = NULL, retired_at = ?1')).bind(now, JSON.stringify(forgotten)),
    db.prepare(these('expires_at = ?1')).bind(now + DAY_MS, JSON.stringify(postponed)),
  ]);
}
