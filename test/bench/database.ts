import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unstable_splitSqlQuery } from 'wrangler';
import { hashKey } from '../../src/accounts/keys.ts';
import { insertSql } from '../../src/cli/database.ts';

const MIGRATIONS = join(import.meta.dirname, '../../migrations');

/** The key, and the caller's number, of the one account that there is. */
export const KEY = 'tf_test_bench';
export const FROM = '+31851234567';
export const ACCOUNT = 'AC00000000000070008000000000000001';

/** Migrates and seeds an empty database from inside: wrangler's commands would do the same, in eight seconds. */
export async function prepareDatabase(db: D1Database): Promise<void> {
  const files = readdirSync(MIGRATIONS).filter((name) => name.endsWith('.sql'));
  const migrations = files
    .sort()
    .flatMap((name) => unstable_splitSqlQuery(readFileSync(join(MIGRATIONS, name), 'utf8')));
  for (const statement of [...migrations, ...(await account())]) await db.prepare(statement).run();
}

async function account(): Promise<string[]> {
  const account_id = ACCOUNT;
  const created_at = Date.now();
  const webhook_secrets = JSON.stringify(['whsec_dGVsZWZvb24tbG9jYWwtd2ViaG9vay1zZWNyZXQ=']);
  return [
    insertSql('accounts', { id: account_id, name: 'Bench', webhook_secrets, created_at }),
    insertSql('api_keys', { hash: await hashKey(KEY), account_id, mode: 'test', created_at }),
    insertSql('numbers', { e164: FROM, account_id, created_at }),
  ];
}
