import type { EndCause, LegFact } from '../../contracts/carrier.ts';
import type { LegStore } from './leg-store.ts';
import type { GatewaySocket } from './socket.ts';

/**
 * What came of an instruction: `later` when it waits for the gateway or for its prompts, and is tried again; a cause when
 * the leg cannot be had, and ends.
 */
export type CommandResult = 'done' | 'later' | EndCause;

/** What the parts of a gateway's object share. */
export interface GatewayContext {
  /** The gateway's id. */
  gateway: string;
  env: Env;
  legs: LegStore;
  socket: GatewaySocket;
  /** Tells the owner of a leg, its call or a conference, what happened. */
  report(leg: string, facts: LegFact[]): void;
  /** Tells a recording how many seconds of its beginning it misses; false where it does not exist yet. */
  reportMissing(recording: string, seconds: number): Promise<boolean>;
  /** Goes on with the instructions of a leg that are not done. */
  processPending(leg: string): void;
  /** Keeps the object awake until the work is done. */
  background(work: Promise<unknown>): void;
  /** Has the object's alarm ring then, at the latest. */
  wakeIn(milliseconds: number): Promise<void>;
}
