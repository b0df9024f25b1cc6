import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from './instance.ts';

const POLL_SECONDS = 2;
/** A deploy of the Worker cuts the socket for a moment; calls that come meanwhile wait, and are not turned away. */
const MISSES = 3;

/** Whether the Worker has accepted the gateway's socket. */
export async function isConnected({ asterisk }: Pick<Instance, 'asterisk'>): Promise<boolean> {
  return /^edge .* Up /m.test(await asterisk('ari show websocket sessions'));
}

/**
 * Tells the dialplan, and whoever wants to know, whether the Worker can be reached, until the instance has ended.
 * Asterisk itself would let callers wait for a Worker that is away; told so, it answers 503 and the carrier goes elsewhere.
 */
export async function watchConnection(instance: Instance, onChange: (connected: boolean) => void): Promise<void> {
  let over = false;
  void instance.exited.then(() => (over = true));
  let told: boolean | undefined;
  for (let misses = 0; !over; await sleep(POLL_SECONDS * 1000, undefined, { ref: false })) {
    const connected = await isConnected(instance).catch(() => false);
    misses = connected ? 0 : misses + 1;
    if (over || connected === told || (!connected && misses < MISSES)) continue;
    told = connected;
    await instance.asterisk(`dialplan set global WORKER ${connected ? 'up' : 'down'}`).catch(() => {});
    onChange(connected);
  }
}
