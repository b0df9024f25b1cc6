import type { Result } from '../lib/result.ts';
import type { RecordingOrder } from './recording.ts';

/** One thing to be heard. */
export type Prompt =
  /** A text, word for word; with `ssml` it is markup instead. */
  | { say: string; ssml?: true; language: string; voice?: string; times: number }
  /** A file of a customer's server. It is fetched, and kept, for the account that plays it. */
  | { play: string; account?: string; times: number }
  | { digits: string }
  /** Sounds of our own: music for who waits, and what tells a conference that someone came or went. */
  | { tune: Tune; times: number }
  /** Silence, in seconds. */
  | { pause: number };

export const TUNES = ['waiting', 'enter', 'leave'] as const;
export type Tune = (typeof TUNES)[number];

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
  /** When it speaks, from the answer; without it, while it is connected with others, or asked to leave a message. */
  talks?: { after: number; for: number }[];
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

/**
 * Where legs hear each other. Its id begins with that of the call or conference that owns it. It is made when the first leg
 * joins, and gone when the last has left; an id is never used again afterwards.
 */
export interface Bridge {
  id: string;
  /** The gateway it is on. A leg of another gateway reaches it through a link between the two. */
  home?: string;
}

/** How a leg takes part in a bridge. */
export interface BridgeMembership {
  bridge: Bridge;
  /** It hears the others, and is not heard. */
  muted: boolean;
  /** Only this leg of the same bridge hears it. */
  coaches?: string;
  /** Report when it begins and ends to speak. */
  talking?: boolean;
}

/** What a call asks of its leg, and a conference of its bridge (`play` and `stop`: everyone in it hears that). */
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
  /** An answered leg hears the ringing tone until it hears something else. */
  | { do: 'ring' }
  /** Takes part in a bridge and leaves the one it was in; repeated, it changes how. A playback that is on ends. */
  | ({ do: 'join' } & BridgeMembership)
  | { do: 'leave' }
  /**
   * Opens a recorder beside everything else, as the order says. A leg is recorded mono, or on a channel each what it says
   * and what it hears; `silence` makes the network report `leg.recorder-silent`. A bridge is recorded mono, with all that is
   * heard in it. The recorder closes with `off`, or with the leg or the bridge. A recording that exists is not begun again.
   */
  | { do: 'record'; recording: string; order: RecordingOrder }
  /** What the recorder does from now on: `paused` leaves the time out, `silent` keeps it as silence. */
  | { do: 'recorder'; recording: string; is: 'on' | 'paused' | 'silent' | 'off' }
  /** Find out, beside everything else, whether an answering machine speaks: `leg.machine-detected`, if so. */
  | { do: 'detect-machine' }
  /** For a leg of the simulated network that is connected with others: from now on its time runs on by itself. */
  | { do: 'run'; speed: number }
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
  | 'emergency-refused'
  /** … or the caller that a dialled leg would see is no number of the account. */
  | 'caller-id-not-owned';

export type LegFact =
  | { type: 'leg.ringing' }
  /** `gateway`: where its channel is, if it is on one. */
  | { type: 'leg.answered'; gateway?: string }
  | { type: 'leg.digit'; digit: string }
  /** `unheard`: some of it was not heard, because a prompt failed or it was cut short, or nobody knows whether it was. */
  | { type: 'leg.playback-ended'; playback: string; unheard?: true }
  /** A prompt could not be made ready; the playback went on without it. `code` is a MediaRefusal. */
  | { type: 'leg.prompt-failed'; code: string }
  | { type: 'leg.machine-detected' }
  /** It left a bridge, or could not join it, though nobody asked it to leave. */
  | { type: 'leg.left'; bridge: string }
  /** It began or ceased to speak. */
  | { type: 'leg.talking'; talking: boolean }
  /** The recorder could not be opened, or broke: `reason` in kebab case. */
  | { type: 'leg.recorder-failed'; recording: string; reason: string }
  | { type: 'leg.recorder-silent'; recording: string }
  /** Of a bridge: as it was asked to, the recorder hears nothing any more. */
  | { type: 'leg.recorder-paused'; recording: string }
  | { type: 'leg.ended'; cause: EndCause }
  /** Nothing happened, but the moment named in `wait` has come. */
  | { type: 'leg.clock' };

/**
 * A fact with its moment (call time, epoch milliseconds) and, from a network that may repeat itself, a number that only grows.
 * Each gateway (`by`) counts for itself: one that a leg has left cannot make those of the next one look like repeats.
 */
export type LegEvent = LegFact & { at: number; n?: number; by?: string };

/** A phone network. Resolves when the network accepted the command; everything that follows comes as leg events. */
export interface Carrier {
  perform(command: LegCommand): Promise<Result<undefined, EndCause>>;
}
