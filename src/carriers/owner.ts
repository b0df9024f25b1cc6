import { callObject } from '../objects.ts';
import { isBridge } from './bridge-id.ts';
import type { LegEvent } from './carrier.ts';

/** Who is told what happens to a leg, or to the sounds of a bridge. */
export function ownerOf(leg: string, env: Env): { legEvents(events: LegEvent[]): Promise<void> } {
  if (!isBridge(leg)) return callObject(env, leg);
  // Rooms have no object yet that could be told. With it, this becomes: the id before the suffix, and
  // `conferenceObject(env, id).legEvents(leg, events)`.
  return { legEvents: async () => {} };
}
