import type { Instruction, LegCommand, LegEvent, LegFact, Route } from '../carrier.ts';

/** One leg on this gateway, as its object keeps it. JSON. */
export interface Leg {
  /** The call. */
  id: string;
  /** Asterisk's channel: the call's id, but of an inbound call whatever Asterisk named it. */
  channel: string;
  trunk: string;
  inbound: boolean;
  /** `new`: not yet dialled. `moved`: another gateway carries it. */
  status: 'new' | 'dialing' | 'ringing' | 'up' | 'moved' | 'over';
  /** When the status came, epoch milliseconds. */
  since: number;
  /** Instructions taken so far. A repeat is recognised by it. */
  performed: number;
  /** Instructions that were taken and are not done. */
  todo: Instruction[];
  /** What it was asked to dial, and the trunks that are left to try. */
  dial?: { to: string; from: string; rest: Route[] };
  playback?: Playback;
  /** Of a leg that moved: the gateway that carries it. */
  movedTo?: string;
  /** What its call could not be told yet. */
  unheard?: LegEvent[];
}

/** What is playing: the id that the call knows, and Asterisk's, in order. It has ended when the last of them has. */
export interface Playback {
  id: string;
  parts: string[];
}

export interface Told {
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

export const incomingLeg = (id: string, channel: string, trunk: string, now: number): Leg => ({
  ...newLeg(id, now),
  channel,
  trunk,
  inbound: true,
  status: 'ringing',
});

/** Whether the leg has, or is about to have, a channel on this gateway. */
export const isLive = ({ status }: Leg): boolean =>
  status === 'new' || status === 'dialing' || status === 'ringing' || status === 'up';

/** Takes a command: what is to be done now, in order. What it makes pointless is left undone. */
export function take(leg: Leg, command: LegCommand): Told {
  const fresh = command.instructions.slice(Math.max(0, leg.performed + 1 - command.first));
  const taken: Told = { leg: { ...leg, performed: leg.performed + fresh.length }, facts: [] };
  return leg.status === 'over' ? taken : fresh.reduce(queue, taken);
}

function queue({ leg, facts }: Told, instruction: Instruction): Told {
  switch (instruction.do) {
    case 'wait':
      return { leg, facts };
    case 'hangup':
    case 'reject':
      return { leg: { ...leg, todo: [instruction] }, facts };
    case 'play':
    case 'stop': {
      const ends = (it: Instruction) =>
        it.do === 'play' && (instruction.do === 'play' || it.playback === instruction.playback);
      const silenced = leg.todo.filter(ends).map((it) => ended((it as { playback: string }).playback));
      const rest = leg.todo.filter((it) => !ends(it));
      const isDone = instruction.do === 'stop' && leg.playback?.id !== instruction.playback;
      return { leg: { ...leg, todo: isDone ? rest : [...rest, instruction] }, facts: [...facts, ...silenced] };
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
export function over(leg: Leg, now: number): Leg {
  const { playback: _silent, dial: _done, ...rest } = leg;
  return { ...rest, status: 'over', since: now, todo: [] };
}

export function withoutPlayback(leg: Leg): Leg {
  const { playback: _ended, ...rest } = leg;
  return rest;
}
