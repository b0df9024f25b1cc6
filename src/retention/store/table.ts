import { sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { CountryPolicies, NoticeWords } from '../../contracts/consent.ts';
import type { Retention } from '../retention.ts';

/** The settings that accounts have chosen; an account without a row has the defaults. */
export const privacySettings = sqliteTable('privacy_settings', {
  accountId: text('account_id').primaryKey(),
  recordingPolicy: text('recording_policy', { mode: 'json' }).$type<CountryPolicies>().notNull(),
  retention: text('retention', { mode: 'json' }).$type<Partial<Retention>>().notNull(),
  /** The longest retention that one call may ask for. */
  retentionLimits: text('retention_limits', { mode: 'json' }).$type<Partial<Retention>>().notNull(),
  /** The words by which a notice says that it is about recording, in languages of which we know none. */
  noticeWords: text('notice_words', { mode: 'json' }).$type<NoticeWords>(),
});
