import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { MODES } from '../calls/model.ts';
import { CONFERENCE_STATUSES } from './model.ts';

/** Rooms; the key is the order of the list. Without rowid, as `calls`. */
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
  },
  (table) => [primaryKey({ columns: [table.accountId, table.mode, table.id] })],
);
