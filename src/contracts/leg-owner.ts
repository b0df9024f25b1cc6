import { isBridge } from './bridge-id.ts';
import type { LegEvent } from './carrier.ts';
import { callObject, conferenceObject } from './objects.ts';

/** Who is told what happens to a leg, or to the sounds of a bridge; nobody plays on the bridge of two calls. */
export function legOwner(leg: string, env: Env): { legEvents(events: LegEvent[]): Promise<void> } {
  if (!isBridge(leg)) return callObject(env, leg);
  const [owner = ''] = leg.split('-', 1);
  if (!owner.startsWith('CF')) return { legEvents: async () => {} };
  return { legEvents: (events) => conferenceObject(env, owner).legEvents(leg, events) };
}
