import type { EndCause, LegFact } from '../../contracts/carrier.ts';
import type { LegStore } from './leg-store.ts';
import type { GatewaySocket } from './socket.ts';

/** What came of one thing to do: `later` when it waits for the gateway, or for its prompts. */
export type CommandResult = 'done' | 'later' | EndCause;

/** What the parts of a gateway's object work with. */
export interface GatewayContext {
  /** The gateway's id. */
  gateway: string;
  env: Env;
  legs: LegStore;
  socket: GatewaySocket;
  /** Tells a leg's call what happened. */
  tell(leg: string, facts: LegFact[]): void;
  /** Goes on with what a leg has to do. */
  workOn(leg: string): void;
  /** Keeps the object awake until it is done. */
  background(work: Promise<unknown>): void;
  wakeIn(milliseconds: number): Promise<void>;
}
