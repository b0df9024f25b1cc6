import { type Clock, callTime, moveTo, runFreely, startClock } from '../../lib/clock.ts';
import type { Instruction, LegCommand, LegEvent } from '../carrier.ts';
import { endedAt, latest, type Sound, type Span, soundsOf, withSounds } from './sounds.ts';
import { promptSeconds } from './speaking.ts';

/** What a leg tells the bridge it is in. Wall times, because each leg has a time of its own. */
export type Note = { n: number; leg: string; bridge: string; wall: number } & Said;

export type Said =
  /** How it takes part from now on. */
  | { is: 'in'; muted: boolean; coaches?: string; silent: boolean; speed: number }
  | { is: 'out' }
  /** `from` and `to` may lie ahead. */
  | { is: 'pressing'; keys: { digits: string; from: number; to: number }[] }
  | { is: 'released' };

/** A leg took part in the same way all this time. */
interface Presence extends Span {
  leg: string;
  muted: boolean;
  coaches?: string;
  silent: boolean;
}

interface Keys extends Span {
  leg: string;
  coaches?: string;
  digits: string;
}

/** Who could be heard in a bridge, and what was played to all, by wall time. */
export interface Attendance {
  presences: Presence[];
  sounds: Sound[];
  keys: Keys[];
}

/** A bridge of the simulated network. JSON. */
export interface Mixing extends Attendance {
  id: string;
  /** The time of its owner: wall time, unless it is told to run. */
  clock: Clock;
  /** How fast sounds go by: as the time of those who hear them does. */
  speed: number;
  playback?: string;
  /** Ends of playbacks, in wall time; the soonest first. */
  plan: { wall: number; playback: string }[];
  /** The last note of each leg. */
  noted: Record<string, number>;
  performed: number;
  reported: number;
}

/** A full room whose people are muted and unmuted now and then. */
const PRESENCES_KEPT = 2000;

export const newMixing = (id: string, wall: number): Mixing => ({
  id,
  clock: startClock(wall, 1),
  speed: 1,
  plan: [],
  noted: {},
  performed: 0,
  reported: 0,
  presences: [],
  sounds: [],
  keys: [],
});

/** Takes what legs noted; a repeat changes nothing. */
export const takeNotes = (mixing: Mixing, notes: Note[]): Mixing => notes.reduce(takeNote, mixing);

function takeNote(mixing: Mixing, note: Note): Mixing {
  if (note.n <= (mixing.noted[note.leg] ?? 0)) return mixing;
  const heard = { ...mixing, noted: { ...mixing.noted, [note.leg]: note.n } };
  const { leg, wall } = note;
  switch (note.is) {
    case 'in': {
      const { muted, silent, coaches, speed } = note;
      const presence = { leg, from: wall, muted, silent, ...(coaches !== undefined && { coaches }) };
      const presences = latest([...endOf(mixing.presences, leg, wall), presence], PRESENCES_KEPT);
      return { ...heard, presences, speed: mixing.clock.free ? mixing.speed : Math.max(mixing.speed, speed) };
    }
    case 'out':
      return { ...heard, presences: endOf(mixing.presences, leg, wall), keys: endOf(mixing.keys, leg, wall) };
    case 'pressing': {
      const coaches = mixing.presences.findLast((it) => it.leg === leg)?.coaches;
      const keys = note.keys.map((it) => ({ leg, ...it, ...(coaches !== undefined && { coaches }) }));
      return { ...heard, keys: latest([...mixing.keys, ...keys]) };
    }
    case 'released':
      return { ...heard, keys: endOf(mixing.keys, leg, wall) };
  }
}

/** As if one of the legs had never been in it. */
export const withoutLeg = (mixing: Mixing, leg: string): Mixing => ({
  ...mixing,
  presences: mixing.presences.filter((it) => it.leg !== leg),
  keys: mixing.keys.filter((it) => it.leg !== leg),
});

const endOf = <Entry extends Span & { leg: string }>(entries: Entry[], leg: string, wall: number): Entry[] =>
  entries.flatMap((entry) => (entry.leg === leg ? endedAt([entry], wall) : [entry]));

/** Does what the owner asks. A repeated instruction is recognised by its number and changes nothing. */
export function performInBridge(mixing: Mixing, command: LegCommand, wall: number): Mixing {
  const fresh = command.instructions.slice(Math.max(0, mixing.performed + 1 - command.first));
  const clock = moveTo(mixing.clock, command.at, wall);
  const performed = { ...mixing, clock, performed: mixing.performed + fresh.length };
  return fresh.reduce((it, instruction) => obey(it, instruction, command.at, wall), performed);
}

function obey(mixing: Mixing, instruction: Instruction, at: number, wall: number): Mixing {
  switch (instruction.do) {
    case 'play':
      return play(stop(mixing, wall), instruction, wall);
    case 'stop':
      return mixing.playback === instruction.playback ? stop(mixing, wall) : mixing;
    case 'run': {
      const { speed } = instruction;
      const clock: Clock = mixing.clock.free
        ? runFreely(mixing.clock, wall, speed)
        : { ...startClock(wall, speed), at, free: true };
      return { ...mixing, clock, speed };
    }
    default:
      return mixing;
  }
}

function play(mixing: Mixing, { playback, prompts }: Extract<Instruction, { do: 'play' }>, wall: number): Mixing {
  const { speed } = mixing;
  const seconds = prompts.reduce((sum, prompt) => sum + promptSeconds(prompt), 0);
  const sounds = withSounds(mixing.sounds, soundsOf(prompts, wall, speed));
  return { ...mixing, playback, sounds, plan: [...mixing.plan, { wall: wall + (seconds * 1000) / speed, playback }] };
}

/** What is cut short has ended, too. */
function stop(mixing: Mixing, wall: number): Mixing {
  const { playback, ...silent } = mixing;
  if (playback === undefined) return mixing;
  const plan = mixing.plan.map((it) => (it.playback === playback ? { playback, wall } : it));
  return { ...silent, plan, sounds: endedAt(mixing.sounds, wall) };
}

/** When something happens next, in wall time. */
export const nextInBridge = ({ plan }: Mixing): number | undefined => plan[0]?.wall;

/** Reports the end of a playback that has come. */
export function stepInBridge(mixing: Mixing, wall: number): { mixing: Mixing; events: LegEvent[] } {
  const [due, ...plan] = mixing.plan;
  if (!due || due.wall > wall) return { mixing, events: [] };
  const { playback, ...rest } = mixing;
  const moved = { ...rest, plan, reported: mixing.reported + 1 };
  const at = Math.round(callTime(mixing.clock, due.wall));
  return {
    mixing: playback === undefined || playback === due.playback ? moved : { ...moved, playback },
    events: [{ type: 'leg.playback-ended', playback: due.playback, at, n: moved.reported }],
  };
}
