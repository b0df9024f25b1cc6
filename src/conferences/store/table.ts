import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { MODES } from '../../contracts/scope.ts';
import { CONFERENCE_ENDS, CONFERENCE_STATUSES } from '../conference.ts';

/** A searchable copy of every conference; the truth lives in its ConferenceObject. Without rowid, as `calls`. */
export const conferences = sqliteTable(
  'conferences',
  {
    accountId: text('account_id').notNull(),
    mode: text('mode', { enum: MODES }).notNull(),
    id: text('id').notNull(),
    friendlyName: text('friendly_name'),
    status: text('status', { enum: CONFERENCE_STATUSES }).notNull(),
    maxParticipants: integer('max_participants').notNull(),
    participantCount: integer('participant_count').notNull(),
    createdAt: integer('created_at').notNull(),
    startedAt: integer('started_at'),
    endedAt: integer('ended_at'),
    endReason: text('end_reason', { enum: CONFERENCE_ENDS }),
    /** Grows with every change of the conference; an older copy never overwrites a newer one. */
    version: integer('version').notNull().default(0),
    /** When its name is dropped, and its object forgets it … */
    expiresAt: integer('expires_at'),
    /** … and when that was done. */
    retiredAt: integer('retired_at'),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.mode, table.id] }),
    index('conferences_by_status').on(table.accountId, table.mode, table.status, table.id),
    index('conferences_to_retire').on(table.expiresAt).where(sql`expires_at IS NOT NULL AND retired_at IS NULL`),
    index('conferences_without_expiry').on(table.endedAt).where(sql`ended_at IS NOT NULL AND expires_at IS NULL`),
  ],
);

/** How many conferences an account has; kept by triggers on `conferences` (see the migration). */
export const conferenceCounts = sqliteTable(
  'conference_counts',
  {
    accountId: text('account_id').notNull(),
    mode: text('mode', { enum: MODES }).notNull(),
    status: text('status', { enum: CONFERENCE_STATUSES }).notNull(),
    conferences: integer('conferences').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.mode, table.status] })],
);
