// Brings the local database up to date and puts two accounts into it. It never works on a deployed database.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashKey } from '../accounts/keys.ts';
import { databaseTarget, insertSql, runSql, runWrangler } from './database.ts';

interface LocalAccount {
  id: string;
  name: string;
  keys: { test: string; live: string };
  secret: string;
  numbers: string[];
}

const ACCOUNTS: LocalAccount[] = [
  {
    id: 'AC00000000000070008000000000000001',
    name: 'Local',
    keys: { test: 'tf_test_local', live: 'tf_live_local' },
    secret: 'whsec_dGVsZWZvb24tbG9jYWwtd2ViaG9vay1zZWNyZXQ=',
    numbers: ['+31851234567', '+3222345678', '+493012345678'],
  },
  {
    id: 'AC00000000000070008000000000000002',
    name: 'Other',
    keys: { test: 'tf_test_other', live: 'tf_live_other' },
    secret: 'whsec_b3RoZXItbG9jYWwtd2ViaG9vay1zZWNyZXQtMDAwMDA=',
    numbers: ['+31857654321'],
  },
];

async function rowsOf({ id, name, keys, secret, numbers }: LocalAccount): Promise<string[]> {
  const created_at = Date.now();
  const hashed = await Promise.all(
    (['test', 'live'] as const).map(async (mode) => ({
      hash: await hashKey(keys[mode]),
      account_id: id,
      mode,
      created_at,
    })),
  );
  return [
    insertSql('accounts', { id, name, webhook_secrets: JSON.stringify([secret]), created_at }),
    ...hashed.map((key) => insertSql('api_keys', key)),
    ...numbers.map((e164) => insertSql('numbers', { e164, account_id: id, created_at })),
  ];
}

/** The gateway that `npm run gateway` starts, with its trunk to the phone network, and a key for the operator. */
async function operatorRows(): Promise<string[]> {
  const created_at = Date.now();
  const { id, token } = { id: 'gw-local', token: 'tf_gateway_local' };
  const trunk = { gateway: id, id: 'phones', prefixes: '[""]', priority: 1, capacity: 250, emergency: '[]' };
  return [
    insertSql('gateways', { id, token_hash: await hashKey(token), region: 'this machine', capacity: 250, created_at }),
    insertSql('trunks', trunk),
    insertSql('operator_keys', { hash: await hashKey('tf_operator_local'), created_at }),
  ];
}

/** The digest of what the database is prepared with: the migrations and this file. It is kept beside the database, and gone with it. */
function preparationDigest(): string {
  const migrations = readdirSync('migrations').filter((name) => name.endsWith('.sql'));
  const files = [...migrations.map((name) => join('migrations', name)), fileURLToPath(import.meta.url)];
  return createHash('sha256')
    .update(files.map((file) => readFileSync(file, 'utf8')).join('\0'))
    .digest('hex');
}

const database = databaseTarget(process.argv.filter((argument) => argument !== '--remote'));
const stamp = join(database[2] ?? '.wrangler/state', 'prepared');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== preparationDigest()) {
  console.log('Preparing the local database …');
  runWrangler(['d1', 'migrations', 'apply', 'DB', ...database]);
  const rows = await Promise.all(ACCOUNTS.map(rowsOf));
  runSql(database, [...rows.flat(), ...(await operatorRows())].join('\n'));
  writeFileSync(stamp, preparationDigest());
}
