import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Which database a command works on: the laptop's (perhaps in another folder than usual), or the deployed one. */
export type Place = ['--local'] | ['--local', '--persist-to', string] | ['--remote'];

/** The place that a command line names; the laptop's where it names none. */
export function placeFrom(args: string[]): Place {
  if (args.includes('--remote')) return ['--remote'];
  const folder = args[args.indexOf('--persist-to') + 1];
  return args.includes('--persist-to') && folder ? ['--local', '--persist-to', folder] : ['--local'];
}

/** Wrangler would keep a log of every statement and its rows in the home folder: secrets and phone numbers. */
const QUIET = { WRANGLER_WRITE_LOGS: 'false' };

/** Runs wrangler quietly; what it printed comes with the error. */
export function wrangler(args: string[]): string {
  const { status, stdout, stderr } = spawnSync('wrangler', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, WRANGLER_HIDE_BANNER: 'true', WRANGLER_SEND_METRICS: 'false', ...QUIET },
  });
  if (status !== 0) throw new Error(`wrangler ${args.slice(0, 3).join(' ')} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** Runs SQL and returns the rows of its last statement. SQL travels in a file: a command line is visible to others. */
export function runSql(place: Place, sql: string): Record<string, unknown>[] {
  const folder = mkdtempSync(join(tmpdir(), 'telefoon-'));
  try {
    const file = join(folder, 'statement.sql');
    writeFileSync(file, sql, { mode: 0o600 });
    const printed = wrangler(['d1', 'execute', 'DB', ...place, '--json', '--yes', '--file', file]);
    const results = JSON.parse(printed.slice(printed.indexOf('['))) as { results?: Record<string, unknown>[] }[];
    return results.at(-1)?.results ?? [];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A value as SQL text. */
export function quote(value: string | number | undefined): string {
  if (value === undefined) return 'NULL';
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

/** `INSERT` of one row, left alone where it exists. */
export function insert(table: string, row: Record<string, string | number | undefined>): string {
  const values = Object.values(row).map(quote).join(', ');
  return `INSERT OR IGNORE INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${values});`;
}
