import { callObject, conferenceObject } from '../contracts/objects.ts';
import { kindAndPlace } from '../lib/error-kind.ts';
import { forgetEach } from '../lib/forget-each.ts';
import { retire } from './expire.ts';
import { expireRecordings } from './expire-recordings.ts';

/** Each kind is deleted 500 at a time: a run may make 10,000 requests, each object gets one, and 2,100 are woken before. */
const BATCHES = 5;

/** Masks and deletes everything that has expired, and logs the numbers only, never what it was. */
export async function retireDaily(env: Env, now: number): Promise<void> {
  const homes = {
    forgetCalls: (ids: string[]) => forgetEach(ids, async (id) => callObject(env, id).forget()),
    forgetConferences: (ids: string[]) => forgetEach(ids, async (id) => conferenceObject(env, id).forget()),
    expireRecordings: (at: number, limit: number) => expireRecordings(env, at, limit),
  };
  try {
    // biome-ignore lint/suspicious/noConsole: the platform's log, counts only
    console.log('retired', JSON.stringify(await retire(env, now, homes, BATCHES)));
  } catch (error) {
    // The message may quote the parameters of a query, which are phone numbers.
    throw new Error(`The daily run was interrupted, the next one goes on: ${kindAndPlace(error)}`);
  }
}
