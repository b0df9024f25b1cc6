import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { RECORDING_POLICIES } from '../../contracts/consent.ts';
import { MODES } from '../../contracts/scope.ts';
import { BASES, DECISIONS, PURPOSES, SOURCES } from '../consent.ts';

/** Every consent and every refusal, with what proves it. Rows are withdrawn, never deleted. The table has no rowid, as `calls`. */
export const consents = sqliteTable(
  'consents',
  {
    accountId: text('account_id').notNull(),
    mode: text('mode', { enum: MODES }).notNull(),
    id: text('id').notNull(),
    source: text('source', { enum: SOURCES }).notNull(),
    phoneNumber: text('phone_number'),
    purpose: text('purpose', { enum: PURPOSES }).notNull(),
    basis: text('basis', { enum: [...BASES, 'announcement'] }).notNull(),
    decision: text('decision', { enum: DECISIONS }).notNull(),
    obtainedAt: integer('obtained_at').notNull(),
    obtainedHow: text('obtained_how').notNull(),
    evidenceRef: text('evidence_ref'),
    expiresAt: integer('expires_at'),
    withdrawnAt: integer('withdrawn_at'),
    deleteRecordings: integer('delete_recordings', { mode: 'boolean' }),
    createdAt: integer('created_at').notNull(),
    callId: text('call_id'),
    language: text('language'),
    noticeSha256: text('notice_sha256'),
    key: text('key'),
    policy: text('policy', { enum: RECORDING_POLICIES }),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.mode, table.id] }),
    index('consents_by_number').on(table.accountId, table.mode, table.phoneNumber, table.id),
    // Calls look up numbers by this index: a number costs one row, however often its owner was asked in calls.
    index('consents_on_file')
      .on(table.accountId, table.mode, table.purpose, table.phoneNumber, table.expiresAt)
      .where(sql`source = 'file' AND decision = 'granted' AND withdrawn_at IS NULL`),
  ],
);

/** The notices that were spoken, each once for an account, which the hashes in the evidence stand for. The table has no rowid. */
export const notices = sqliteTable(
  'notices',
  {
    accountId: text('account_id').notNull(),
    /** SHA-256 of the text in UTF-8, in hex. */
    sha256: text('sha256').notNull(),
    text: text('text').notNull(),
    /** The moment when the notice was spoken first. */
    createdAt: integer('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.sha256] })],
);
