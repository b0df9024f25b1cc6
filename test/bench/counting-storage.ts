import type { ObjectTally } from './tally.ts';

/**
 * Counts what an object writes. The platform insists on its own state object in a constructor, so the storage is not
 * wrapped: its methods are replaced in place, for this one object.
 */
export function countStorage(storage: DurableObjectStorage, tally: () => ObjectTally): void {
  countSql(storage.sql, tally);
  countEach(storage.kv, 'put', () => ++tally().written.kv);
  countEach(storage.kv, 'delete', () => ++tally().written.kv);
  countEach(storage, 'setAlarm', () => ++tally().written.alarm);
  // Whatever is not counted must not be used, or a budget would hold only because the counter looks away.
  for (const name of ['put', 'delete', 'deleteAll'] as const) {
    countEach(storage, name, () => {
      throw new Error(`the benchmark does not count storage.${name}`);
    });
  }
}

function countSql(sql: SqlStorage, tally: () => ObjectTally): void {
  const exec = sql.exec.bind(sql);
  const counted = (...args: Parameters<SqlStorage['exec']>) => {
    const cursor = exec(...args);
    // `wrangler dev` keeps a table of its own in every object; the platform itself does not.
    if (String(args[0]).includes('__miniflare')) return cursor;
    // A cursor counts as it is read; by the next microtask its reader, who is synchronous, has used it up.
    queueMicrotask(() => {
      tally().written.sql += cursor.rowsWritten;
      tally().rowsRead += cursor.rowsRead;
    });
    return cursor;
  };
  Object.defineProperty(sql, 'exec', { value: counted });
}

/** Calls `count` before each call of a method. */
function countEach<Name extends string>(
  target: { [name in Name]: (...args: never[]) => unknown },
  name: Name,
  count: () => void,
): void {
  const method = target[name].bind(target) as (...args: unknown[]) => unknown;
  const counted = (...args: unknown[]) => {
    count();
    return method(...args);
  };
  Object.defineProperty(target, name, { value: counted });
}
