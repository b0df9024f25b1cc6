import { recordingObject } from '../contracts/objects.ts';
import type { RecordingMethods } from '../recordings/rpc.ts';
import { overdueRecordings } from '../recordings/store/queries.ts';

/** Has up to `limit` recordings deleted whose retention is over; answers with how many there were. */
export async function expireRecordings(env: Env, now: number, limit: number): Promise<number> {
  const ids = await overdueRecordings(env.DB, now, limit);
  // One that does not answer is found again, and holds up no other.
  await Promise.allSettled(ids.map((id) => recordingObject<RecordingMethods>(env, id).expire()));
  return ids.length;
}
