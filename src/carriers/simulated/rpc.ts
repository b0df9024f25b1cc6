import type { NewCallFacts } from '../../calls/call.ts';
import type { CallFacts } from '../../contracts/call.ts';
import type { Script } from '../../contracts/carrier.ts';
import type { SimulatedRpc } from '../../contracts/rpc.ts';
import type { Attendance, BridgeNote } from './bridge.ts';
import type { HeardSound } from './transcript.ts';

/** All that is asked of the object of a simulated leg, or of a simulated bridge. */
export interface SimulatedMethods extends SimulatedRpc {
  /** Brings in a call: the caller is there before the call is, and does nothing before the call has begun. */
  ring(facts: NewCallFacts, script: Script): Promise<CallFacts>;
  /** A bridge takes what legs noted for it. Resolves once it is kept; a repeat changes nothing. */
  takeNotes(bridge: string, notes: BridgeNote[]): Promise<void>;
  /** Who was in the bridge, and what was played to all. */
  attendance(): Attendance | undefined;
  /** What the leg heard, as far as the bridges know by now. */
  heard(): Promise<HeardSound[]>;
  /** The bridge forgets one leg; with the last of those who were in it goes what was played to all. */
  forgetLeg(leg: string): Promise<void>;
}
