import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { accounts } from '../../accounts/store/table.ts';

/** Whose number it is, and what answers a call to it. */
export const numbers = sqliteTable(
  'numbers',
  {
    e164: text('e164').primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    voiceUrl: text('voice_url'),
    voiceFallbackUrl: text('voice_fallback_url'),
    statusCallback: text('status_callback'),
    ttsLanguage: text('tts_language'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('numbers_by_account').on(table.accountId)],
);
