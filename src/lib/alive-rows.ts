import { type IdPrefix, lowestId } from './ids.ts';

/** The columns of an index after the account and its mode, each with the values that a row must have. */
type Values = Record<string, readonly string[]>;

/**
 * Makes a function that finds up to `limit` objects whose copies have one of these values and whose ids, which begin with
 * `kind`, are older than `before`, in all accounts.
 */
export function findAlive<Found>(kind: IdPrefix, table: string, index: string, values: Values) {
  const query = aliveQuery(table, index, values);
  return async (db: D1Database, before: number, limit: number): Promise<Found[]> =>
    (await db.prepare(query).bind(lowestId(kind, before), limit).all<Found>()).results;
}

/**
 * SQL that finds rows of a copy in all accounts: those whose columns have one of these values, with an id below ?1, the
 * oldest first, ?2 of them at most. The index begins with account and mode, ends with the id and has these columns between,
 * so that for each account only what is found is read, however many rows are over.
 */
function aliveQuery(table: string, index: string, values: Values): string {
  const columns = Object.entries({ mode: ['test', 'live'], ...values });
  const lists = columns.map(([name, list]) => `CROSS JOIN json_each('${JSON.stringify(list)}') AS any_${name}`);
  const conditions = columns.map(([name]) => `it.${name} = any_${name}.value`);
  return `WITH RECURSIVE account(id) AS (SELECT min(account_id) FROM ${table} UNION ALL
    SELECT (SELECT min(account_id) FROM ${table} WHERE account_id > account.id) FROM account WHERE account.id IS NOT NULL)
    SELECT it.account_id AS accountId, it.mode, it.id FROM account ${lists.join(' ')}
    CROSS JOIN ${table} AS it INDEXED BY ${index}
    WHERE it.account_id = account.id AND ${conditions.join(' AND ')} AND it.id < ?1 ORDER BY it.id LIMIT ?2`;
}
