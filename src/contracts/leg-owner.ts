import { bridgeOwner, isBridge } from './bridge-id.ts';
import type { LegEvent } from './carrier.ts';
import { callObject, conferenceObject } from './objects.ts';

/** The object that is told what happens to a leg, or to a conference's bridge. A dial's bridge has no events of its own. */
export function legOwner(leg: string, env: Env): { legEvents(events: LegEvent[]): Promise<void> } {
  if (!isBridge(leg)) return callObject(env, leg);
  const owner = bridgeOwner(leg);
  if (!owner.startsWith('CF')) return { legEvents: async () => {} };
  return { legEvents: (events) => conferenceObject(env, owner).legEvents(leg, events) };
}
