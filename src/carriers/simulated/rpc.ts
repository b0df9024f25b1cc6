import type { NewCallFacts } from '../../calls/call.ts';
import type { CallFacts } from '../../contracts/call.ts';
import type { Script } from '../../contracts/carrier.ts';
import type { SimulatedRpc } from '../../contracts/rpc.ts';
import type { BridgeHistory, BridgeUpdate } from './bridge.ts';
import type { HeardSound } from './transcript.ts';

/** All that is asked of the object of a simulated leg, or of a simulated bridge. */
export interface SimulatedMethods extends SimulatedRpc {
  /** Brings in a call. The caller's leg exists before the call does, and does nothing before the call has begun. */
  ring(facts: NewCallFacts, script: Script): Promise<CallFacts>;
  /** Has a bridge apply updates of legs. Resolves once they are stored; a repeated update changes nothing. */
  applyBridgeUpdates(bridge: string, updates: BridgeUpdate[]): Promise<void>;
  /** The legs that were in a bridge, and the sounds that were played to everyone in it. */
  history(): BridgeHistory | undefined;
  /** The sounds that the party of a leg heard, as far as the leg's bridges know by now. */
  heard(): Promise<HeardSound[]>;
  /** Forgets one leg in a bridge. With the last of the bridge's legs goes what was played to all. */
  forgetLeg(leg: string): Promise<void>;
}
