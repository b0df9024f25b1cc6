// What the machine can do at all: a Worker that does nothing but ask one object, which writes or reads one row.
// Plain JavaScript, because it is given to workerd as it is.
import { DurableObject } from 'cloudflare:workers';

export class Row extends DurableObject {
  write() {
    this.ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, record TEXT NOT NULL)');
    this.ctx.storage.sql.exec('INSERT OR REPLACE INTO row (id, record) VALUES (1, ?)', 'x'.repeat(100));
  }

  read() {
    return this.ctx.storage.sql.exec('SELECT record FROM row WHERE id = 1').toArray()[0]?.record;
  }
}

// biome-ignore lint/style/noDefaultExport: the platform asks for one
export default {
  /** PUT writes the row of the object of that URL, GET reads it, POST writes a row in a new object. */
  async fetch(request, env) {
    const row = env.ROWS.getByName(request.method === 'POST' ? crypto.randomUUID() : request.url);
    if (request.method === 'GET') return Response.json({ record: await row.read() });
    await row.write();
    return Response.json({}, { status: 201 });
  },
};
