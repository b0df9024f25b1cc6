import { expireCalls, fillExpiryOfCalls, overdueCalls } from '../calls/store/expiry.ts';
import { expireConferences, fillExpiryOfConferences, overdueConferences } from '../conferences/store/expiry.ts';
import { masked } from '../retention/mask.ts';

/** The places where personal data is besides the database, and how it goes from there. Repeating any of them changes nothing. */
export interface Homes {
  /** Makes the objects of these calls forget everything personal; answers with the calls whose object could not. */
  forgetCalls(ids: string[]): Promise<string[]>;
  /** Makes the objects of these conferences forget who was in them, and their names; answers with those that could not. */
  forgetConferences(ids: string[]): Promise<string[]>;
  /** Makes the objects of up to `limit` expired recordings delete them; answers with their number. */
  expireRecordings(now: number, limit: number): Promise<number>;
}

/** The rows of one statement, and the batches of one run: a run ends, also when there was none for a year. */
export const BATCH = 500;
const BATCHES = 20;

export interface Retired {
  calls: number;
  conferences: number;
  recordings: number;
  /** The budget is used up: there may be more for the next run. */
  unfinished: boolean;
}

/**
 * The daily run. Calls that have expired lose their numbers and metadata, in their object first and then in the database's
 * copy; what was charged, when and for how long stays. Conferences lose their names in the same way. Recordings that have
 * expired are deleted. What a failure interrupts is found again by the next run; a failure of one kind does not keep the other
 * from its turn.
 */
export async function retire({ DB }: Pick<Env, 'DB'>, now: number, homes: Homes, batches = BATCHES): Promise<Retired> {
  const [calls, conferences, recordings] = await Promise.allSettled([
    inBatches(batches, () => fillExpiryOfCalls(DB, BATCH)).then(() =>
      inBatches(batches, () => retireCalls(DB, now, homes)),
    ),
    inBatches(batches, () => fillExpiryOfConferences(DB, BATCH)).then(() =>
      inBatches(batches, () => retireConferences(DB, now, homes)),
    ),
    inBatches(batches, () => homes.expireRecordings(now, BATCH)),
  ]);
  if (calls.status === 'rejected') throw calls.reason;
  if (conferences.status === 'rejected') throw conferences.reason;
  if (recordings.status === 'rejected') throw recordings.reason;
  const unfinished = ![calls, conferences, recordings].every(({ value }) => value.isAll);
  const [{ value: one }, { value: two }, { value: three }] = [calls, conferences, recordings];
  return { calls: one.count, conferences: two.count, recordings: three.count, unfinished };
}

/** Runs batches until one is not full. */
async function inBatches(most: number, next: () => Promise<number>): Promise<{ count: number; isAll: boolean }> {
  let count = 0;
  for (let batch = 0; batch < most; batch++) {
    const done = await next();
    count += done;
    if (done < BATCH) return { count, isAll: true };
  }
  return { count, isAll: false };
}

/** Forgets one batch of calls. A call whose object cannot is tried again tomorrow, and holds up no others until then. */
async function retireCalls(db: D1Database, now: number, { forgetCalls }: Homes): Promise<number> {
  const due = await overdueCalls(db, now, BATCH);
  if (due.length === 0) return 0;
  const failed = new Set(await forgetCalls(due.map(({ id }) => id)));
  const forgotten = due
    .filter(({ id }) => !failed.has(id))
    .map((call) => ({ ...call, from: masked(call.from), to: masked(call.to) }));
  await expireCalls(db, { masked: forgotten, postponed: due.filter(({ id }) => failed.has(id)) }, now);
  return due.length;
}

/** Forgets one batch of conferences, as of calls. */
async function retireConferences(db: D1Database, now: number, { forgetConferences }: Homes): Promise<number> {
  const due = await overdueConferences(db, now, BATCH);
  if (due.length === 0) return 0;
  const failed = new Set(await forgetConferences(due.map(({ id }) => id)));
  const [forgotten, postponed] = [due.filter(({ id }) => !failed.has(id)), due.filter(({ id }) => failed.has(id))];
  await expireConferences(db, { forgotten, postponed }, now);
  return due.length;
}
