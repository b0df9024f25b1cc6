import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { CALL_STATUSES, type CallFacts, type CallStatus, DIRECTIONS, type Direction } from '../../contracts/call.ts';
import type { Scope } from '../../contracts/scope.ts';
import { byIndex } from '../../lib/by-index.ts';
import { countPeriod, endOfDay, isCut, type Period } from '../../lib/day-counts.ts';
import { lowestId } from '../../lib/ids.ts';
import { inScope, onDays, oneInScope, unlessNewer } from '../../lib/scoped-rows.ts';
import { withoutNulls } from '../../lib/without-nulls.ts';
import type { Call } from '../call.ts';
import { callCounts, calls } from './table.ts';

/** Writes the database's copy of a call, unless it already has this version or a newer one. */
export async function copyCall(db: D1Database, call: Call, version: number): Promise<void> {
  const { id, accountId, mode, parentId, status, direction, from, to, startedAt, metadata } = call;
  const { answeredAt, endedAt, answeredBy, priceMicros, expiresAt, legalHold } = call;
  const endReason = endedAt === undefined ? undefined : call.endReason;
  // A column whose value is not known yet keeps what it has.
  const changing = { status, answeredAt, endedAt, endReason, answeredBy, priceMicros, expiresAt, legalHold, version };
  await drizzle(db)
    .insert(calls)
    .values({ id, accountId, mode, parentId, direction, from, to, startedAt, metadata, ...changing })
    .onConflictDoUpdate(unlessNewer(calls, changing));
}

/** The database's copy of one call. */
export async function findCall(db: D1Database, scope: Scope, id: string): Promise<CallFacts | undefined> {
  const [row] = await drizzle(db)
    .select()
    .from(calls)
    .where(oneInScope(calls, scope, id))
    .limit(1);
  return row && toFacts(row);
}

/** The calls that a list shows: those that began from `after` on and before `before`, in epoch milliseconds. */
export interface CallFilter extends Period {
  scope: Scope;
  status?: CallStatus;
  direction?: Direction;
}

export interface Slice {
  limit: number;
  /** The number of calls to pass over, the newest first … */
  skip: number;
  /** … or the id of the last call that was seen. */
  cursor?: string;
}

/** Lists calls, the newest first. Reads as many rows as it passes over within a day and returns, for each combination asked for. */
export async function listCalls(db: D1Database, filter: CallFilter, slice: Slice): Promise<CallFacts[]> {
  const start = slice.cursor === undefined ? await findDay(db, filter, slice.skip) : { skip: 0, before: filter.before };
  if (!start) return [];
  const within = and(
    inScope(calls, filter.scope),
    filter.after === undefined ? undefined : gte(calls.id, lowestId('CA', filter.after)),
    start.before === undefined ? undefined : lt(calls.id, lowestId('CA', start.before)),
    slice.cursor === undefined ? undefined : lt(calls.id, slice.cursor),
  );
  const rows = await selectCalls(db, filter, within, slice.limit + start.skip);
  return rows.slice(start.skip).map(toFacts);
}

/** One index walk for each status and direction asked for, merged here: SQLite would sort the whole account instead. */
async function selectCalls(db: D1Database, { status, direction }: CallFilter, within: SQL | undefined, limit: number) {
  const walk = (condition?: SQL) => {
    const { fields, from } = byIndex(calls, condition && 'calls_by_status');
    return drizzle(db).select(fields).from(from).where(and(within, condition)).orderBy(desc(calls.id)).limit(limit);
  };
  if (status === undefined && direction === undefined) return walk();
  const kinds = (status ? [status] : CALL_STATUSES).flatMap((s) =>
    (direction ? [direction] : DIRECTIONS).map((d) => [s, d] as const),
  );
  const [first, ...more] = kinds.map(([s, d]) => walk(and(eq(calls.status, s), eq(calls.direction, d))));
  const found = first ? await drizzle(db).batch([first, ...more]) : [];
  return found
    .flat()
    .sort((a, b) => (a.id < b.id ? 1 : -1))
    .slice(0, limit);
}

/** The day on which the `skip`-th call lies, found from the counters, and how many calls of that day to pass over. */
async function findDay(db: D1Database, filter: CallFilter, skip: number) {
  const { before } = filter;
  // The first day may be cut by `before`, and then its counter does not tell: its calls are passed over one by one.
  if (skip === 0 || isCut(before)) return { skip, before };
  const days = await countByDay(db, filter);
  let left = skip;
  for (const { day, count } of days) {
    if (left < count) return { skip: left, before: Math.min(endOfDay(day), before ?? Number.POSITIVE_INFINITY) };
    left -= count;
  }
  return undefined;
}

async function countByDay(db: D1Database, filter: CallFilter) {
  const { scope, status, direction } = filter;
  return drizzle(db)
    .select({ day: callCounts.day, count: sql<number>`sum(${callCounts.calls})` })
    .from(callCounts)
    .where(
      and(
        inScope(callCounts, scope),
        onDays(callCounts, filter),
        status && eq(callCounts.status, status),
        direction && eq(callCounts.direction, direction),
      ),
    )
    .groupBy(callCounts.day)
    .orderBy(desc(callCounts.day));
}

/** Counts the calls that a filter matches: whole days by the counters, the days that a time cuts by an index. */
export const countCalls = (db: D1Database, filter: CallFilter): Promise<number> =>
  countPeriod(filter, {
    days: async () => (await countByDay(db, filter)).reduce((sum, { count }) => sum + count, 0),
    part: (part) => countOneByOne(db, filter, part),
  });

async function countOneByOne(
  db: D1Database,
  { scope, status, direction }: CallFilter,
  { after, before }: Required<Period>,
): Promise<number> {
  const [row] = await drizzle(db)
    .select({ count: sql<number>`count(*)` })
    .from(calls)
    .where(
      and(
        inScope(calls, scope),
        gte(calls.id, lowestId('CA', after)),
        lt(calls.id, lowestId('CA', before)),
        status && eq(calls.status, status),
        direction && eq(calls.direction, direction),
      ),
    );
  return row?.count ?? 0;
}

/** A row is the call's facts with nulls where the call has nothing. */
function toFacts({ version: _internal, ...row }: typeof calls.$inferSelect): CallFacts {
  return withoutNulls(row);
}
