import { and, eq, isNull } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Caller } from '../account.ts';
import { accounts, apiKeys, operatorKeys } from './table.ts';

/** The account that a key's hash belongs to, unless the key was revoked. */
export async function findAccountByKey(db: D1Database, hash: string): Promise<Caller | undefined> {
  const [row] = await drizzle(db)
    .select({ accountId: accounts.id, mode: apiKeys.mode, webhookSecrets: accounts.webhookSecrets })
    .from(apiKeys)
    .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
    .where(and(eq(apiKeys.hash, hash), isNull(apiKeys.revokedAt)))
    .limit(1);
  return row;
}

export async function findSecrets(db: D1Database, accountId: string): Promise<string[] | undefined> {
  const [row] = await drizzle(db)
    .select({ secrets: accounts.webhookSecrets })
    .from(accounts)
    .where(eq(accounts.id, accountId))
    .limit(1);
  return row?.secrets;
}

export async function isOperatorKey(db: D1Database, hash: string): Promise<boolean> {
  const rows = await drizzle(db)
    .select({ hash: operatorKeys.hash })
    .from(operatorKeys)
    .where(and(eq(operatorKeys.hash, hash), isNull(operatorKeys.revokedAt)))
    .limit(1);
  return rows.length > 0;
}
