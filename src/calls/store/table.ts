import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { CALL_STATUSES, DIRECTIONS, END_REASONS } from '../../contracts/call.ts';
import { MODES } from '../../contracts/scope.ts';

/**
 * A searchable copy of every call; the truth lives in its CallObject. The key is the order of the list (ids sort by
 * time), and the table has no rowid (see the migration): a row is one written row, and a page is read as it lies.
 */
export const calls = sqliteTable(
  'calls',
  {
    accountId: text('account_id').notNull(),
    mode: text('mode', { enum: MODES }).notNull(),
    id: text('id').notNull(),
    parentId: text('parent_id'),
    status: text('status', { enum: CALL_STATUSES }).notNull(),
    direction: text('direction', { enum: DIRECTIONS }).notNull(),
    from: text('from_number').notNull(),
    to: text('to_number').notNull(),
    startedAt: integer('started_at').notNull(),
    answeredAt: integer('answered_at'),
    endedAt: integer('ended_at'),
    endReason: text('end_reason', { enum: END_REASONS }),
    answeredBy: text('answered_by', { enum: ['machine'] }),
    priceMicros: integer('price_micros'),
    metadata: text('metadata', { mode: 'json' }).$type<Record<string, string>>(),
    /** The version grows with every change of the call; an older copy never overwrites a newer one. */
    version: integer('version').notNull(),
    /** When the copy's numbers are masked and its metadata is dropped … */
    expiresAt: integer('expires_at'),
    /** … unless somebody needs it as evidence … */
    legalHold: integer('legal_hold', { mode: 'boolean' }),
    /** … and when that was done. */
    retiredAt: integer('retired_at'),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.mode, table.id] }),
    index('calls_by_status').on(table.accountId, table.mode, table.status, table.direction, table.id),
    // The index has only the calls that are still to be retired: the daily run never walks over others.
    index('calls_to_retire')
      .on(table.expiresAt)
      .where(sql`expires_at IS NOT NULL AND retired_at IS NULL AND coalesce(legal_hold, 0) = 0`),
    // Only what a release without retention has ended since the migration: a call of today gets both times at once.
    index('calls_without_expiry').on(table.endedAt).where(sql`ended_at IS NOT NULL AND expires_at IS NULL`),
  ],
);

/** How many calls an account has, by day of their start; kept by triggers on `calls` (see the migration). */
export const callCounts = sqliteTable(
  'call_counts',
  {
    accountId: text('account_id').notNull(),
    mode: text('mode', { enum: MODES }).notNull(),
    /** Days since 1970-01-01, UTC. */
    day: integer('day').notNull(),
    status: text('status', { enum: CALL_STATUSES }).notNull(),
    direction: text('direction', { enum: DIRECTIONS }).notNull(),
    calls: integer('calls').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.mode, table.day, table.status, table.direction] })],
);
