import { isBridge } from '../../contracts/bridge-id.ts';
import type {
  BridgeMembership,
  EndCause,
  Instruction,
  LegCommand,
  LegEvent,
  LegFact,
  Route,
} from '../../contracts/carrier.ts';
import { dialledChannel } from './channel-names.ts';

/** How a leg takes part in a bridge on this gateway. */
export type LegMembership = BridgeMembership & {
  /** The channel of the leg that it coaches. */
  coachedChannel?: string;
};

/** One leg on this gateway as its object keeps it (JSON), or one bridge that is played to, recorded or linked. */
export interface GatewayLeg {
  /** The call's id, or the bridge's. */
  id: string;
  /** Asterisk's channel. Its name begins with the call's id where we dialled; Asterisk names that of an inbound call. */
  channel: string;
  trunk: string;
  inbound: boolean;
  /** A `new` leg is not yet dialled, a `moved` one is carried by another gateway, and a `bridge` is no leg. */
  status: 'new' | 'dialing' | 'ringing' | 'up' | 'moved' | 'ended' | 'bridge';
  /** When the leg came to its status, epoch milliseconds. */
  since: number;
  /** How many instructions were accepted so far: a command that is repeated is recognised by it. */
  instructionCount: number;
  /** Instructions that were accepted and are not done. */
  pending: Instruction[];
  /** What was asked to be dialled, the routes left to try, and whether the present trunk is known to look for the phone. */
  dial?: { to: string; from: string; routes: Route[]; progressing?: boolean };
  /** How many channels the leg has had, if more than one. */
  channelCount?: number;
  playback?: Playback;
  /** The call was answered with a wideband codec. */
  wideband?: boolean;
  /** The leg hears the ringing tone. */
  ringback?: boolean;
  membership?: LegMembership;
  /** Open recorders, and closed ones: none is opened twice. */
  recorders?: LegRecorder[];
  /** A bridge's: the channels that link it with other gateways, and the names of links that are about to arrive. */
  links?: string[];
  expectedLinks?: string[];
  /** A bridge's: the gateway that is its home, if that is another one. */
  home?: string;
  /** A moved leg's: the gateway that carries it. */
  movedTo?: string;
  /** Why the leg was refused. The answer that said so may have been lost: a call that asks again is told again. */
  refusal?: EndCause;
  /** Events that the call has not accepted yet. */
  undelivered?: LegEvent[];
}

/** What a leg hears: a playback of its call, as Asterisk's playbacks, in order. It has ended when the last of them has. */
export interface Playback {
  id: string;
  parts: string[];
  /** Some of it was not heard. */
  unheard?: true;
}

/** What the call is told at the end of a playback. */
export const endOf = ({ id: playback, unheard }: Pick<Playback, 'id' | 'unheard'>): LegFact => ({
  type: 'leg.playback-ended',
  playback,
  ...(unheard && { unheard }),
});

/** A recorder of a leg or a bridge. */
export interface LegRecorder {
  /** The recording's id. */
  id: string;
  channels: 1 | 2;
  /** The call is to be told when nothing is said. */
  detectsSilence?: boolean;
  trim?: true;
  closed?: boolean;
}

/** A leg after a change, and what its call is to be told of it. */
export interface LegChange {
  leg: GatewayLeg;
  facts: LegFact[];
}

export const newGatewayLeg = (id: string, now: number): GatewayLeg => ({
  id,
  channel: id,
  trunk: '',
  inbound: false,
  status: 'new',
  since: now,
  instructionCount: 0,
  pending: [],
});

/** A bridge is kept like a leg, so that instructions reach both the same way. */
export const newBridgeLeg = (id: string, now: number): GatewayLeg => ({ ...newGatewayLeg(id, now), status: 'bridge' });

/** A leg that came in by the trunk, on a channel that Asterisk named. */
export const inboundLeg = (id: string, channel: string, trunk: string, now: number): GatewayLeg => ({
  ...newGatewayLeg(id, now),
  channel,
  trunk,
  inbound: true,
  status: 'ringing',
});

/** What ARI is asked to play to, and to record where that is a bridge. */
export const resourceUri = ({ status, channel }: GatewayLeg): string =>
  status === 'bridge' ? `bridges/${channel}` : `channels/${channel}`;

/** The leg for a command whose leg is unknown here; undefined when the leg is over and forgotten, so that nothing is left to do. */
export function newLegFor(command: LegCommand, now: number): GatewayLeg | undefined {
  if (isBridge(command.leg)) return onlySetsRecorders(command) ? undefined : newBridgeLeg(command.leg, now);
  return command.instructions[0]?.do === 'dial' ? newGatewayLeg(command.leg, now) : undefined;
}

/** A bridge that was recorded is known as long as it exists, so the recorders of an unknown one are gone. */
const onlySetsRecorders = ({ instructions }: LegCommand): boolean => instructions.every((it) => it.do === 'recorder');

/** The leg goes on over a channel of another name, so that the reports of the one before are nobody's. */
export function withNewChannel(leg: GatewayLeg): GatewayLeg {
  const channelCount = (leg.channelCount ?? 1) + 1;
  return { ...leg, channelCount, channel: dialledChannel(leg.id, channelCount) };
}

/** Whether the leg has, or is about to have, a channel on this gateway. */
export const isLive = ({ status }: GatewayLeg): boolean =>
  status === 'new' || status === 'dialing' || status === 'ringing' || status === 'up';

/** Adds the instructions of a command, without those that came before, to what is to be done; and drops what they make pointless. */
export function applyCommand(leg: GatewayLeg, command: LegCommand): LegChange {
  const fresh = command.instructions.slice(Math.max(0, leg.instructionCount + 1 - command.first));
  const accepted: LegChange = { leg: { ...leg, instructionCount: leg.instructionCount + fresh.length }, facts: [] };
  return leg.status === 'ended' ? accepted : fresh.reduce(enqueue, accepted);
}

function enqueue({ leg, facts }: LegChange, instruction: Instruction): LegChange {
  switch (instruction.do) {
    case 'wait':
    case 'run':
      return { leg, facts };
    case 'hangup':
    case 'reject':
      return { leg: { ...leg, pending: [instruction] }, facts };
    case 'join': {
      const dropped = leg.pending.flatMap((it) => (it.do === 'play' ? [playbackEnded(it.playback)] : []));
      const rest = leg.pending.filter((it) => it.do !== 'play');
      return { leg: { ...leg, pending: [...rest, instruction] }, facts: [...facts, ...dropped] };
    }
    case 'play':
    case 'stop': {
      const ends = (it: Instruction) =>
        it.do === 'play' && (instruction.do === 'play' || it.playback === instruction.playback);
      const dropped = leg.pending.filter(ends).map((it) => playbackEnded((it as { playback: string }).playback));
      const rest = leg.pending.filter((it) => !ends(it));
      const isDone = instruction.do === 'stop' && leg.playback?.id !== instruction.playback;
      return { leg: { ...leg, pending: isDone ? rest : [...rest, instruction] }, facts: [...facts, ...dropped] };
    }
    case 'recorder': {
      // A recorder that is to hear less overtakes prompts that are not ready: else they would keep it listening.
      const at = instruction.is === 'on' ? leg.pending.length : leg.pending.findLastIndex((it) => it.do !== 'play') + 1;
      return { leg: { ...leg, pending: leg.pending.toSpliced(at, 0, instruction) }, facts };
    }
    default:
      return { leg: { ...leg, pending: [...leg.pending, instruction] }, facts };
  }
}

const playbackEnded = (playback: string): LegFact => endOf({ id: playback, unheard: true });

/** Removes one instruction that is done; while it was being done, the others may have been replaced. */
export const withoutInstruction = (leg: GatewayLeg, instruction: Instruction): GatewayLeg => ({
  ...leg,
  pending: leg.pending.filter((it) => it !== instruction),
});

/** The last state of a leg. What is kept of the leg recognises commands that are repeated. */
export function asEnded(leg: GatewayLeg, now: number): GatewayLeg {
  const { playback: _playback, dial: _dial, membership: _left, ringback: _ringback, recorders: _closed, ...rest } = leg;
  return { ...rest, status: 'ended', since: now, pending: [] };
}

export function withoutPlayback(leg: GatewayLeg): GatewayLeg {
  const { playback: _ended, ...rest } = leg;
  return rest;
}
