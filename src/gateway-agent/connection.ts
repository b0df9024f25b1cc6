import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from './instance.ts';

const POLL_SECONDS = 2;
/** So many looks in a row must fail. A deploy of the Worker cuts the socket for a moment: calls that come then wait, and are not turned away. */
const MAX_MISSES = 3;

/** Whether the Worker has accepted the gateway's socket. */
export async function isConnected({ asterisk }: Pick<Instance, 'asterisk'>): Promise<boolean> {
  return /^edge .* Up /m.test(await asterisk('ari show websocket sessions'));
}

/**
 * Tells the dialplan and `onChange` whether the Worker can be reached, until the instance has ended. Asterisk by itself lets
 * callers wait for a Worker that is away; when the dialplan knows, it answers 503 and the carrier goes elsewhere.
 */
export async function watchConnection(instance: Instance, onChange: (connected: boolean) => void): Promise<void> {
  let ended = false;
  void instance.exited.then(() => (ended = true));
  let reported: boolean | undefined;
  for (let misses = 0; !ended; await sleep(POLL_SECONDS * 1000, undefined, { ref: false })) {
    const connected = await isConnected(instance).catch(() => false);
    misses = connected ? 0 : misses + 1;
    if (ended || connected === reported || (!connected && misses < MAX_MISSES)) continue;
    reported = connected;
    await instance.asterisk(`dialplan set global WORKER ${connected ? 'up' : 'down'}`).catch(() => {});
    onChange(connected);
  }
}
