import { callObject, conferenceObject } from '../contracts/objects.ts';
import { kindAndPlace } from '../lib/error-kind.ts';
import { forgetEach } from '../lib/forget-each.ts';
import { retire } from './expire.ts';
import { expireRecordings } from './expire-recordings.ts';

/** Of each kind, 500 at a time: a run may ask 10,000 times for something, and each object is asked once. */
const BATCHES = 6;

/** Masks and deletes all that has expired, and logs how much: never what. */
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
    // The message may quote what a query was given, and those are phone numbers.
    throw new Error(`The daily run was interrupted, the next one goes on: ${kindAndPlace(error)}`);
  }
}
