import { httpErrors } from '../../http/errors.ts';
import { KeyCache } from '../../lib/key-cache.ts';
import type { Caller } from '../account.ts';
import { hashKey, looksLikeKey, looksLikeOperatorKey } from '../keys.ts';
import { findAccountByKey, isOperatorKey } from '../store/queries.ts';

const callers = new KeyCache<Caller>();
const operators = new KeyCache<true>();

/** The account behind the request's key, or a 401 that is the same whatever was wrong. */
export async function authenticate(request: Request, env: Env): Promise<Caller> {
  const key = request.headers.get('x-api-key') ?? '';
  const caller = looksLikeKey(key) ? await callerOf(await hashKey(key), env) : undefined;
  if (!caller) throw httpErrors.unauthorized();
  return caller;
}

const callerOf = (hash: string, env: Env): Promise<Caller | undefined> =>
  callers.owner(hash, Date.now(), () => findAccountByKey(env.DB, hash));

/** Passes for a key of an operator; else the same 401. */
export async function authenticateOperator(request: Request, env: Env): Promise<undefined> {
  const key = request.headers.get('x-api-key') ?? '';
  const isKnown = looksLikeOperatorKey(key) && (await isOperator(await hashKey(key), env));
  if (!isKnown) throw httpErrors.unauthorized();
}

const isOperator = (hash: string, env: Env): Promise<true | undefined> =>
  operators.owner(hash, Date.now(), async () => (await isOperatorKey(env.DB, hash)) || undefined);
