import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { hashKey } from '../../src/accounts/keys.ts';
import { insertSql } from '../../src/cli/database.ts';
import { apiClient } from './api.ts';
import { type Answering, hookServer } from './hook-server.ts';

/** An account of one test file: no other file's calls, conferences or consents are on its lists. */
export interface Account {
  id: string;
  keys: { test: string; live: string };
  number: string;
  /** One more, which no operator has said anything about. */
  spareNumber: string;
  /** What its webhooks are signed with. */
  secret: string;
}

/** The account of a test file, always the same: the server's database has one for every file of the scenarios. */
export function accountOf(file: string): Account {
  const digest = createHash('sha256').update(basename(file)).digest('hex');
  const name = digest.slice(0, 12);
  const digits = String(Number.parseInt(name, 16) % 1_000_000).padStart(6, '0');
  return {
    id: `AC${digest.slice(0, 32)}`,
    keys: { test: `tf_test_${name}`, live: `tf_live_${name}` },
    number: `+31852${digits}`,
    spareNumber: `+31853${digits}`,
    secret: `whsec_${Buffer.from(digest).toString('base64')}`,
  };
}

/** A gateway that is never connected, for trunks of a test. */
export const SPARE_GATEWAY = 'gw-spare';

/** The rows that make accounts known to a database. */
export async function rowsOf(accounts: Account[]): Promise<string[]> {
  const created_at = Date.now();
  const rows = accounts.map(async ({ id, keys, number, spareNumber, secret }) => [
    insertSql('accounts', { id, name: id, webhook_secrets: JSON.stringify([secret]), created_at }),
    insertSql('api_keys', { hash: await hashKey(keys.test), account_id: id, mode: 'test', created_at }),
    insertSql('api_keys', { hash: await hashKey(keys.live), account_id: id, mode: 'live', created_at }),
    insertSql('numbers', { e164: number, account_id: id, created_at }),
    insertSql('numbers', { e164: spareNumber, account_id: id, created_at }),
  ]);
  const spare = { id: SPARE_GATEWAY, token_hash: await hashKey(''), region: 'nowhere', capacity: 1, created_at };
  return [insertSql('gateways', spare), ...(await Promise.all(rows)).flat()];
}

/** What a test file works with: clients of its own account, and customers' servers that take only what is signed for it. */
export function worldOf(file: string, url?: string) {
  const account = accountOf(file);
  const { keys, number, secret } = account;
  return {
    account,
    number,
    api: apiClient(keys.test, url, number),
    live: apiClient(keys.live, url, number),
    hookServer: (answers?: Record<string, Answering>) => hookServer(answers, secret),
  };
}
