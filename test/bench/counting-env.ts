import type { Tally } from './tally.ts';

/** The environment with a database and a queue that count. */
export const countEnv = (env: Env, tally: () => Tally): Env => ({
  ...env,
  DB: countDatabase(env.DB, tally),
  WEBHOOKS: countQueue(env.WEBHOOKS, tally),
});

const countQueue = (queue: Queue, tally: () => Tally): Queue =>
  ({
    send(message: unknown, options?: QueueSendOptions) {
      tally().queue.sent++;
      return queue.send(message, options);
    },
    sendBatch(messages: MessageSendRequest[], options?: QueueSendBatchOptions) {
      tally().queue.sent += messages.length;
      return queue.sendBatch(messages, options);
    },
  }) as Queue;

function countDatabase(db: D1Database, tally: () => Tally): D1Database {
  const originals = new WeakMap<object, D1PreparedStatement>();
  const add = <Result extends D1Result>(result: Result): Result => {
    tally().d1.statements++;
    tally().d1.rowsRead += result.meta.rows_read;
    tally().d1.rowsWritten += result.meta.rows_written;
    return result;
  };
  const count = (statement: D1PreparedStatement): D1PreparedStatement => {
    const all = async () => add(await statement.all<Record<string, unknown>>());
    const counted = {
      bind: (...values: unknown[]) => count(statement.bind(...values)),
      run: all,
      all,
      // `raw` and `first` themselves come without counts. No column may be named twice in a join.
      raw: async () => (await all()).results.map((row) => Object.values(row)),
    };
    originals.set(counted, statement);
    return counted as unknown as D1PreparedStatement;
  };
  const batch = async (statements: D1PreparedStatement[]) => {
    const results = await db.batch(statements.map((it) => originals.get(it) ?? it));
    return results.map(add);
  };
  return { prepare: (query: string) => count(db.prepare(query)), batch } as unknown as D1Database;
}
