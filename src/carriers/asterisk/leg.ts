import { isBridge } from '../../contracts/bridge-id.ts';
import type { BridgeMembership, Instruction, LegCommand, LegEvent, LegFact, Route } from '../../contracts/carrier.ts';

/** How a leg takes part in a bridge here: `coached` is the channel of the one it coaches. */
export type Membership = BridgeMembership & { coached?: string };

/** One leg on this gateway, or one bridge that is played to or linked, as its object keeps it. JSON. */
export interface Leg {
  /** The call. */
  id: string;
  /** Asterisk's channel: begins with the call's id, but of an inbound call it is whatever Asterisk named it. */
  channel: string;
  trunk: string;
  inbound: boolean;
  /** `new`: not yet dialled. `moved`: another gateway carries it. `bridge`: it is one, and no leg. */
  status: 'new' | 'dialing' | 'ringing' | 'up' | 'moved' | 'over' | 'bridge';
  /** When the status came, epoch milliseconds. */
  since: number;
  /** Instructions taken so far. A repeat is recognised by it. */
  performed: number;
  /** Instructions that were taken and are not done. */
  todo: Instruction[];
  /** What it was asked to dial, the trunks that are left to try, and whether this one is known to be looking for the phone. */
  dial?: { to: string; from: string; rest: Route[]; underway?: boolean };
  /** How many channels it has had, if more than one. */
  channels?: number;
  playback?: Playback;
  /** It was answered with wideband audio. */
  wideband?: boolean;
  /** It hears the ringing tone. */
  ringing?: boolean;
  membership?: Membership;
  /** Also those that are closed: none is opened twice. */
  recorders?: LegRecorder[];
  /** Of a bridge: the channels that link it with other gateways, the words of links that are expected … */
  links?: string[];
  expected?: string[];
  /** … and the gateway of its home, if that is another one. */
  home?: string;
  /** Of a leg that moved: the gateway that carries it. */
  movedTo?: string;
  /** What its call could not be told yet. */
  undelivered?: LegEvent[];
}

/** What is playing: the id that the call knows, and Asterisk's, in order. It has ended when the last of them has. */
export interface Playback {
  id: string;
  parts: string[];
}

/** Records a leg or a bridge; `silence` when it is to report that nothing is said. */
export interface LegRecorder {
  /** The recording. */
  id: string;
  channels: 1 | 2;
  silence?: boolean;
  trim?: true;
  closed?: boolean;
}

export interface LegChange {
  leg: Leg;
  facts: LegFact[];
}

export const newLeg = (id: string, now: number): Leg => ({
  id,
  channel: id,
  trunk: '',
  inbound: false,
  status: 'new',
  since: now,
  performed: 0,
  todo: [],
});

/** Of a bridge whatever is asked goes to `bridges/…`. */
export const bridgeRecord = (id: string, now: number): Leg => ({ ...newLeg(id, now), status: 'bridge' });

/** Where Asterisk is told what to play. */
export const uriOf = ({ status, channel }: Leg): string =>
  status === 'bridge' ? `bridges/${channel}` : `channels/${channel}`;

/** What a command finds when nothing is known of its leg: undefined when it was never dialled. */
export function firstOf(command: LegCommand, now: number): Leg | undefined {
  if (isBridge(command.leg)) return isOfBridgeGone(command) ? undefined : bridgeRecord(command.leg, now);
  return command.instructions[0]?.do === 'dial' ? newLeg(command.leg, now) : undefined;
}

/** A bridge that was recorded is known for as long as it exists. */
const isOfBridgeGone = ({ instructions }: LegCommand): boolean => instructions.every((it) => it.do === 'recorder');

export const incomingLeg = (id: string, channel: string, trunk: string, now: number): Leg => ({
  ...newLeg(id, now),
  channel,
  trunk,
  inbound: true,
  status: 'ringing',
});

/** The leg goes on over a channel of another name: whatever the one before still reports is nobody's. */
export function onNewChannel(leg: Leg): Leg {
  const channels = (leg.channels ?? 1) + 1;
  return { ...leg, channels, channel: `${leg.id}-t${channels}` };
}

/** The call whose leg a channel was made for. */
export const callOf = (channel: string): string => channel.replace(/-t\d+$/, '');

/** Whether the leg has, or is about to have, a channel on this gateway. */
export const isLive = ({ status }: Leg): boolean =>
  status === 'new' || status === 'dialing' || status === 'ringing' || status === 'up';

/** Takes a command: what is to be done now, in order. What it makes pointless is left undone. */
export function takeCommand(leg: Leg, command: LegCommand): LegChange {
  const fresh = command.instructions.slice(Math.max(0, leg.performed + 1 - command.first));
  const taken: LegChange = { leg: { ...leg, performed: leg.performed + fresh.length }, facts: [] };
  return leg.status === 'over' ? taken : fresh.reduce(queue, taken);
}

function queue({ leg, facts }: LegChange, instruction: Instruction): LegChange {
  switch (instruction.do) {
    case 'wait':
    case 'run':
      return { leg, facts };
    case 'hangup':
    case 'reject':
      return { leg: { ...leg, todo: [instruction] }, facts };
    case 'join': {
      const silenced = leg.todo.flatMap((it) => (it.do === 'play' ? [ended(it.playback)] : []));
      const rest = leg.todo.filter((it) => it.do !== 'play');
      return { leg: { ...leg, todo: [...rest, instruction] }, facts: [...facts, ...silenced] };
    }
    case 'play':
    case 'stop': {
      const ends = (it: Instruction) =>
        it.do === 'play' && (instruction.do === 'play' || it.playback === instruction.playback);
      const silenced = leg.todo.filter(ends).map((it) => ended((it as { playback: string }).playback));
      const rest = leg.todo.filter((it) => !ends(it));
      const isDone = instruction.do === 'stop' && leg.playback?.id !== instruction.playback;
      return { leg: { ...leg, todo: isDone ? rest : [...rest, instruction] }, facts: [...facts, ...silenced] };
    }
    case 'recorder': {
      // What is not to be recorded must not be because a prompt was not ready in time.
      const at = instruction.is === 'on' ? leg.todo.length : leg.todo.findLastIndex((it) => it.do !== 'play') + 1;
      return { leg: { ...leg, todo: leg.todo.toSpliced(at, 0, instruction) }, facts };
    }
    default:
      return { leg: { ...leg, todo: [...leg.todo, instruction] }, facts };
  }
}

const ended = (playback: string): LegFact => ({ type: 'leg.playback-ended', playback });

/** One thing is done; others may have taken the place of what came after it. */
export const without = (leg: Leg, instruction: Instruction): Leg => ({
  ...leg,
  todo: leg.todo.filter((it) => it !== instruction),
});

/** The last thing that can happen to a leg. What is kept of it recognises commands that are repeated. */
export function endLeg(leg: Leg, now: number): Leg {
  const { playback: _silent, dial: _done, membership: _left, ringing: _off, recorders: _ended, ...rest } = leg;
  return { ...rest, status: 'over', since: now, todo: [] };
}

export function withoutPlayback(leg: Leg): Leg {
  const { playback: _ended, ...rest } = leg;
  return rest;
}
