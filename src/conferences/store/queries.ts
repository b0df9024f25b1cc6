import { and, desc, eq, lt, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Scope } from '../../contracts/scope.ts';
import type { Page } from '../../http/paging.ts';
import { byIndex } from '../../lib/by-index.ts';
import { inScope, oneInScope, unlessNewer } from '../../lib/scoped-rows.ts';
import { withoutNulls } from '../../lib/without-nulls.ts';
import type { ConferenceFacts, ConferenceStatus } from '../conference.ts';
import { conferenceCounts, conferences } from './table.ts';

/** Writes the database's copy of a conference, unless it already has this version or a newer one. */
export async function copyConference(db: D1Database, conference: ConferenceFacts, version: number): Promise<void> {
  const { status, participantCount, startedAt, endedAt, endReason, expiresAt } = conference;
  const changing = { status, participantCount, startedAt, endedAt, endReason, expiresAt, version };
  await drizzle(db)
    .insert(conferences)
    .values({ ...conference, version })
    .onConflictDoUpdate(unlessNewer(conferences, changing));
}

/** The database's copy of one conference. */
export async function findConference(db: D1Database, scope: Scope, id: string): Promise<ConferenceFacts | undefined> {
  const [row] = await drizzle(db)
    .select()
    .from(conferences)
    .where(oneInScope(conferences, scope, id))
    .limit(1);
  return row && toFacts(row);
}

export interface ConferenceFilter {
  scope: Scope;
  status?: ConferenceStatus;
}

/** The newest conferences first, one more than the page holds so that the caller sees whether there are others. */
export async function listConferences(
  db: D1Database,
  { scope, status }: ConferenceFilter,
  { page, size, cursor }: Page,
): Promise<ConferenceFacts[]> {
  const { fields, from } = byIndex(conferences, status && 'conferences_by_status');
  const rows = await drizzle(db)
    .select(fields)
    .from(from)
    .where(
      and(
        inScope(conferences, scope),
        status && eq(conferences.status, status),
        cursor === undefined ? undefined : lt(conferences.id, cursor),
      ),
    )
    .orderBy(desc(conferences.id))
    .limit(size + 1)
    .offset(cursor === undefined ? (page - 1) * size : 0);
  return rows.map(toFacts);
}

export async function countConferences(db: D1Database, { scope, status }: ConferenceFilter): Promise<number> {
  const [row] = await drizzle(db)
    .select({ count: sql<number>`coalesce(sum(${conferenceCounts.conferences}), 0)` })
    .from(conferenceCounts)
    .where(and(inScope(conferenceCounts, scope), status && eq(conferenceCounts.status, status)));
  return row?.count ?? 0;
}

/** A row is the conference's facts with nulls where it has nothing. */
function toFacts({ version: _internal, retiredAt: _too, ...row }: typeof conferences.$inferSelect): ConferenceFacts {
  return withoutNulls(row);
}
