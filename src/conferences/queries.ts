import { and, desc, eq, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Scope } from '../calls/model.ts';
import type { Page } from '../http/paging.ts';
import type { Conference } from './model.ts';
import { conferences } from './table.ts';

export async function addConference(db: D1Database, room: Conference): Promise<void> {
  await drizzle(db).insert(conferences).values(room);
}

/** The newest rooms first, one more than the page holds so that the caller sees whether there are others. */
export async function listConferences(
  db: D1Database,
  scope: Scope,
  { page, size, cursor }: Page,
): Promise<Conference[]> {
  return drizzle(db)
    .select()
    .from(conferences)
    .where(
      and(
        eq(conferences.accountId, scope.accountId),
        eq(conferences.mode, scope.mode),
        cursor === undefined ? undefined : lt(conferences.id, cursor),
      ),
    )
    .orderBy(desc(conferences.id))
    .limit(size + 1)
    .offset(cursor === undefined ? (page - 1) * size : 0);
}
