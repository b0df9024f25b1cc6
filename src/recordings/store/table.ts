import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { RECORDING_SOURCES } from '../../contracts/recording.ts';
import { MODES } from '../../contracts/scope.ts';
import { RECORDING_STATUSES } from '../recording.ts';

/** A searchable copy of every recording; the truth lives in its RecordingObject. Without rowid, as `calls`. */
export const recordings = sqliteTable(
  'recordings',
  {
    accountId: text('account_id').notNull(),
    mode: text('mode', { enum: MODES }).notNull(),
    id: text('id').notNull(),
    callId: text('call_id'),
    conferenceId: text('conference_id'),
    channels: integer('channels').$type<1 | 2>().notNull(),
    source: text('source', { enum: RECORDING_SOURCES }).notNull(),
    status: text('status', { enum: RECORDING_STATUSES }).notNull(),
    /** When the id was made: the order of the list. */
    createdAt: integer('created_at').notNull(),
    startedAt: integer('started_at').notNull(),
    stoppedAt: integer('stopped_at'),
    seconds: real('seconds'),
    failure: text('failure'),
    wavBytes: integer('wav_bytes'),
    mp3Bytes: integer('mp3_bytes'),
    expiresAt: integer('expires_at').notNull(),
    /** The call's legal hold; kept by triggers on `calls` and `recordings` (see the migration). */
    legalHold: integer('legal_hold', { mode: 'boolean' }),
    /** Grows with every change of the recording; an older copy never overwrites a newer one. */
    version: integer('version').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.mode, table.id] }),
    index('recordings_by_status').on(table.accountId, table.mode, table.status, table.id),
    index('recordings_by_call').on(table.accountId, table.mode, table.callId, table.id).where(sql`call_id IS NOT NULL`),
    index('recordings_by_conference')
      .on(table.accountId, table.mode, table.conferenceId, table.id)
      .where(sql`conference_id IS NOT NULL`),
    /** For the run that ends what is due, over all accounts. */
    index('recordings_by_expiry').on(table.status, table.expiresAt),
  ],
);

/** How many recordings an account has, by the UTC day of their ids; kept by triggers on `recordings` (see the migration). */
export const recordingCounts = sqliteTable(
  'recording_counts',
  {
    accountId: text('account_id').notNull(),
    mode: text('mode', { enum: MODES }).notNull(),
    day: integer('day').notNull(),
    status: text('status', { enum: RECORDING_STATUSES }).notNull(),
    recordings: integer('recordings').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.mode, table.day, table.status] })],
);

/** Under which consents a recording was made: whoever withdraws one is obeyed. Written before anybody could have heard it. */
export const recordingConsents = sqliteTable(
  'recording_consents',
  {
    accountId: text('account_id').notNull(),
    mode: text('mode', { enum: MODES }).notNull(),
    consentId: text('consent_id').notNull(),
    recordingId: text('recording_id').notNull(),
    /** The call or the conference that records. */
    ownerId: text('owner_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.mode, table.consentId, table.recordingId] })],
);
