import { getTableColumns, sql } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';

/**
 * The fields and the source of a query that walks this index of the table, or the table's key without one. Left to itself,
 * SQLite may walk a whole account by the key in search of a status that no row has, since both keep the order that is asked for.
 */
export function byIndex<Table extends SQLiteTable>(table: Table, index?: string) {
  const fields = Object.entries(getTableColumns(table)).map(([name, column]) => [name, sql`${column}`.mapWith(column)]);
  return {
    fields: Object.fromEntries(fields) as Table['_']['columns'],
    from: index === undefined ? sql`${table}` : sql`${table} INDEXED BY ${sql.raw(index)}`,
  };
}
