import type { Instruction, Prompt } from '../contracts/carrier.ts';
import type { OutReason, ParticipantEvent, Place, RoomMessage } from '../contracts/conference.ts';
import type { RoomEventKind } from '../contracts/orders.ts';
import type { RecorderState } from '../contracts/recording-order.ts';
import type { RecordingWord } from '../recordings/object/client.ts';
import { keptUntil } from '../retention/retention.ts';
import { bridgeOf, isPresent, type Participant, present, type Room, type RoomEnd, type Sound } from './conference.ts';
import { mustWait } from './recording/consent.ts';

export type TimerName = 'idle' | 'check' | 'sound';

/** Facts, and requests that the object has checked. */
export type RoomEvent =
  | { type: 'room.opened'; idleMs: number }
  | ParticipantEvent
  | { type: 'sound.ended'; playback: string }
  | { type: 'recorder.paused'; recording: string }
  | { type: 'recorder.failed'; recording: string; reason: string }
  | { type: 'consent.withdrawn'; consent: string }
  | { type: `timer.${TimerName}` }
  | { type: 'user.expect'; participant: Participant }
  | { type: 'user.change'; call: string; change: Change }
  | { type: 'user.announce'; announcement: string; prompts: Prompt[]; call?: string }
  | { type: 'user.kick'; call: string }
  | { type: 'user.recorder'; recording: string; is: RecorderState }
  | { type: 'user.end' };

/** What the API can change of a participant. `coaches: null` ends the coaching. */
export type Change = Partial<Pick<Participant, 'muted' | 'hold' | 'holdUrl' | 'beep' | 'endOnExit'>> & {
  coaches?: string | null;
};

/** What the room's status callback is told. */
export interface News {
  kind: RoomEventKind;
  type: string;
  participant?: Participant;
  more?: Record<string, string>;
}

export type Effect =
  | { do: 'say'; call: string; message: RoomMessage }
  | { do: 'command'; bridge: string; instruction: Instruction }
  | { do: 'record'; word: RecordingWord }
  /** The room as it was then: a step may tell more than one thing. */
  | { do: 'notify'; room: Room; news: News }
  | { do: 'timer.set'; name: TimerName; at: number }
  | { do: 'timer.clear'; name: TimerName };

export interface Step {
  room: Room;
  effects: Effect[];
}

export const stay = (room: Room): Step => ({ room, effects: [] });

export const after = (first: Step, then: (room: Room) => Step): Step => {
  const second = then(first.room);
  return { room: second.room, effects: [...first.effects, ...second.effects] };
};

export const tell = (room: Room, news: News): Step => ({ room, effects: [{ do: 'notify', room, news }] });

export function change(room: Room, call: string, changed: (participant: Participant) => Participant): Room {
  return { ...room, participants: room.participants.map((it) => (it.call === call ? changed(it) : it)) };
}

type Message<Kept = RoomMessage> = Kept extends RoomMessage ? Omit<Kept, 'room' | 'visit' | 'n'> : never;

/** Every message has its number, so that a call recognises what is old. */
export function say(room: Room, { call, visit }: Participant, message: Message): Step {
  const said = room.said + 1;
  const numbered = { ...message, room: room.id, visit, n: said } as RoomMessage;
  return { room: { ...room, said }, effects: [{ do: 'say', call, message: numbered }] };
}

export const sendOut = (room: Room, participant: Participant, reason: OutReason): Step =>
  say(room, participant, { type: 'room.out', reason });

/** Tells everyone where to be whose place has changed. */
export function settle(room: Room): Step {
  const wanted = withBridge(room);
  const placed = present(wanted).reduce((step, { call }) => after(step, (it) => put(it, call)), stay(wanted));
  return after(placed, hush);
}

/** Who can hear the others, as far as they were told. */
export const inBridge = (room: Room): Participant[] => present(room).filter(({ place }) => place?.is === 'meeting');

/** With the bridge goes what was played on it, or was to be. */
function hush(room: Room): Step {
  const { sound: on, ...rest } = room;
  const cut = on ? [on, ...room.sounds] : room.sounds;
  if (cut.length === 0 || inBridge(room).length > 0) return stay(room);
  const silent: Step = { room: { ...rest, sounds: [] }, effects: [{ do: 'timer.clear', name: 'sound' }] };
  return cut.reduce((step, it) => after(step, (now) => tellEnd(now, it)), silent);
}

/** Of an announcement the end is told, whatever it was. */
const tellEnd = (room: Room, { announcement }: Sound): Step =>
  announcement === undefined
    ? stay(room)
    : tell(room, { kind: 'announcement', type: 'announcement.ended', more: { announcement } });

/** A bridge that nobody is in has gone, and a new one gets a new name. */
function withBridge(room: Room): Room {
  const isNeeded = present(room).some((it) => placeOf(room, it).is === 'meeting');
  if (inBridge(room).length > 0 || !isNeeded) return room;
  const home = present(room).find((it) => !it.hold)?.gateway;
  const { home: _old, ...rest } = room;
  return { ...rest, generation: room.generation + 1, ...(home !== undefined && { home }) };
}

function put(room: Room, call: string): Step {
  const participant = room.participants.find((it) => it.call === call);
  if (!participant) return stay(room);
  const wanted = placeOf(room, participant);
  const isNew = wanted.is === 'meeting' && participant.place?.is !== 'meeting';
  const place: Place = isNew && mustWait(room) ? { is: 'waiting' } : wanted;
  if (JSON.stringify(place) === JSON.stringify(participant.place)) return stay(room);
  const moved = change(room, call, (it) => ({ ...it, place }));
  return say(moved, participant, { type: 'room.place', place });
}

/** Where a participant belongs. */
export function placeOf(room: Room, { muted, hold, holdUrl, coaches }: Participant): Place {
  if (room.startedAt === undefined) return { is: 'waiting' };
  if (hold) return { is: 'held', ...(holdUrl !== undefined && { url: holdUrl }) };
  const bridge = { id: bridgeOf(room), ...(room.home !== undefined && { home: room.home }) };
  const talking = room.statusCallback !== undefined && (room.statusEvents?.includes('speaker') ?? true);
  return { is: 'meeting', bridge, muted, ...(coaches !== undefined && { coaches }), talking };
}

/** Sounds come one after the other: on a bridge, a new one would end the one that is on. */
const SOUND_MS = 300_000;

/** All in the bridge hear it; without a bridge nobody can. A tone does not wait for its turn. */
export function sound(room: Room, it: Sound, now: number): Step {
  if (inBridge(room).length === 0) return tellEnd(room, it);
  if (room.sound && it.announcement === undefined) return stay(room);
  if (room.sound) return stay({ ...room, sounds: [...room.sounds, it] });
  const playbacks = room.playbacks + 1;
  const playback = `${bridgeOf(room)}-${playbacks}`;
  const instruction: Instruction = { do: 'play', playback, prompts: it.prompts };
  return {
    room: { ...room, playbacks, sound: { ...it, playback } },
    effects: [
      { do: 'command', bridge: bridgeOf(room), instruction },
      // An end that was lost must not silence the room for ever.
      { do: 'timer.set', name: 'sound', at: now + SOUND_MS },
    ],
  };
}

/** What was on has ended, or its end was lost. */
export function nextSound(room: Room, now: number): Step {
  const { sound: heard, ...rest } = room;
  if (!heard) return stay(room);
  const [next, ...sounds] = room.sounds;
  const over: Step = { room: { ...rest, sounds }, effects: [{ do: 'timer.clear', name: 'sound' }] };
  const silent = after(over, (it) => tellEnd(it, heard));
  return next ? after(silent, (it) => sound(it, next, now)) : silent;
}

/** The room is over: whoever is in it goes on with their flow, and whoever is being called will find it closed. */
export function end(room: Room, reason: RoomEnd, now: number, by?: Participant): Step {
  const calledOff = room.participants.filter((it) => !isPresent(it));
  const out = present(room).reduce(
    (step, participant) =>
      after(
        after(step, (it) => sendOut(it, participant, 'conference_ended')),
        (it) => gone(it, participant, { reason: 'conference-ended' }),
      ),
    // Phones that still ring for it need not ring any longer.
    calledOff.reduce((step, it) => after(step, (now) => sendOut(now, it, 'conference_ended')), stay(room)),
  );
  const silent = after(out, hush);
  const { kept } = room;
  const expiresAt = keptUntil('call', now, kept === undefined ? {} : { call: kept });
  const over: Room = {
    ...silent.room,
    participants: [],
    status: 'completed',
    endedAt: now,
    endReason: reason,
    expiresAt,
  };
  const who: Record<string, string> = by
    ? { ended_by: by.call, ...(by.label !== undefined && { ended_by_label: by.label }) }
    : {};
  const told = tell(over, { kind: 'end', type: 'conference.ended', more: { reason, ...who } });
  const clear = (['idle', 'check', 'sound'] as const).map((name): Effect => ({ do: 'timer.clear', name }));
  return { room: told.room, effects: [...silent.effects, ...clear, ...told.effects] };
}

/** It is not in the room any more. Who coached it only listens from now on. */
export function gone(room: Room, participant: Participant, more: Record<string, string>): Step {
  const { call, visit } = participant;
  const others = room.participants.filter((it) => it.call !== call).map((it) => withoutCoached(it, call));
  const without = { ...(visit > 0 ? forget(room, call, visit) : room), participants: others };
  return isPresent(participant)
    ? tell(without, { kind: 'leave', type: 'participant.left', participant, more })
    : stay(without);
}

/** What comes later of this visit does not matter. */
export const forget = (room: Room, call: string, visit: number): Room => ({
  ...room,
  left: remember(room.left, call, visit),
});

/** Of how many calls a room remembers that it is done with them: a repeat comes soon, and its row must stay small. */
const REMEMBERED = 250;

/** Keeps the last visit of each call, of the latest calls. */
export function remember(visits: Record<string, number>, call: string, visit: number): Record<string, number> {
  const { [call]: _before, ...others } = visits;
  const kept = Object.entries(others).slice(1 - REMEMBERED);
  return Object.fromEntries([...kept, [call, visit]]);
}

function withoutCoached(participant: Participant, call: string): Participant {
  if (participant.coaches !== call) return participant;
  const { coaches: _gone, ...rest } = participant;
  return { ...rest, muted: true };
}
