import type { Instruction, LegCommand, LegEvent } from '../../contracts/carrier.ts';
import { type Clock, callTime, moveTo, startClock, startFreeRun } from '../../lib/clock.ts';
import { defined } from '../../lib/defined.ts';
import { promptSeconds } from './prompt-duration.ts';
import { changeSpeed, closeAll, type Moment, open, type SimulatedRecorder, turnOne } from './recorder.ts';
import { endedAt, latest, type Sound, type Span, soundsOf, withSounds } from './sounds.ts';

/** What a leg tells the bridge it is in. Wall times, because each leg has a time of its own. */
export type BridgeNote = { n: number; leg: string; bridge: string; wall: number } & NotedChange;

export type NotedChange =
  /** How it takes part from now on. */
  | { is: 'in'; muted: boolean; coaches?: string; silent: boolean; voice?: number; speed: number }
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
  /** The pitch of its voice, in hertz. */
  voice?: number;
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
export interface SimulatedBridge extends Attendance {
  id: string;
  /** The time of its owner: wall time, unless it is told to run. */
  clock: Clock;
  /** How fast sounds go by: as the time of those who hear them does. */
  speed: number;
  playback?: string;
  recorders?: SimulatedRecorder[];
  /** Ends of playbacks, and recorders that have paused, in wall time; the soonest first. */
  plan: ({ wall: number } & ({ playback: string } | { paused: string }))[];
  /** The last note of each leg. */
  noted: Record<string, number>;
  performed: number;
  reported: number;
}

/** A full conference whose people are muted and unmuted now and then. */
const PRESENCES_KEPT = 2000;

export const newBridge = (id: string, wall: number): SimulatedBridge => ({
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
export const takeNotes = (mixing: SimulatedBridge, notes: BridgeNote[]): SimulatedBridge =>
  notes.reduce(takeNote, mixing);

function takeNote(mixing: SimulatedBridge, note: BridgeNote): SimulatedBridge {
  if (note.n <= (mixing.noted[note.leg] ?? 0)) return mixing;
  const heard = { ...mixing, noted: { ...mixing.noted, [note.leg]: note.n } };
  const { leg, wall } = note;
  switch (note.is) {
    case 'in': {
      const { n: _n, bridge: _bridge, wall: from, is: _is, speed, ...how } = note;
      const presences = latest([...endOf(mixing.presences, leg, wall), { ...how, from }], PRESENCES_KEPT);
      const pace = mixing.clock.free ? mixing.speed : Math.max(mixing.speed, speed);
      return paced({ ...heard, presences }, pace, wall);
    }
    case 'out': {
      const left = { ...heard, presences: endOf(mixing.presences, leg, wall), keys: endOf(mixing.keys, leg, wall) };
      return isGone(left) ? closeRecorders(left, wall) : left;
    }
    case 'pressing': {
      const coaches = mixing.presences.findLast((it) => it.leg === leg)?.coaches;
      const keys = note.keys.map((it) => defined({ leg, ...it, coaches }));
      return { ...heard, keys: latest([...mixing.keys, ...keys]) };
    }
    case 'released':
      return { ...heard, keys: endOf(mixing.keys, leg, wall) };
  }
}

/** The last has left: nobody comes any more. */
const isGone = ({ noted, presences }: SimulatedBridge): boolean =>
  Object.keys(noted).length > 0 && presences.every(({ to }) => to !== undefined);

/** What is heard in a bridge has wall times; so has what is recorded of it. */
const momentOf = ({ speed }: SimulatedBridge, wall: number): Moment => ({ at: wall, wall, speed });

const closeRecorders = (mixing: SimulatedBridge, wall: number): SimulatedBridge =>
  mixing.recorders ? { ...mixing, recorders: closeAll(mixing.recorders, momentOf(mixing, wall)) } : mixing;

function paced(mixing: SimulatedBridge, speed: number, wall: number): SimulatedBridge {
  if (speed === mixing.speed || !mixing.recorders) return { ...mixing, speed };
  return { ...mixing, speed, recorders: changeSpeed(mixing.recorders, { at: wall, wall, speed }) };
}

/** As if one of the legs had never been in it. */
export const withoutLeg = (mixing: SimulatedBridge, leg: string): SimulatedBridge => ({
  ...mixing,
  presences: mixing.presences.filter((it) => it.leg !== leg),
  keys: mixing.keys.filter((it) => it.leg !== leg),
});

const endOf = <Entry extends Span & { leg: string }>(entries: Entry[], leg: string, wall: number): Entry[] =>
  entries.flatMap((entry) => (entry.leg === leg ? endedAt([entry], wall) : [entry]));

/** Does what the owner asks. A repeated instruction is recognised by its number and changes nothing. */
export function performInBridge(mixing: SimulatedBridge, command: LegCommand, wall: number): SimulatedBridge {
  const fresh = command.instructions.slice(Math.max(0, mixing.performed + 1 - command.first));
  const clock = moveTo(mixing.clock, command.at, wall);
  const performed = { ...mixing, clock, performed: mixing.performed + fresh.length };
  return fresh.reduce((it, instruction) => obey(it, instruction, command.at, wall), performed);
}

function obey(mixing: SimulatedBridge, instruction: Instruction, at: number, wall: number): SimulatedBridge {
  switch (instruction.do) {
    case 'play':
      return playInBridge(stop(mixing, wall), instruction, wall);
    case 'stop':
      return mixing.playback === instruction.playback ? stop(mixing, wall) : mixing;
    case 'run': {
      const { speed } = instruction;
      const clock: Clock = mixing.clock.free
        ? startFreeRun(mixing.clock, wall, speed)
        : { ...startClock(wall, speed), at, free: true };
      return paced({ ...mixing, clock }, speed, wall);
    }
    case 'record': {
      const recorders = open(mixing.recorders ?? [], instruction, momentOf(mixing, wall));
      return isGone(mixing) ? closeRecorders({ ...mixing, recorders }, wall) : { ...mixing, recorders };
    }
    case 'recorder':
      return paused(
        { ...mixing, recorders: turnOne(mixing.recorders ?? [], instruction, momentOf(mixing, wall)) },
        instruction,
        wall,
      );
    default:
      return mixing;
  }
}

/** The owner waits for this before it lets anybody in. */
const paused = (
  mixing: SimulatedBridge,
  { recording, is }: Extract<Instruction, { do: 'recorder' }>,
  wall: number,
): SimulatedBridge => (is === 'paused' ? { ...mixing, plan: [{ wall, paused: recording }, ...mixing.plan] } : mixing);

function playInBridge(
  mixing: SimulatedBridge,
  { playback, prompts }: Extract<Instruction, { do: 'play' }>,
  wall: number,
): SimulatedBridge {
  const { speed } = mixing;
  const seconds = prompts.reduce((sum, prompt) => sum + promptSeconds(prompt), 0);
  const sounds = withSounds(mixing.sounds, soundsOf(prompts, wall, speed));
  return { ...mixing, playback, sounds, plan: [...mixing.plan, { wall: wall + (seconds * 1000) / speed, playback }] };
}

/** What is cut short has ended, too. */
function stop(mixing: SimulatedBridge, wall: number): SimulatedBridge {
  const { playback, ...silent } = mixing;
  if (playback === undefined) return mixing;
  const plan = mixing.plan.map((it) => ('playback' in it && it.playback === playback ? { playback, wall } : it));
  return { ...silent, plan, sounds: endedAt(mixing.sounds, wall) };
}

/** When something happens next, in wall time. */
export const nextInBridge = ({ plan }: SimulatedBridge): number | undefined => plan[0]?.wall;

/** Reports what has come: the end of a playback, or that a recorder has paused. */
export function stepInBridge(mixing: SimulatedBridge, wall: number): { mixing: SimulatedBridge; events: LegEvent[] } {
  const [due, ...plan] = mixing.plan;
  if (!due || due.wall > wall) return { mixing, events: [] };
  const moved = { ...mixing, plan, reported: mixing.reported + 1 };
  const moment = { at: Math.round(callTime(mixing.clock, due.wall)), n: moved.reported };
  if ('paused' in due) {
    return { mixing: moved, events: [{ type: 'leg.recorder-paused', recording: due.paused, ...moment }] };
  }
  const { playback, ...silent } = moved;
  return {
    mixing: playback === due.playback ? silent : moved,
    events: [{ type: 'leg.playback-ended', playback: due.playback, ...moment }],
  };
}
