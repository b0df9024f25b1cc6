import { findSecrets } from './queries.ts';

/** How long secrets are believed: a rotation takes effect within this time. */
const CACHE_MS = 30_000;

const cache = new Map<string, { secrets: string[]; until: number }>();

/**
 * The account's webhook secrets as they are now, however old the call is. While the database is down, those that the
 * call began with: a live call does not wait for it.
 */
export async function signingSecrets(
  db: D1Database,
  call: { accountId: string; secrets: string[] },
): Promise<string[]> {
  const known = cache.get(call.accountId);
  if (known && known.until > Date.now()) return known.secrets;
  const secrets = await findSecrets(db, call.accountId).catch(() => undefined);
  if (!secrets) return call.secrets;
  if (cache.size >= 1000) cache.clear();
  cache.set(call.accountId, { secrets, until: Date.now() + CACHE_MS });
  return secrets;
}
