import { limiter } from '../lib/limiter.ts';
import { callObject } from '../objects.ts';

/** So many objects are woken at the same time. */
const AT_ONCE = 20;

/** Has the objects of these calls forget them; answers with those that could not, or must not. */
export async function forgetCalls(env: Env, ids: string[]): Promise<string[]> {
  const inTurn = limiter(AT_ONCE);
  const forget = (id: string) => inTurn(async () => callObject(env, id).forget()).catch(() => false);
  const forgotten = await Promise.all(ids.map(forget));
  return ids.filter((_id, at) => !forgotten[at]);
}
