import { limiter } from './limiter.ts';

/** At most so many objects are woken at the same time. */
const AT_ONCE = 20;

/** Has each of these ids forgotten; resolves to those that could not be, or must not. */
export async function forgetEach(ids: string[], forget: (id: string) => Promise<boolean>): Promise<string[]> {
  const inTurn = limiter(AT_ONCE);
  const forgotten = await Promise.all(ids.map((id) => inTurn(async () => forget(id)).catch(() => false)));
  return ids.filter((_id, at) => !forgotten[at]);
}
