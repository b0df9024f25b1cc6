import { and, asc, desc, eq, gte, inArray, lt, lte, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Scope } from '../../contracts/scope.ts';
import type { Page } from '../../http/paging.ts';
import { firstDigits } from '../../lib/ids.ts';
import type { RecordingFacts, RecordingStatus } from '../recording.ts';
import { recordingCounts, recordings } from './table.ts';

const DAY_MS = 86_400_000;

/** Writes the database's copy of a recording, unless it already has this version or a newer one. */
export async function copyRecording(db: D1Database, recording: RecordingFacts, version: number): Promise<void> {
  const { status, stoppedAt = null, seconds = null, failure = null, expiresAt } = recording;
  const { wavBytes = null, mp3Bytes = null } = recording;
  // What a recording has no more is taken out of the copy, too.
  const changing = { status, stoppedAt, seconds, failure, wavBytes, mp3Bytes, expiresAt, version };
  await drizzle(db)
    .insert(recordings)
    .values({ ...recording, version })
    .onConflictDoUpdate({
      target: [recordings.accountId, recordings.mode, recordings.id],
      set: changing,
      setWhere: lt(recordings.version, version),
    });
}

/** What to list. Times are epoch milliseconds: from `after` on, before `before`. */
export interface RecordingFilter {
  scope: Scope;
  callId?: string;
  conferenceId?: string;
  status?: RecordingStatus;
  after?: number;
  before?: number;
}

/** The newest first, one more than the page holds so that the caller sees whether there are others. */
export async function listRecordings(
  db: D1Database,
  filter: RecordingFilter,
  { page, size, cursor }: Page,
): Promise<RecordingFacts[]> {
  const rows = await drizzle(db)
    .select()
    .from(recordings)
    .where(and(matching(filter), cursor === undefined ? undefined : lt(recordings.id, cursor)))
    .orderBy(desc(recordings.id))
    .limit(size + 1)
    .offset(cursor === undefined ? (page - 1) * size : 0);
  return rows.map(toFacts);
}

/** How many match: of a call or a conference one by one, else whole days from the counters, and cut days from an index. */
export async function countRecordings(db: D1Database, filter: RecordingFilter): Promise<number> {
  const { after, before } = filter;
  if (after !== undefined && before !== undefined && after >= before) return 0;
  if (filter.callId !== undefined || filter.conferenceId !== undefined) return countOneByOne(db, filter);
  const whole = await countWholeDays(db, filter);
  const cut = [
    after !== undefined && after % DAY_MS !== 0 ? { after: floorDay(after), before: after } : undefined,
    before !== undefined && before % DAY_MS !== 0 ? { after: before, before: floorDay(before) + DAY_MS } : undefined,
  ].filter((range) => range !== undefined);
  const outside = await Promise.all(cut.map((range) => countOneByOne(db, { ...filter, ...range })));
  return outside.reduce((sum, count) => sum - count, whole);
}

/** Recordings whose retention is over and which still have, or may get, audio: the longest overdue first. Not of held calls. */
export async function overdueRecordings(db: D1Database, now: number, limit: number): Promise<string[]> {
  const rows = await drizzle(db)
    .select({ id: recordings.id })
    .from(recordings)
    .where(
      and(
        inArray(recordings.status, UNEXPIRED),
        lte(recordings.expiresAt, now),
        sql`coalesce(${recordings.legalHold}, 0) = 0`,
      ),
    )
    .orderBy(asc(recordings.expiresAt))
    .limit(limit);
  return rows.map(({ id }) => id);
}

const UNEXPIRED: RecordingStatus[] = ['in-progress', 'paused', 'uploading', 'completed'];

function matching({ scope, callId, conferenceId, status, after, before }: RecordingFilter): SQL | undefined {
  return and(
    eq(recordings.accountId, scope.accountId),
    eq(recordings.mode, scope.mode),
    callId === undefined ? undefined : eq(recordings.callId, callId),
    conferenceId === undefined ? undefined : eq(recordings.conferenceId, conferenceId),
    status && eq(recordings.status, status),
    after === undefined ? undefined : gte(recordings.id, firstDigits('RE', after)),
    before === undefined ? undefined : lt(recordings.id, firstDigits('RE', before)),
  );
}

const floorDay = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

async function countOneByOne(db: D1Database, filter: RecordingFilter): Promise<number> {
  const [row] = await drizzle(db).select({ count: sql<number>`count(*)` }).from(recordings).where(matching(filter));
  return row?.count ?? 0;
}

async function countWholeDays(db: D1Database, { scope, status, after, before }: RecordingFilter): Promise<number> {
  const [row] = await drizzle(db)
    .select({ count: sql<number>`coalesce(sum(${recordingCounts.recordings}), 0)` })
    .from(recordingCounts)
    .where(
      and(
        eq(recordingCounts.accountId, scope.accountId),
        eq(recordingCounts.mode, scope.mode),
        after === undefined ? undefined : gte(recordingCounts.day, Math.floor(after / DAY_MS)),
        before === undefined ? undefined : lte(recordingCounts.day, Math.floor((before - 1) / DAY_MS)),
        status && eq(recordingCounts.status, status),
      ),
    );
  return row?.count ?? 0;
}

/** A row is the recording's facts with nulls where it has nothing. */
function toFacts({ version: _version, legalHold: _ofTheCall, ...row }: typeof recordings.$inferSelect): RecordingFacts {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as RecordingFacts;
}
