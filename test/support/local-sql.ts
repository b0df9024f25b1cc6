// `wrangler d1 execute … --persist-to FOLDER --file FILE`: the rows of every statement, in the JSON that wrangler prints.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const option = (name: string): string => process.argv[process.argv.indexOf(name) + 1] ?? '';

const databases = join(option('--persist-to'), 'v3/d1/miniflare-D1DatabaseObject');
const files = readdirSync(databases).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
if (files.length !== 1) throw new Error(`${databases} has ${files.length} databases`);

// The Worker may be writing.
const database = new DatabaseSync(join(databases, files[0] ?? ''), { timeout: 60_000 });
const executed: { results: unknown[] }[] = [];
for (let sql = readFileSync(option('--file'), 'utf8').trim(); sql !== ''; ) {
  const statement = database.prepare(sql);
  executed.push({ results: statement.all() });
  sql = sql.slice(statement.sourceSQL.length).trim();
}
database.close();
process.stdout.write(JSON.stringify(executed));
