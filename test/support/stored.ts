import { listDurableObjectIds, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

/** Everything that an object has stored: its tables and its keys. */
async function storedIn(stub: DurableObjectStub<undefined>): Promise<unknown> {
  return runInDurableObject(stub as DurableObjectStub, async (_object, { storage }) => {
    const tables = storage.sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      .toArray();
    const rows = tables.map(({ name }) => storage.sql.exec(`SELECT * FROM "${name}"`).toArray());
    return { rows, keys: [...storage.kv.list()], alarm: await storage.getAlarm() };
  });
}

export const NOTHING_STORED = { rows: [], keys: [], alarm: null };

export const storedOf = (stub: unknown) => storedIn(stub as DurableObjectStub<undefined>);

/** Everything that is stored anywhere, as text: the database, the objects, and the names in the bucket of recordings. */
export async function allStored(): Promise<string> {
  const { results } = await env.DB.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{
    name: string;
  }>();
  const tables = results.map(({ name }) => name).filter((name) => !name.startsWith('_cf'));
  const rows = await Promise.all(
    tables.map(async (name) => (await env.DB.prepare(`SELECT * FROM "${name}"`).all()).results),
  );
  const kinds = [env.CALLS, env.SIMULATED, env.CONFERENCES, env.RECORDING_OBJECTS] as DurableObjectNamespace[];
  const objects = await Promise.all(
    kinds.map(async (kind) => Promise.all((await listDurableObjectIds(kind)).map((id) => storedOf(kind.get(id))))),
  );
  const files = (await env.RECORDINGS.list()).objects.map(({ key }) => key);
  return JSON.stringify({ rows, objects, files });
}
