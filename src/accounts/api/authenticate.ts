import { httpErrors } from '../../http/errors.ts';
import type { Caller } from '../account.ts';
import { hashKey, looksLikeKey, looksLikeOperatorKey } from '../keys.ts';
import { findAccountByKey, isOperatorKey } from '../store/queries.ts';

/** How long an answer of the database is believed, so that a busy account does not ask it for every request. */
const CACHE_MS = 30_000;
const CACHE_SIZE = 1000;

const cache = new Map<string, { caller: Caller | undefined; until: number }>();

/** The account behind the request's key, or a 401 that is the same whatever was wrong. */
export async function authenticate(request: Request, env: Env): Promise<Caller> {
  const key = request.headers.get('x-api-key') ?? '';
  const caller = looksLikeKey(key) ? await callerOf(await hashKey(key), env) : undefined;
  if (!caller) throw httpErrors.unauthorized();
  return caller;
}

async function callerOf(hash: string, env: Env): Promise<Caller | undefined> {
  const known = cache.get(hash);
  if (known && known.until > Date.now()) return known.caller;
  const caller = await findAccountByKey(env.DB, hash);
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(hash, { caller, until: Date.now() + CACHE_MS });
  return caller;
}

/** Passes for a key of an operator; else the same 401. */
export async function authenticateOperator(request: Request, env: Env): Promise<undefined> {
  const key = request.headers.get('x-api-key') ?? '';
  const isKnown = looksLikeOperatorKey(key) && (await isOperatorKey(env.DB, await hashKey(key)));
  if (!isKnown) throw httpErrors.unauthorized();
}
