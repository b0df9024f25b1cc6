import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const accounts = sqliteTable('accounts', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** The live `whsec_…` secrets, the newest first: two while one is being rotated out. */
  webhookSecrets: text('webhook_secrets', { mode: 'json' }).$type<string[]>().notNull(),
  createdAt: integer('created_at').notNull(),
});

/** Keys are random and shown once; only their SHA-256 is kept. */
export const apiKeys = sqliteTable('api_keys', {
  hash: text('hash').primaryKey(),
  accountId: text('account_id')
    .notNull()
    .references(() => accounts.id),
  mode: text('mode', { enum: ['test', 'live'] }).notNull(),
  createdAt: integer('created_at').notNull(),
  revokedAt: integer('revoked_at'),
});

/** Keys of those who run the service; they belong to no account and see no calls. */
export const operatorKeys = sqliteTable('operator_keys', {
  hash: text('hash').primaryKey(),
  createdAt: integer('created_at').notNull(),
  revokedAt: integer('revoked_at'),
});
