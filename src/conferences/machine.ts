import type { Entry, OutReason } from '../contracts/conference.ts';
import { findParticipant, isPresent, openedBy, type Participant, present, type Room } from './conference.ts';
import {
  after,
  change,
  end,
  forget,
  gone,
  inBridge,
  nextSound,
  type RoomEvent,
  remember,
  type Step,
  say,
  sendOut,
  settle,
  sound,
  stay,
  tell,
} from './effects.ts';
import {
  answered,
  consentWithdrawn,
  recorderFailed,
  recorderPaused,
  settleRecorder,
  workRecorder,
} from './recording/recorder.ts';

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
  'participant.announced': heardAlone,
  'participant.answered': answered,
  'participant.calling': calling,
  'sound.ended': (room, { playback }, now) => (room.sound?.playback === playback ? nextSound(room, now) : stay(room)),
  'recorder.paused': (room, { recording }) => recorderPaused(room, recording),
  'recorder.failed': (room, { recording, reason }, now) => recorderFailed(room, recording, reason, now),
  'consent.withdrawn': (room, { consent }, now) => consentWithdrawn(room, consent, now),
  'timer.idle': (room, _event, now) => end(room, 'expired', now),
  'timer.check': (room, _event, now) => (room.participants.length === 0 ? stay(room) : checkLater(room, now)),
  'timer.sound': (room, _event, now) => nextSound(room, now),
  'user.expect': (room, { participant }, now) =>
    after(watched(room, now), (it) => stay({ ...it, participants: [...it.participants, participant] })),
  'user.change': changed,
  'user.announce': announce,
  'user.kick': kicked,
  'user.recorder': (room, { is }, now) => workRecorder(room, is, now),
  'user.end': (room, _event, now) => end(room, 'ended-via-api', now),
};

/** The whole life of a room. Pure: no clock, no randomness, no input or output. */
export function transition(room: Room, event: RoomEvent, now: number): Step {
  if (room.status === 'completed') return stay(room);
  const cell = table[event.type] as Cell<RoomEvent>;
  return after(cell(room, event, now), (it) => settleRecorder(it, now));
}

/** Why someone cannot enter; undefined when they can. */
export function entryRefusal(room: Room, { call, visit, entry }: Of<'participant.entered'>): OutReason | undefined {
  if (isKnown(room, call, visit)) return undefined;
  if (room.status === 'completed') return 'conference_ended';
  const expected = room.participants.find((it) => it.call === call);
  if (expected && isPresent(expected)) return undefined;
  if (present(room).length >= room.maxParticipants) return 'conference_full';
  const { label, coach } = expected ? { coach: expected.coaches } : entry;
  if (label !== undefined && room.participants.some((it) => it.label === label)) return 'label_taken';
  if (coach !== undefined && !coachedBy(room, coach)) return 'coach_absent';
  return undefined;
}

/** It has entered already, and may have left since: this is a repeat. */
const isKnown = (room: Room, call: string, visit: number): boolean =>
  isGone(room, call, visit) || present(room).some((it) => it.call === call && it.visit >= visit);

const isGone = (room: Room, call: string, visit: number): boolean => (room.left[call] ?? 0) >= visit;

const coachedBy = (room: Room, who: string): Participant | undefined => {
  const found = findParticipant(room, who);
  return found && isPresent(found) ? found : undefined;
};

function entered(room: Room, event: Of<'participant.entered'>, now: number): Step {
  const refusal = entryRefusal(room, event);
  if (refusal !== undefined) return turnAway(room, event, refusal, now);
  if (isKnown(room, event.call, event.visit)) return stay(room);
  if (present(room).some(({ call }) => call === event.call)) return comeAgain(room, event);
  const opened = openedBy(room, event.entry);
  const participant = newcomer(opened, event, now);
  const others = opened.participants.filter(({ call }) => call !== event.call);
  const inside: Room = { ...opened, status: 'in-progress', participants: [...others, participant] };
  const alive: Step = { room: inside, effects: [{ do: 'timer.clear', name: 'idle' }, ...watched(opened, now).effects] };
  const joined = after(alive, (it) => tell(it, news('join', 'participant.joined', participant)));
  const begun = after(joined, (it) => begin(it, now));
  return after(after(begun, settle), (it) => beep(it, participant, 'enter', begun.room !== joined.room, now));
}

/** Its farewell was lost, or is late: it stays as it is, and hears anew where to be. */
function comeAgain(room: Room, { call, visit }: Of<'participant.entered'>): Step {
  return settle(change(forget(room, call, visit - 1), call, ({ place: _earlier, ...it }) => ({ ...it, visit })));
}

/** Who is called into the room and may not enter is not waited for; a repeat is not told again. */
function turnAway(room: Room, { call, visit }: Of<'participant.entered'>, refusal: OutReason, now: number): Step {
  const expected = room.participants.find((it) => it.call === call);
  const isNews = refusal === 'conference_full' && (room.turnedAway[call] ?? 0) < visit;
  const told = isNews
    ? tell(
        { ...room, turnedAway: remember(room.turnedAway, call, visit) },
        news('full', 'conference.full', undefined, { call_id: call }),
      )
    : stay(room);
  return expected ? after(told, (it) => unexpect(it, expected, now)) : told;
}

const checkLater = (room: Room, now: number): Step => ({
  room,
  effects: [{ do: 'timer.set', name: 'check', at: now + CHECK_MS }],
});

/** From the first on, participants are checked; those who come later must not put it off. */
const watched = (room: Room, now: number): Step =>
  room.participants.length === 0 ? checkLater(room, now) : stay(room);

/** What the API says of someone it calls into the room, also while the phone rings, counts; of others, what their flow says. */
function newcomer(room: Room, { call, visit, entry }: Of<'participant.entered'>, now: number): Participant {
  const part = room.participants.find((it) => it.call === call) ?? partOf(room, entry);
  const { gateway } = entry;
  return { ...part, call, visit, callStatus: 'in-progress', ...(gateway !== undefined && { gateway }), joinedAt: now };
}

function partOf(room: Room, { label, muted, beep: tones, startOnEnter, endOnExit, coach }: Entry) {
  const coaches = coach === undefined ? undefined : coachedBy(room, coach)?.call;
  return {
    muted,
    hold: false,
    beep: tones,
    startOnEnter,
    endOnExit,
    ...(label !== undefined && { label }),
    ...(coaches !== undefined && { coaches }),
  };
}

/** It begins with two, one of whom starts it. */
function begin(room: Room, now: number): Step {
  const inside = present(room);
  if (room.startedAt !== undefined || inside.length < 2 || !inside.some((it) => it.startOnEnter)) return stay(room);
  return tell({ ...room, startedAt: now }, news('start', 'conference.started'));
}

/** For the others in the bridge. Those with whom it begins hear each other instead. */
function beep(
  room: Room,
  { call, beep: tones }: Participant,
  when: 'enter' | 'leave',
  isFirst: boolean,
  now: number,
): Step {
  const isHeard = inBridge(room).some((it) => it.call !== call);
  if (isFirst || !isHeard || (tones !== 'both' && tones !== when)) return stay(room);
  return sound(room, { prompts: [{ tune: when, times: 1 }] }, now);
}

function left(room: Room, { call, visit, callStatus }: Of<'participant.left'>, now: number): Step {
  const participant = room.participants.find((it) => it.call === call);
  if (participant?.visit !== visit) return isGone(room, call, visit) ? stay(room) : stay(forget(room, call, visit));
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
    const told = after(settle(it), (settled) => tellMuted(settled, room));
    return after(told, (settled) => beep(settled, participant, 'leave', false, now));
  });
}

/** Whose microphone is not as it was before. */
const tellMuted = (room: Room, before: Room): Step =>
  present(room)
    .filter(({ call, muted }) => before.participants.some((it) => it.call === call && it.muted !== muted))
    .reduce((step, it) => after(step, (now) => tell(now, news('mute', mutedOr(it), it))), stay(room));

const mutedOr = ({ muted }: Participant) => (muted ? 'participant.muted' : 'participant.unmuted');

/** Nobody speaks where nobody hears it: what is said on hold comes too late. */
function talked(room: Room, { call, visit, talking }: Of<'participant.talking'>): Step {
  const participant = inBridge(room).find((it) => it.call === call && it.visit === visit);
  if (!participant || (participant.talking ?? false) === talking) return stay(room);
  const type = talking ? 'participant.speech-started' : 'participant.speech-stopped';
  return tell(spoke(room, call, talking), news('speaker', type, participant));
}

const spoke = (room: Room, call: string, talking: boolean): Room =>
  change(room, call, ({ talking: _before, ...it }) => ({ ...it, ...(talking && { talking }) }));

function heardAlone(room: Room, { call, visit, announcement }: Of<'participant.announced'>): Step {
  const participant = room.participants.find((it) => it.call === call && it.visit === visit);
  if (!participant?.announcements?.includes(announcement)) return stay(room);
  const announcements = participant.announcements.filter((it) => it !== announcement);
  const heard = change(room, call, (it) => ({ ...it, announcements }));
  return tell(heard, news('announcement', 'announcement.ended', participant, { announcement }));
}

/** Of a call that the room made: it is seen to ring, or is not expected any more. */
function calling(room: Room, { call, callStatus }: Of<'participant.calling'>, now: number): Step {
  const participant = room.participants.find((it) => it.call === call && !isPresent(it));
  if (!participant) return stay(room);
  const isComing = callStatus === 'queued' || callStatus === 'ringing' || callStatus === 'in-progress';
  if (isComing) return stay(change(room, call, (it) => ({ ...it, callStatus })));
  return unexpect(room, participant, now);
}

/** It does not come any more, and perhaps it was the last that was waited for. */
const unexpect = (room: Room, participant: Participant, now: number): Step =>
  after(gone(room, participant, {}), (it) =>
    it.participants.length === 0 && it.status === 'in-progress' ? end(it, 'last-participant-left', now) : stay(it),
  );

function changed(room: Room, { call, change: wanted }: Of<'user.change'>): Step {
  const before = room.participants.find((it) => it.call === call);
  if (!before) return stay(room);
  const { coaches, ...plain } = wanted;
  const now = withCoached({ ...before, ...plain }, coaches);
  const moved = settle(change(room, call, () => now));
  const told = after(moved, (it) => tellMuted(it, room));
  if (!isPresent(now) || before.hold === now.hold) return told;
  // On hold it is not listened to any more: its last word would have no end.
  const silent = now.hold && before.talking ? after(told, (it) => hushed(it, call)) : told;
  return after(silent, (it) => tell(it, news('hold', now.hold ? 'participant.held' : 'participant.unheld', now)));
}

const hushed = (room: Room, call: string): Step => {
  const participant = room.participants.find((it) => it.call === call);
  return tell(spoke(room, call, false), news('speaker', 'participant.speech-stopped', participant));
};

function withCoached(participant: Participant, coaches: string | null | undefined): Participant {
  if (coaches === undefined) return participant;
  const { coaches: _before, ...rest } = participant;
  return coaches === null ? rest : { ...rest, coaches };
}

function announce(room: Room, { announcement, prompts, call }: Of<'user.announce'>, now: number): Step {
  if (call === undefined) return sound(room, { prompts, announcement }, now);
  const participant = room.participants.find((it) => it.call === call);
  if (!participant) return stay(room);
  const announcements = [...(participant.announcements ?? []), announcement];
  const expecting = change(room, call, (it) => ({ ...it, announcements }));
  return say(expecting, participant, { type: 'room.announce', announcement, prompts });
}

const news = (
  kind: Parameters<typeof tell>[1]['kind'],
  type: string,
  participant?: Participant,
  more?: Record<string, string>,
) => ({ kind, type, ...(participant && { participant }), ...(more && { more }) });
