import type { Scope } from '../../contracts/scope.ts';

/** A call whose retention is over, with the numbers that are still to be masked. */
export interface OverdueCall extends Scope {
  id: string;
  from: string;
  to: string;
}

const DAY_MS = 86_400_000;

const TO_EXPIRE = 'expires_at IS NOT NULL AND retired_at IS NULL AND coalesce(legal_hold, 0) = 0';

const OVERDUE = `SELECT account_id AS accountId, mode, id, from_number AS "from", to_number AS "to"
  FROM calls INDEXED BY calls_to_retire WHERE expires_at <= ?1 AND ${TO_EXPIRE} ORDER BY expires_at LIMIT ?2`;

const these = (change: string): string => `UPDATE calls SET ${change} FROM json_each(?2) AS due
  WHERE account_id = due.value ->> 'accountId' AND mode = due.value ->> 'mode' AND calls.id = due.value ->> 'id'
  AND ${TO_EXPIRE}`;

const MASK = these(
  `from_number = due.value ->> 'from', to_number = due.value ->> 'to', metadata = NULL, retired_at = ?1`,
);

const POSTPONE = these('expires_at = ?1');

/** The default of releases that did not know of retention is 180 days. */
const FILL = `UPDATE calls SET expires_at = ended_at + 180 * ${DAY_MS} WHERE (account_id, mode, id) IN
  (SELECT account_id, mode, id FROM calls INDEXED BY calls_without_expiry
  WHERE ended_at IS NOT NULL AND expires_at IS NULL LIMIT ?1)`;

/** Gives up to `limit` calls an end of their retention that an older release has ended without one; answers with how many. */
export async function fillExpiryOfCalls(db: D1Database, limit: number): Promise<number> {
  return (await db.prepare(FILL).bind(limit).run()).meta.changes;
}

/** Finds calls whose retention is over, the longest overdue first. Calls on legal hold are none of them. */
export async function overdueCalls(db: D1Database, now: number, limit: number): Promise<OverdueCall[]> {
  return (await db.prepare(OVERDUE).bind(now, limit).all<OverdueCall>()).results;
}

/** Writes the masked numbers of calls that were forgotten, and puts off until tomorrow those that could not be. */
export async function expireCalls(
  db: D1Database,
  { masked, postponed }: { masked: OverdueCall[]; postponed: OverdueCall[] },
  now: number,
): Promise<void> {
  const keys = postponed.map(({ accountId, mode, id }) => ({ accountId, mode, id }));
  await db.batch([
    db.prepare(MASK).bind(now, JSON.stringify(masked)),
    db.prepare(POSTPONE).bind(now + DAY_MS, JSON.stringify(keys)),
  ]);
}
