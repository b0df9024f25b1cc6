import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** What calls cost: the rate of the longest prefix of the other party's number applies. */
export const rates = sqliteTable(
  'rates',
  {
    direction: text('direction', { enum: ['inbound', 'outbound'] }).notNull(),
    /** Digits of E.164 without the plus; '' matches every number. */
    prefix: text('prefix').notNull(),
    perMinuteMicros: integer('per_minute_micros').notNull(),
    firstSeconds: integer('first_seconds').notNull(),
    nextSeconds: integer('next_seconds').notNull(),
  },
  (table) => [primaryKey({ columns: [table.direction, table.prefix] })],
);
