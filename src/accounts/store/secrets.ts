import { StaleCache } from '../../lib/stale-cache.ts';
import { findSecrets } from './queries.ts';

/** How long secrets are believed: a rotation takes effect within this time. */
const FRESH_MS = 30_000;

const cache = new StaleCache<string[]>({ size: 10_000, freshMs: FRESH_MS, staleMs: FRESH_MS });

/**
 * The account's webhook secrets as they are now, however old the call is. While the database is down, those that the
 * call began with: a live call does not wait for it.
 */
export async function signingSecrets(
  db: D1Database,
  call: { accountId: string; secrets: string[] },
): Promise<string[]> {
  const now = Date.now();
  const known = cache.fresh(call.accountId, now);
  if (known) return known;
  const secrets = await findSecrets(db, call.accountId).catch(() => undefined);
  if (!secrets) return call.secrets;
  cache.set(call.accountId, secrets, now);
  return secrets;
}
