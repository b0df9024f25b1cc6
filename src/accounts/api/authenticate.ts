import { httpErrors } from '../../http/errors.ts';
import { StaleCache } from '../../lib/stale-cache.ts';
import type { Caller } from '../account.ts';
import { hashKey, looksLikeKey, looksLikeOperatorKey } from '../keys.ts';
import { findAccountByKey, isOperatorKey } from '../store/queries.ts';

/** How long an answer of the database is believed, so that a busy account does not ask it for every request. */
const FRESH_MS = 30_000;

/**
 * How long a key that was good stays good while the database cannot be reached: live calls can then still be seen and hung
 * up. A key that is revoked during an outage works for as long.
 */
const OUTAGE_MS = 3_600_000;

/** Good keys and wrong ones are kept apart: whoever tries a million wrong ones pushes no customer's key out. */
const callers = new StaleCache<Caller>({ size: 10_000, freshMs: FRESH_MS, staleMs: OUTAGE_MS });
const strangers = new StaleCache<true>({ size: 10_000, freshMs: FRESH_MS, staleMs: FRESH_MS });

/** The account behind the request's key, or a 401 that is the same whatever was wrong. */
export async function authenticate(request: Request, env: Env): Promise<Caller> {
  const key = request.headers.get('x-api-key') ?? '';
  const caller = looksLikeKey(key) ? await callerOf(await hashKey(key), env, Date.now()) : undefined;
  if (!caller) throw httpErrors.unauthorized();
  return caller;
}

async function callerOf(hash: string, env: Env, now: number): Promise<Caller | undefined> {
  const known = callers.fresh(hash, now);
  if (known || strangers.fresh(hash, now)) return known;
  try {
    const caller = await findAccountByKey(env.DB, hash);
    if (caller) callers.set(hash, caller, now);
    else {
      callers.delete(hash);
      strangers.set(hash, true, now);
    }
    return caller;
  } catch (error) {
    const remembered = callers.stale(hash, now);
    if (remembered) return remembered;
    throw error;
  }
}

/** Passes for a key of an operator; else the same 401. */
export async function authenticateOperator(request: Request, env: Env): Promise<undefined> {
  const key = request.headers.get('x-api-key') ?? '';
  const isKnown = looksLikeOperatorKey(key) && (await isOperatorKey(env.DB, await hashKey(key)));
  if (!isKnown) throw httpErrors.unauthorized();
}
