import type { Instruction, LegCommand, LegEvent } from '../../contracts/carrier.ts';
import { type Clock, callTime, moveTo, startClock, startFreeRun } from '../../lib/clock.ts';
import { defined } from '../../lib/defined.ts';
import { promptSeconds } from './prompt-duration.ts';
import {
  addRecorder,
  changeRecordingSpeed,
  closeRecorders,
  type SimulatedRecorder,
  type SoundMoment,
  switchRecorder,
} from './recorder.ts';
import { endAt, latestOf, type NetworkSound, soundsOf, type TimeSpan, withSounds } from './sounds.ts';

/** A leg tells the bridge that it is in what has changed. Times are wall times, because each leg has a time of its own. */
export type BridgeUpdate = { n: number; leg: string; bridge: string; wall: number } & BridgeChange;

export type BridgeChange =
  /** The leg takes part in this way from now on. */
  | { is: 'in'; muted: boolean; coaches?: string; isSilent: boolean; pitch?: number; speed: number }
  | { is: 'out' }
  /** Keys are pressed; `from` and `to` may lie ahead. */
  | { is: 'pressing'; keys: { digits: string; from: number; to: number }[] }
  /** Keys that were announced are no longer pressed. */
  | { is: 'released' };

/** A leg took part in the same way all this time. */
interface Presence extends TimeSpan {
  leg: string;
  muted: boolean;
  coaches?: string;
  /** The party of the leg does not speak. */
  isSilent: boolean;
  /** The pitch of the party's voice, in hertz. */
  pitch?: number;
}

/** Keys that a leg pressed; only the leg that it coached heard them, if it coached one. */
interface BridgeKeys extends TimeSpan {
  leg: string;
  coaches?: string;
  digits: string;
}

/** The past of a bridge, by wall time: the legs that could be heard in it, and the sounds that were played to everyone. */
export interface BridgeHistory {
  presences: Presence[];
  sounds: NetworkSound[];
  keys: BridgeKeys[];
}

/** A bridge of the simulated network. JSON. */
export interface SimulatedBridge extends BridgeHistory {
  id: string;
  /** The time of the bridge's owner: wall time, unless the owner lets it run faster. */
  clock: Clock;
  /** How much faster than wall time sounds go by: as fast as the time of those who hear them. */
  speed: number;
  /** The id of the playback that is on. */
  playback?: string;
  recorders?: SimulatedRecorder[];
  /** Ends of playbacks, and recorders that have paused, in wall time; the soonest first. */
  scheduled: ({ wall: number } & ({ playback: string } | { paused: string }))[];
  /** The number of the last update of each leg. */
  lastUpdates: Record<string, number>;
  /** How many instructions were performed, and how many events reported, so far. */
  performed: number;
  reported: number;
}

/** Enough for a full conference whose participants are muted and unmuted now and then. */
const PRESENCES_KEPT = 2000;

export const newBridge = (id: string, wall: number): SimulatedBridge => ({
  id,
  clock: startClock(wall, 1),
  speed: 1,
  scheduled: [],
  lastUpdates: {},
  performed: 0,
  reported: 0,
  presences: [],
  sounds: [],
  keys: [],
});

/** Applies updates of legs. A repeated update changes nothing. */
export const applyBridgeUpdates = (bridge: SimulatedBridge, updates: BridgeUpdate[]): SimulatedBridge =>
  updates.reduce(applyBridgeUpdate, bridge);

function applyBridgeUpdate(bridge: SimulatedBridge, update: BridgeUpdate): SimulatedBridge {
  const { leg, wall } = update;
  if (update.n <= (bridge.lastUpdates[leg] ?? 0)) return bridge;
  const { [leg]: _before, ...others } = bridge.lastUpdates;
  const latest = Object.fromEntries(latestOf(Object.entries(others), PRESENCES_KEPT));
  const updated = { ...bridge, lastUpdates: { ...latest, [leg]: update.n } };
  switch (update.is) {
    case 'in': {
      const { n: _n, bridge: _bridge, wall: from, is: _is, speed, ...how } = update;
      const presences = latestOf([...endEntriesOf(bridge.presences, leg, wall), { ...how, from }], PRESENCES_KEPT);
      const fastest = bridge.clock.free ? bridge.speed : Math.max(bridge.speed, speed);
      return withSpeed({ ...updated, presences }, fastest, wall);
    }
    case 'out': {
      const presences = endEntriesOf(bridge.presences, leg, wall);
      const left = { ...updated, presences, keys: endEntriesOf(bridge.keys, leg, wall) };
      return isAbandoned(left) ? withClosedRecorders(left, wall) : left;
    }
    case 'pressing': {
      const coaches = bridge.presences.findLast((it) => it.leg === leg)?.coaches;
      const keys = update.keys.map((it) => defined({ leg, ...it, coaches }));
      return { ...updated, keys: latestOf([...bridge.keys, ...keys]) };
    }
    case 'released':
      return { ...updated, keys: endEntriesOf(bridge.keys, leg, wall) };
  }
}

/** The last leg has left: no other one will join. */
const isAbandoned = ({ lastUpdates, presences }: SimulatedBridge): boolean =>
  Object.keys(lastUpdates).length > 0 && presences.every(({ to }) => to !== undefined);

/** Sounds in a bridge have wall times; so have the recordings of them. */
const momentOf = ({ speed }: SimulatedBridge, wall: number): SoundMoment => ({ at: wall, wall, speed, pace: 1 });

const withClosedRecorders = (bridge: SimulatedBridge, wall: number): SimulatedBridge =>
  bridge.recorders ? { ...bridge, recorders: closeRecorders(bridge.recorders, momentOf(bridge, wall)) } : bridge;

function withSpeed(bridge: SimulatedBridge, speed: number, wall: number): SimulatedBridge {
  if (speed === bridge.speed || !bridge.recorders) return { ...bridge, speed };
  return { ...bridge, speed, recorders: changeRecordingSpeed(bridge.recorders, { at: wall, wall, speed }) };
}

/** The bridge as if one of the legs had never been in it. */
export const withoutLeg = (bridge: SimulatedBridge, leg: string): SimulatedBridge => ({
  ...bridge,
  presences: bridge.presences.filter((it) => it.leg !== leg),
  keys: bridge.keys.filter((it) => it.leg !== leg),
});

const endEntriesOf = <Entry extends TimeSpan & { leg: string }>(entries: Entry[], leg: string, wall: number): Entry[] =>
  entries.flatMap((entry) => (entry.leg === leg ? endAt([entry], wall) : [entry]));

/** Performs what the owner asks of the bridge. A repeated instruction is recognised by its number and changes nothing. */
export function performInBridge(bridge: SimulatedBridge, command: LegCommand, wall: number): SimulatedBridge {
  const fresh = command.instructions.slice(Math.max(0, bridge.performed + 1 - command.first));
  const clock = moveTo(bridge.clock, command.at, wall);
  const performed = { ...bridge, clock, performed: bridge.performed + fresh.length };
  return fresh.reduce((it, instruction) => applyInstruction(it, instruction, command.at, wall), performed);
}

function applyInstruction(
  bridge: SimulatedBridge,
  instruction: Instruction,
  at: number,
  wall: number,
): SimulatedBridge {
  switch (instruction.do) {
    case 'play':
      return startPlayback(stopPlayback(bridge, wall), instruction, wall);
    case 'stop':
      return bridge.playback === instruction.playback ? stopPlayback(bridge, wall) : bridge;
    case 'run': {
      const { speed } = instruction;
      const clock: Clock = bridge.clock.free
        ? startFreeRun(bridge.clock, wall, speed)
        : { ...startClock(wall, speed), at, free: true };
      return withSpeed({ ...bridge, clock }, speed, wall);
    }
    case 'record': {
      const recorders = addRecorder(bridge.recorders ?? [], instruction, momentOf(bridge, wall));
      return isAbandoned(bridge) ? withClosedRecorders({ ...bridge, recorders }, wall) : { ...bridge, recorders };
    }
    case 'recorder': {
      const recorders = switchRecorder(bridge.recorders ?? [], instruction, momentOf(bridge, wall));
      return reportPause({ ...bridge, recorders }, instruction, wall);
    }
    default:
      return bridge;
  }
}

/** The owner lets nobody in before the bridge has reported that its recorder has paused. */
const reportPause = (
  bridge: SimulatedBridge,
  { recording, is }: Extract<Instruction, { do: 'recorder' }>,
  wall: number,
): SimulatedBridge =>
  is === 'paused' ? { ...bridge, scheduled: [{ wall, paused: recording }, ...bridge.scheduled] } : bridge;

function startPlayback(
  bridge: SimulatedBridge,
  { playback, prompts }: Extract<Instruction, { do: 'play' }>,
  wall: number,
): SimulatedBridge {
  const { speed } = bridge;
  const seconds = prompts.reduce((sum, prompt) => sum + promptSeconds(prompt), 0);
  const sounds = withSounds(bridge.sounds, soundsOf(prompts, wall, speed));
  const end = { wall: wall + (seconds * 1000) / speed, playback };
  return { ...bridge, playback, sounds, scheduled: [...bridge.scheduled, end] };
}

/** A playback that is cut short has ended, too, and is reported. */
function stopPlayback(bridge: SimulatedBridge, wall: number): SimulatedBridge {
  const { playback, ...quiet } = bridge;
  if (playback === undefined) return bridge;
  const scheduled = bridge.scheduled.map((it) =>
    'playback' in it && it.playback === playback ? { playback, wall } : it,
  );
  return { ...quiet, scheduled, sounds: endAt(bridge.sounds, wall) };
}

/** The wall time at which something happens next. */
export const nextDueInBridge = ({ scheduled }: SimulatedBridge): number | undefined => scheduled[0]?.wall;

/** Reports the next thing that is due: the end of a playback, or that a recorder has paused. */
export function advanceBridge(bridge: SimulatedBridge, wall: number): { bridge: SimulatedBridge; events: LegEvent[] } {
  const [due, ...scheduled] = bridge.scheduled;
  if (!due || due.wall > wall) return { bridge, events: [] };
  const moved = { ...bridge, scheduled, reported: bridge.reported + 1 };
  const moment = { at: Math.round(callTime(bridge.clock, due.wall)), n: moved.reported };
  if ('paused' in due) {
    return { bridge: moved, events: [{ type: 'leg.recorder-paused', recording: due.paused, ...moment }] };
  }
  const { playback, ...quiet } = moved;
  return {
    bridge: playback === due.playback ? quiet : moved,
    events: [{ type: 'leg.playback-ended', playback: due.playback, ...moment }],
  };
}
