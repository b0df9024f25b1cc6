import { sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { CountryPolicies } from '../../contracts/consent.ts';
import type { Retention } from '../retention.ts';

/** The settings that accounts have chosen; an account without a row has the defaults. */
export const privacySettings = sqliteTable('privacy_settings', {
  accountId: text('account_id').primaryKey(),
  recordingPolicy: text('recording_policy', { mode: 'json' }).$type<CountryPolicies>().notNull(),
  retention: text('retention', { mode: 'json' }).$type<Partial<Retention>>().notNull(),
  /** The longest retention that one call may ask for. */
  retentionLimits: text('retention_limits', { mode: 'json' }).$type<Partial<Retention>>().notNull(),
});
