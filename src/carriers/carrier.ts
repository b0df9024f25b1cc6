import type { Outcome } from '../lib/outcome.ts';

/** The two networks a call can be made over; the API key chooses. */
export type Mode = 'test' | 'live';

/** One thing to be heard. */
export type Prompt =
  | { say: string; language: string; voice?: string; times: number }
  | { play: string; times: number }
  | { digits: string }
  /** Silence, in seconds. */
  | { pause: number };

/** How a simulated callee (or caller) behaves. Times in seconds. */
export interface Script {
  outcome: 'answer' | 'busy' | 'no-answer' | 'reject' | 'unallocated' | 'congestion';
  /** From dialling to the first ring. */
  ring_after: number;
  /** From the first ring to the answer, or to the rejection. */
  answer_after: number;
  digits: { after: number; digits: string; after_prompt?: boolean }[];
  /** From the answer. */
  hang_up_after?: number;
  /** Of a caller: how long it lets the phone ring before it gives up. */
  give_up_after?: number;
  machine: boolean;
  /** How many times faster than real time everything about the call runs. */
  speed: number;
}

/** A way out into the phone network: a trunk of a gateway, and how many calls each carries at once. */
export interface Route {
  gateway: string;
  trunk: string;
  capacity: number;
  gatewayCapacity: number;
}

/** What a call asks of its leg. */
export type Instruction =
  /**
   * `prepare` is a hint: what is likely to be played first after the answer, to be made ready while the phone rings.
   * `routes` are the trunks to try, in this order.
   */
  | { do: 'dial'; to: string; from: string; script?: Script; prepare?: Prompt[]; routes?: Route[] }
  | { do: 'answer' }
  | { do: 'reject'; reason: 'rejected' | 'busy' }
  /** Plays the prompts one after the other and reports one `leg.playback-ended`. Ends a playback that is still on. */
  | { do: 'play'; playback: string; prompts: Prompt[] }
  | { do: 'stop'; playback: string }
  | { do: 'hangup' }
  /** For a leg whose time runs faster: go on until this moment of call time (no limit when absent), then report. */
  | { do: 'wait'; until?: number };

/** The instructions of one commit. `first` counts all instructions of a leg from 1: a repeat is recognised by it. */
export interface LegCommand {
  leg: string;
  first: number;
  /** Call time, epoch milliseconds. */
  at: number;
  instructions: Instruction[];
}

/** Why a leg ended; networks map their own causes (Q.850, SIP) to these. */
export type EndCause =
  | 'normal'
  | 'busy'
  | 'rejected'
  | 'no-answer'
  | 'unallocated'
  | 'congestion'
  | 'network-failure'
  /** No gateway is connected that could place the call … */
  | 'no-gateway'
  /** … or no trunk serves the number … */
  | 'no-route'
  /** … or it is an emergency or short number that no trunk is mapped to. */
  | 'emergency-refused';

export type LegFact =
  | { type: 'leg.ringing' }
  | { type: 'leg.answered' }
  | { type: 'leg.digit'; digit: string }
  | { type: 'leg.playback-ended'; playback: string }
  /** A prompt could not be made ready; the playback went on without it. `code` is a MediaRefusal. */
  | { type: 'leg.prompt-failed'; code: string }
  | { type: 'leg.machine-detected' }
  | { type: 'leg.ended'; cause: EndCause }
  /** Nothing happened, but the moment named in `wait` has come. */
  | { type: 'leg.clock' };

/** A fact with its moment (call time, epoch milliseconds) and, from a network that may repeat itself, its number: 1, 2, … */
export type LegEvent = LegFact & { at: number; n?: number };

/** A phone network. Resolves when the network accepted the command; everything that follows comes as leg events. */
export interface Carrier {
  perform(command: LegCommand): Promise<Outcome<undefined, EndCause>>;
}
