/** The database with its costs: rows read and written by everything that ran through it. */
export function counted(db: D1Database) {
  const cost = { read: 0, written: 0 };
  const originals = new WeakMap<object, D1PreparedStatement>();
  const add = <Result extends D1Result>(result: Result): Result => {
    cost.read += result.meta.rows_read;
    cost.written += result.meta.rows_written;
    return result;
  };
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: async () => add(await statement.all()),
      run: async () => add(await statement.run()),
      first: async () => add(await statement.all()).results[0] ?? null,
      // Drizzle reads by `raw`, which has no costs: the same rows by way of `all`. Names of columns must differ.
      raw: async () => add(await statement.all<Record<string, unknown>>()).results.map((row) => Object.values(row)),
    } as unknown as D1PreparedStatement;
    originals.set(wrapped, statement);
    return wrapped;
  };
  const wrappedDb = {
    prepare: (sql: string) => wrap(db.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) =>
      (await db.batch(statements.map((statement) => originals.get(statement) ?? statement))).map(add),
  } as unknown as D1Database;
  return { db: wrappedDb, cost };
}
