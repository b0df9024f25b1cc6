import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Asterisk gateways that may connect. A token is random and shown once; only its SHA-256 is kept. */
export const gateways = sqliteTable('gateways', {
  id: text('id').primaryKey(),
  tokenHash: text('token_hash').notNull(),
  /** Where the machine stands, in the operator's own words. */
  region: text('region').notNull(),
  /** Calls at the same time. */
  capacity: integer('capacity').notNull(),
  createdAt: integer('created_at').notNull(),
});

/** The ways from a gateway into the phone network. */
export const trunks = sqliteTable(
  'trunks',
  {
    gateway: text('gateway')
      .notNull()
      .references(() => gateways.id),
    /** As in the gateway's own configuration: part of the dial string. */
    id: text('id').notNull(),
    /** Numbers that it reaches, by the digits they begin with; '' is every number. */
    prefixes: text('prefixes', { mode: 'json' }).$type<string[]>().notNull(),
    /** The lowest is tried first. */
    priority: integer('priority').notNull(),
    /** Calls at the same time. */
    capacity: integer('capacity').notNull(),
    /** Emergency and short numbers that it may be given, as they are dialled (112); every other one is refused. */
    emergency: text('emergency', { mode: 'json' }).$type<string[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.gateway, table.id] })],
);
