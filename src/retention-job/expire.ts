import { masked } from '../retention/mask.ts';

/** Where else personal values are, and how they go from there. Each must be able to do the same twice. */
export interface Homes {
  /** Has the objects of these calls forget whom they were with and what was pressed; answers with those that could not. */
  forgetCalls(ids: string[]): Promise<string[]>;
  /** The same of conferences: who was in them, and what they were called. */
  forgetConferences(ids: string[]): Promise<string[]>;
  /** Has up to `limit` expired recordings deleted by their objects; answers with how many there were. */
  expireRecordings(now: number, limit: number): Promise<number>;
}

/** Rows for each statement, and how many such batches a run may take: a run ends, also after a year without one. */
export const BATCH = 500;
const BATCHES = 20;

const DAY_MS = 86_400_000;

export interface Retired {
  calls: number;
  conferences: number;
  recordings: number;
  /** The budget is used up: there may be more for the next run. */
  unfinished: boolean;
}

/**
 * The daily run. Calls that have expired lose their numbers and metadata, in their object first and then in the database's
 * copy; what was charged, when and for how long stays. Conferences lose their names in the same way. Recordings that have expired are deleted. What a failure
 * interrupts is found again by the next run; a failure of one kind does not keep the other from its turn.
 */
export async function retire({ DB }: Pick<Env, 'DB'>, now: number, homes: Homes, batches = BATCHES): Promise<Retired> {
  const [calls, conferences, recordings] = await Promise.allSettled([
    inBatches(batches, () => retireCalls(DB, now, homes)),
    inBatches(batches, () => retireConferences(DB, now, homes)),
    inBatches(batches, () => homes.expireRecordings(now, BATCH)),
  ]);
  if (calls.status === 'rejected') throw calls.reason;
  if (conferences.status === 'rejected') throw conferences.reason;
  if (recordings.status === 'rejected') throw recordings.reason;
  const unfinished = ![calls, conferences, recordings].every(({ value }) => value.isAll);
  const [{ value: one }, { value: two }, { value: three }] = [calls, conferences, recordings];
  return { calls: one.count, conferences: two.count, recordings: three.count, unfinished };
}

/** Goes on until a batch is not full. */
async function inBatches(most: number, next: () => Promise<number>): Promise<{ count: number; isAll: boolean }> {
  let count = 0;
  for (let batch = 0; batch < most; batch++) {
    const done = await next();
    count += done;
    if (done < BATCH) return { count, isAll: true };
  }
  return { count, isAll: false };
}

interface Due {
  account: string;
  mode: string;
  id: string;
  from: string;
  to: string;
}

const TO_RETIRE = 'expires_at IS NOT NULL AND retired_at IS NULL AND coalesce(legal_hold, 0) = 0';

const DUE = `SELECT account_id AS account, mode, id, from_number AS "from", to_number AS "to"
  FROM calls INDEXED BY calls_to_retire WHERE expires_at <= ?1 AND ${TO_RETIRE} ORDER BY expires_at LIMIT ${BATCH}`;

const these = (change: string): string => `UPDATE calls SET ${change} FROM json_each(?2) AS due
  WHERE account_id = due.value ->> 'account' AND mode = due.value ->> 'mode' AND calls.id = due.value ->> 'id'
  AND ${TO_RETIRE}`;

const MASK = these(
  `from_number = due.value ->> 'from', to_number = due.value ->> 'to', metadata = NULL, retired_at = ?1`,
);

const TOMORROW = these('expires_at = ?1');

/** One batch. A call whose object cannot forget is tried again tomorrow, and holds up no others until then. */
async function retireCalls(db: D1Database, now: number, { forgetCalls }: Homes): Promise<number> {
  const { results: due } = await db.prepare(DUE).bind(now).all<Due>();
  if (due.length === 0) return 0;
  const failed = new Set(await forgetCalls(due.map(({ id }) => id)));
  const forgotten = due
    .filter(({ id }) => !failed.has(id))
    .map((call) => ({ ...call, from: masked(call.from), to: masked(call.to) }));
  const later = due.filter(({ id }) => failed.has(id)).map(({ account, mode, id }) => ({ account, mode, id }));
  await db.batch([
    db.prepare(MASK).bind(now, JSON.stringify(forgotten)),
    db.prepare(TOMORROW).bind(now + DAY_MS, JSON.stringify(later)),
  ]);
  return due.length;
}

const ROOMS_DUE = `SELECT account_id AS account, mode, id FROM conferences INDEXED BY conferences_to_retire
  WHERE expires_at <= ?1 AND expires_at IS NOT NULL AND retired_at IS NULL ORDER BY expires_at LIMIT ${BATCH}`;

const theseConferences = (change: string): string => `UPDATE conferences SET ${change} FROM json_each(?2) AS due
  WHERE account_id = due.value ->> 'account' AND mode = due.value ->> 'mode' AND conferences.id = due.value ->> 'id'
  AND retired_at IS NULL`;

/** One batch, as of calls. */
async function retireConferences(db: D1Database, now: number, { forgetConferences }: Homes): Promise<number> {
  const { results: due } = await db.prepare(ROOMS_DUE).bind(now).all<Omit<Due, 'from' | 'to'>>();
  if (due.length === 0) return 0;
  const failed = new Set(await forgetConferences(due.map(({ id }) => id)));
  const [forgotten, later] = [due.filter(({ id }) => !failed.has(id)), due.filter(({ id }) => failed.has(id))];
  await db.batch([
    db.prepare(theseConferences('friendly_name = NULL, retired_at = ?1')).bind(now, JSON.stringify(forgotten)),
    db.prepare(theseConferences('expires_at = ?1')).bind(now + DAY_MS, JSON.stringify(later)),
  ]);
  return due.length;
}
