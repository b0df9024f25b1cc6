import { and, asc, desc, eq, gte, inArray, lt, lte, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Scope } from '../../contracts/scope.ts';
import type { Page } from '../../http/paging.ts';
import { byIndex } from '../../lib/by-index.ts';
import { countPeriod, type Period } from '../../lib/day-counts.ts';
import { lowestId } from '../../lib/ids.ts';
import { inScope, onDays, unlessNewer } from '../../lib/scoped-rows.ts';
import { withoutNulls } from '../../lib/without-nulls.ts';
import type { RecordingFacts, RecordingStatus } from '../recording.ts';
import { recordingCounts, recordings } from './table.ts';

/** Writes the database's copy of a recording, unless it already has this version or a newer one. */
export async function copyRecording(db: D1Database, recording: RecordingFacts, version: number): Promise<void> {
  const { status, stoppedAt = null, seconds = null, failure = null, expiresAt } = recording;
  const { wavBytes = null, mp3Bytes = null } = recording;
  // What a recording has no more is taken out of the copy, too.
  const changing = { status, stoppedAt, seconds, failure, wavBytes, mp3Bytes, expiresAt, version };
  await drizzle(db)
    .insert(recordings)
    .values({ ...recording, version })
    .onConflictDoUpdate(unlessNewer(recordings, changing));
}

/** What to list. Times are epoch milliseconds: from `after` on, before `before`. */
export interface RecordingFilter extends Period {
  scope: Scope;
  callId?: string;
  conferenceId?: string;
  status?: RecordingStatus;
}

/** The newest first, one more than the page holds so that the caller sees whether there are others. */
export async function listRecordings(
  db: D1Database,
  filter: RecordingFilter,
  { page, size, cursor }: Page,
): Promise<RecordingFacts[]> {
  const { fields, from } = byIndex(recordings, indexFor(filter));
  const rows = await drizzle(db)
    .select(fields)
    .from(from)
    .where(and(matching(filter), cursor === undefined ? undefined : lt(recordings.id, cursor)))
    .orderBy(desc(recordings.id))
    .limit(size + 1)
    .offset(cursor === undefined ? (page - 1) * size : 0);
  return rows.map(toFacts);
}

function indexFor({ callId, conferenceId, status }: RecordingFilter): string | undefined {
  if (callId !== undefined) return 'recordings_by_call';
  if (conferenceId !== undefined) return 'recordings_by_conference';
  return status && 'recordings_by_status';
}

/** How many match: of a call or a conference one by one, else whole days from the counters, and cut days from an index. */
export function countRecordings(db: D1Database, filter: RecordingFilter): Promise<number> {
  if (filter.callId !== undefined || filter.conferenceId !== undefined) return countOneByOne(db, filter);
  return countPeriod(filter, {
    days: () => countWholeDays(db, filter),
    part: (part) => countOneByOne(db, { ...filter, ...part }),
  });
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
    inScope(recordings, scope),
    callId === undefined ? undefined : eq(recordings.callId, callId),
    conferenceId === undefined ? undefined : eq(recordings.conferenceId, conferenceId),
    status && eq(recordings.status, status),
    after === undefined ? undefined : gte(recordings.id, lowestId('RE', after)),
    before === undefined ? undefined : lt(recordings.id, lowestId('RE', before)),
  );
}

async function countOneByOne(db: D1Database, filter: RecordingFilter): Promise<number> {
  const [row] = await drizzle(db).select({ count: sql<number>`count(*)` }).from(recordings).where(matching(filter));
  return row?.count ?? 0;
}

async function countWholeDays(db: D1Database, filter: RecordingFilter): Promise<number> {
  const { scope, status } = filter;
  const [row] = await drizzle(db)
    .select({ count: sql<number>`coalesce(sum(${recordingCounts.recordings}), 0)` })
    .from(recordingCounts)
    .where(
      and(
        inScope(recordingCounts, scope),
        onDays(recordingCounts, filter),
        status && eq(recordingCounts.status, status),
      ),
    );
  return row?.count ?? 0;
}

/** A row is the recording's facts with nulls where it has nothing. */
function toFacts({ version: _version, legalHold: _ofTheCall, ...row }: typeof recordings.$inferSelect): RecordingFacts {
  return withoutNulls(row);
}
