import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The database that a command works on, as options for wrangler: the local one, perhaps in another folder, or the deployed one. */
export type DatabaseTarget = ['--local'] | ['--local', '--persist-to', string] | ['--remote'];

/** The database that a command line names; the local one where it names none. */
export function databaseTarget(args: string[]): DatabaseTarget {
  if (args.includes('--remote')) return ['--remote'];
  const folder = args[args.indexOf('--persist-to') + 1];
  return args.includes('--persist-to') && folder ? ['--local', '--persist-to', folder] : ['--local'];
}

/**
 * Wrangler would keep a log of every statement and its rows, secrets and phone numbers among them, in the home folder. What it
 * prints is read here, and a level that somebody has set for it would hide that.
 */
const WITHOUT_LOGS = { WRANGLER_WRITE_LOGS: 'false', WRANGLER_LOG: 'log' };

/** Runs wrangler, and returns what it prints. When it fails, what it printed is in the error. */
export function runWrangler(args: string[]): string {
  const { status, stdout, stderr } = spawnSync('wrangler', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, WRANGLER_HIDE_BANNER: 'true', WRANGLER_SEND_METRICS: 'false', ...WITHOUT_LOGS },
  });
  if (status !== 0) throw new Error(`wrangler ${args.slice(0, 3).join(' ')} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** Runs SQL and returns the rows of its last statement. The SQL travels in a file: a command line is visible to others. */
export function runSql(database: DatabaseTarget, sql: string): Record<string, unknown>[] {
  const folder = mkdtempSync(join(tmpdir(), 'telefoon-'));
  try {
    const file = join(folder, 'statement.sql');
    writeFileSync(file, sql, { mode: 0o600 });
    const printed = runWrangler(['d1', 'execute', 'DB', ...database, '--json', '--yes', '--file', file]);
    const results = JSON.parse(printed.slice(printed.indexOf('['))) as { results?: Record<string, unknown>[] }[];
    return results.at(-1)?.results ?? [];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A value as it stands in SQL. */
export function sqlLiteral(value: string | number | undefined): string {
  if (value === undefined) return 'NULL';
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

/** An `INSERT` of one row, which changes nothing when the row exists. */
export function insertSql(table: string, row: Record<string, string | number | undefined>): string {
  const values = Object.values(row).map(sqlLiteral).join(', ');
  return `INSERT OR IGNORE INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${values});`;
}
