import { sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { CountryPolicies } from '../../contracts/consent.ts';
import type { Retention } from '../retention.ts';

/** What an account has chosen; without a row, the defaults. */
export const privacySettings = sqliteTable('privacy_settings', {
  accountId: text('account_id').primaryKey(),
  recordingPolicy: text('recording_policy', { mode: 'json' }).$type<CountryPolicies>().notNull(),
  retention: text('retention', { mode: 'json' }).$type<Partial<Retention>>().notNull(),
  /** The longest that one call may ask for. */
  retentionLimits: text('retention_limits', { mode: 'json' }).$type<Partial<Retention>>().notNull(),
});
