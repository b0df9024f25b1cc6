import { findParticipant, isPresent, type Participant, present, type Room } from './model.ts';
import type { OutReason } from './protocol.ts';
import {
  after,
  change,
  end,
  gone,
  nextSound,
  type RoomEvent,
  type Step,
  say,
  sendOut,
  settle,
  sound,
  stay,
  tell,
} from './step.ts';

type Of<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>;
type Cell<Event> = (room: Room, event: Event, now: number) => Step;

/** How often the room asks whether its participants still exist, in case that it was never told. */
const CHECK_MS = 600_000;

// What an open room does upon each event. A completed room does nothing any more.
const table: { [Type in RoomEvent['type']]: Cell<Of<Type>> } = {
  'room.opened': (room, { idleMs }, now) => ({
    room,
    effects: [{ do: 'timer.set', name: 'idle', at: now + idleMs }],
  }),
  'participant.entered': entered,
  'participant.left': left,
  'participant.talking': talked,
  'participant.announced': (room, { announcement, call }) =>
    tell(room, news('announcement', 'announcement.ended', findParticipant(room, call), { announcement })),
  'participant.calling': calling,
  'sound.ended': (room, { playback }, now) =>
    room.sound?.playback === playback ? after(announced(room), (it) => nextSound(it, now)) : stay(room),
  'timer.idle': (room, _event, now) => end(room, 'expired', now),
  'timer.check': (room, _event, now) => ({ room, effects: [{ do: 'timer.set', name: 'check', at: now + CHECK_MS }] }),
  'timer.sound': (room, _event, now) => nextSound(room, now),
  'user.expect': (room, { participant }) => stay({ ...room, participants: [...room.participants, participant] }),
  'user.change': changed,
  'user.announce': announce,
  'user.kick': kicked,
  'user.end': (room, _event, now) => end(room, 'ended-via-api', now),
};

/** The whole life of a room. Pure: no clock, no randomness, no input or output. */
export function transition(room: Room, event: RoomEvent, now: number): Step {
  if (room.status === 'completed') return stay(room);
  const cell = table[event.type] as Cell<RoomEvent>;
  return cell(room, event, now);
}

/** Why someone cannot enter; undefined when they can. */
export function entryRefusal(room: Room, { call, visit, entry }: Of<'participant.entered'>): OutReason | undefined {
  if (isKnown(room, call, visit)) return undefined;
  if (room.status === 'completed') return 'conference_ended';
  if (present(room).length >= room.maxParticipants) return 'conference_full';
  const namesake = entry.label === undefined ? undefined : room.participants.find(({ label }) => label === entry.label);
  if (namesake && namesake.call !== call) return 'label_taken';
  if (entry.coach !== undefined && !coachedBy(room, entry.coach)) return 'coach_absent';
  return undefined;
}

/** It has entered already, and may have left since: this is a repeat. */
const isKnown = (room: Room, call: string, visit: number): boolean =>
  (room.left[call] ?? 0) >= visit || present(room).some((it) => it.call === call);

const coachedBy = (room: Room, who: string): Participant | undefined => {
  const found = findParticipant(room, who);
  return found && isPresent(found) ? found : undefined;
};

function entered(room: Room, event: Of<'participant.entered'>, now: number): Step {
  const refusal = entryRefusal(room, event);
  if (refusal === 'conference_full')
    return tell(room, news('full', 'conference.full', undefined, { call_id: event.call }));
  if (refusal !== undefined) return stay(room);
  if (isKnown(room, event.call, event.visit)) return stay(room);
  const opened = opening(room, event);
  const participant = newcomer(opened, event, now);
  const others = opened.participants.filter(({ call }) => call !== event.call);
  const inside: Room = { ...opened, status: 'in-progress', participants: [...others, participant] };
  const timers: Step = {
    room: inside,
    effects: [
      { do: 'timer.clear', name: 'idle' },
      { do: 'timer.set', name: 'check', at: now + CHECK_MS },
    ],
  };
  const joined = after(timers, (it) => tell(it, news('join', 'participant.joined', participant)));
  const begun = after(joined, (it) => begin(it, now));
  return after(after(begun, settle), (it) => beep(it, participant, 'enter', begun.room !== joined.room, now));
}

/** The first who enters decides where the room reports to, unless its creator has. */
function opening(room: Room, { entry }: Of<'participant.entered'>): Room {
  if (room.statusCallback !== undefined || room.status !== 'init') return room;
  const { statusCallback, statusEvents } = entry;
  return { ...room, ...(statusCallback !== undefined && { statusCallback, ...(statusEvents && { statusEvents }) }) };
}

function newcomer(room: Room, { call, visit, entry }: Of<'participant.entered'>, now: number): Participant {
  const expected = room.participants.find((it) => it.call === call);
  const coaches = entry.coach === undefined ? undefined : coachedBy(room, entry.coach)?.call;
  const { label, muted, beep: tones, startOnEnter, endOnExit, gateway } = entry;
  return {
    call,
    visit,
    callStatus: 'in-progress',
    hold: expected?.hold ?? false,
    ...(expected?.holdUrl !== undefined && { holdUrl: expected.holdUrl }),
    ...(label !== undefined && { label }),
    muted,
    beep: tones,
    startOnEnter,
    endOnExit,
    ...(coaches !== undefined && { coaches }),
    ...(gateway !== undefined && { gateway }),
    joinedAt: now,
  };
}

/** It begins with two, one of whom starts it. */
function begin(room: Room, now: number): Step {
  const inside = present(room);
  if (room.startedAt !== undefined || inside.length < 2 || !inside.some((it) => it.startOnEnter)) return stay(room);
  return tell({ ...room, startedAt: now }, news('start', 'conference.started'));
}

function beep(room: Room, { beep: tones }: Participant, when: 'enter' | 'leave', isFirst: boolean, now: number): Step {
  if (isFirst || room.startedAt === undefined || (tones !== 'both' && tones !== when)) return stay(room);
  return sound(room, { prompts: [{ tune: when, times: 1 }] }, now);
}

function left(room: Room, { call, visit, callStatus }: Of<'participant.left'>, now: number): Step {
  const participant = room.participants.find((it) => it.call === call);
  if (!participant || participant.visit !== visit) return stay({ ...room, left: { ...room.left, [call]: visit } });
  const over = { ...participant, callStatus };
  return leave(room, over, { reason: 'left', call_status: callStatus }, now);
}

function kicked(room: Room, { call }: Of<'user.kick'>, now: number): Step {
  const participant = room.participants.find((it) => it.call === call);
  if (!participant || !isPresent(participant)) return stay(room);
  const out = sendOut(room, participant, 'kicked');
  return after(out, (it) => leave(it, participant, { reason: 'kicked' }, now));
}

function leave(
  room: Room,
  participant: Participant,
  more: { reason: 'left' | 'kicked' } & Record<string, string>,
  now: number,
): Step {
  const without = gone(room, participant, more);
  if (participant.endOnExit) {
    const reason = `participant-with-end-conference-on-exit-${more.reason}` as const;
    return after(without, (it) => end(it, reason, now, participant));
  }
  return after(without, (it) => {
    if (it.participants.length === 0) return end(it, `last-participant-${more.reason}`, now, participant);
    return after(settle(it), (settled) => beep(settled, participant, 'leave', false, now));
  });
}

function talked(room: Room, { call, visit, talking }: Of<'participant.talking'>): Step {
  const participant = room.participants.find((it) => it.call === call && it.visit === visit);
  if (!participant) return stay(room);
  const type = talking ? 'participant.speech-started' : 'participant.speech-stopped';
  return tell(room, news('speaker', type, participant));
}

/** Of a call that the room made: it is seen to ring, or is not expected any more. */
function calling(room: Room, { call, callStatus }: Of<'participant.calling'>, now: number): Step {
  const participant = room.participants.find((it) => it.call === call && !isPresent(it));
  if (!participant) return stay(room);
  const isComing = callStatus === 'queued' || callStatus === 'ringing' || callStatus === 'in-progress';
  if (isComing) return stay(change(room, call, (it) => ({ ...it, callStatus })));
  return after(gone(room, participant, {}), (it) =>
    it.participants.length === 0 && it.status === 'in-progress' ? end(it, 'last-participant-left', now) : stay(it),
  );
}

function changed(room: Room, { call, change: wanted }: Of<'user.change'>): Step {
  const before = room.participants.find((it) => it.call === call);
  if (!before) return stay(room);
  const { coaches, ...plain } = wanted;
  const now = withCoached({ ...before, ...plain }, coaches);
  const moved = settle(change(room, call, () => now));
  const isNews = (field: 'muted' | 'hold') => isPresent(now) && before[field] !== now[field];
  const muted = now.muted ? 'participant.muted' : 'participant.unmuted';
  const held = now.hold ? 'participant.held' : 'participant.unheld';
  const told = isNews('muted') ? after(moved, (it) => tell(it, news('mute', muted, now))) : moved;
  return isNews('hold') ? after(told, (it) => tell(it, news('hold', held, now))) : told;
}

function withCoached(participant: Participant, coaches: string | null | undefined): Participant {
  if (coaches === undefined) return participant;
  const { coaches: _before, ...rest } = participant;
  return coaches === null ? rest : { ...rest, coaches };
}

function announce(room: Room, { announcement, prompts, call }: Of<'user.announce'>, now: number): Step {
  if (call === undefined) return sound(room, { prompts, announcement }, now);
  const participant = room.participants.find((it) => it.call === call);
  return participant ? say(room, participant, { type: 'room.announce', announcement, prompts }) : stay(room);
}

const announced = (room: Room): Step =>
  room.sound?.announcement === undefined
    ? stay(room)
    : tell(room, news('announcement', 'announcement.ended', undefined, { announcement: room.sound.announcement }));

const news = (
  kind: Parameters<typeof tell>[1]['kind'],
  type: string,
  participant?: Participant,
  more?: Record<string, string>,
) => ({ kind, type, ...(participant && { participant }), ...(more && { more }) });
