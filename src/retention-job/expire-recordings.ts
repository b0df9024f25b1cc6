import { recordingObject } from '../contracts/objects.ts';
import type { RecordingMethods } from '../recordings/rpc.ts';
import { overdueRecordings } from '../recordings/store/queries.ts';

/** Makes the objects of up to `limit` recordings delete them whose retention is over; answers with their number. */
export async function expireRecordings(env: Env, now: number, limit: number): Promise<number> {
  const ids = await overdueRecordings(env.DB, now, limit);
  // A recording whose object does not answer is found again by the next run, and holds up no other.
  await Promise.allSettled(ids.map((id) => recordingObject<RecordingMethods>(env, id).expire()));
  return ids.length;
}
