import { callsAlive } from '../calls/store/alive.ts';
import type { ConferenceMethods } from '../conferences/rpc.ts';
import { conferencesAlive } from '../conferences/store/alive.ts';
import { callObject, conferenceObject, recordingObject } from '../contracts/objects.ts';
import type { Scope } from '../contracts/scope.ts';
import { kindAndPlace } from '../lib/error-kind.ts';
import { limiter } from '../lib/limiter.ts';
import type { RecordingMethods } from '../recordings/rpc.ts';
import { recordingsAlive } from '../recordings/store/alive.ts';

type Found = Scope & { id: string };

/** What is younger has its alarm: nobody has lost it yet. */
const HOUR_MS = 3_600_000;
/** Of each kind, in one run; the rest has its turn the next day, once these are over. */
const MOST = 700;
/** At most so many objects are woken at the same time. */
const AT_ONCE = 20;

/**
 * Wakes what the database shows as alive. The platform may have lost an object's alarm, and an object without one never ends:
 * whatever wakes it has the alarm set again, and nobody else may ask for it for a long time.
 */
export async function wakeAlive(env: Env, now: number, most = MOST): Promise<void> {
  const before = now - HOUR_MS;
  const counts = await Promise.allSettled([
    callsAlive(env.DB, before, most).then((found) =>
      wakeEach(found, ({ id, ...scope }) => callObject(env, id).facts(scope)),
    ),
    conferencesAlive(env.DB, before, most).then((found) =>
      wakeEach(found, ({ id, ...scope }) => conferenceObject<ConferenceMethods>(env, id).facts(scope)),
    ),
    recordingsAlive(env.DB, before, most).then((found) =>
      wakeEach(found, ({ id, ...scope }) => recordingObject<RecordingMethods>(env, id).facts(scope)),
    ),
  ]);
  const [calls, conferences, recordings] = counts.map((it) =>
    it.status === 'fulfilled' ? it.value : kindAndPlace(it.reason),
  );
  // biome-ignore lint/suspicious/noConsole: the platform's log, counts only
  console.log('woken', JSON.stringify({ calls, conferences, recordings }));
}

/** Answers with the number of those that were woken. One that does not answer holds up no other. */
async function wakeEach(found: Found[], wake: (it: Found) => Promise<unknown>): Promise<number> {
  const inTurn = limiter(AT_ONCE);
  const woken = await Promise.allSettled(found.map((it) => inTurn(() => wake(it))));
  return woken.filter(({ status }) => status === 'fulfilled').length;
}
