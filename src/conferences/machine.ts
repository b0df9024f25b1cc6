import type { ConferenceEntry, RemovalReason } from '../contracts/conference.ts';
import { defined } from '../lib/defined.ts';
import {
  type Conference,
  findParticipant,
  isPresent,
  isUnheardOf,
  openedBy,
  type Participant,
  present,
} from './conference.ts';
import {
  andThen,
  type ConferenceEvent,
  type ConferenceTransition,
  changeParticipant,
  end,
  inBridge,
  nextSound,
  notify,
  playSound,
  remember,
  rememberLeft,
  remove,
  send,
  settlePlacements,
  unchanged,
  withoutParticipant,
} from './effects.ts';
import {
  changeRecorder,
  consentAnswered,
  consentWithdrawn,
  endExpiredConsents,
  recorderFailed,
  recorderPaused,
  settleRecorder,
  withConsentTimer,
} from './recording/recorder.ts';

type Of<Type extends ConferenceEvent['type']> = Extract<ConferenceEvent, { type: Type }>;
type Cell<Event> = (conference: Conference, event: Event, now: number) => ConferenceTransition;

/** How often the conference asks whether its participants still exist, in case that it was never told. */
const CHECK_MS = 600_000;

// What an open conference does upon each event. A completed conference does nothing any more.
const table: { [Type in ConferenceEvent['type']]: Cell<Of<Type>> } = {
  'conference.opened': (conference, { idleMs }, now) => ({
    conference,
    effects: [{ do: 'timer.set', name: 'idle', at: now + idleMs }],
  }),
  'participant.entered': entered,
  'participant.left': left,
  'participant.talking': talked,
  'participant.announced': heardAlone,
  'participant.answered': consentAnswered,
  'participant.calling': calling,
  'sound.ended': (conference, { playback }, now) =>
    conference.sound?.playback === playback ? nextSound(conference, now) : unchanged(conference),
  'recorder.paused': (conference, { recording }) => recorderPaused(conference, recording),
  'recorder.failed': (conference, { recording, reason }, now) => recorderFailed(conference, recording, reason, now),
  'consent.withdrawn': (conference, { consent }, now) => consentWithdrawn(conference, consent, now),
  'timer.idle': (conference, _event, now) => end(conference, 'expired', now),
  'timer.check': (conference, _event, now) =>
    conference.participants.length === 0 ? unchanged(conference) : checkLater(conference, now),
  // What has expired ends before any event.
  'timer.consent': (conference) => unchanged(conference),
  'timer.arrival': (conference, _event, now) =>
    conference.participants.some(isUnheardOf) ? checkArrivals(conference, now) : unchanged(conference),
  'timer.sound': (conference, _event, now) => nextSound(conference, now),
  'user.expect': expect,
  'user.change': changed,
  'user.announce': announce,
  'user.kick': kicked,
  'user.recorder': (conference, { is }, now) => changeRecorder(conference, is, now),
  'user.end': (conference, _event, now) => end(conference, 'ended-via-api', now),
};

/** The whole life of a conference. Pure: no clock, no randomness, no input or output. */
export function transition(conference: Conference, event: ConferenceEvent, now: number): ConferenceTransition {
  if (conference.status === 'completed') return unchanged(conference);
  const cell = table[event.type] as Cell<ConferenceEvent>;
  const step = andThen(endExpiredConsents(conference, now), (it) => cell(it, event, now));
  const settled = andThen(step, (it) => settleRecorder(it, now));
  return withConsentTimer(conference, settled);
}

/** Why someone cannot enter; undefined when they can. */
export function entryRefusal(
  conference: Conference,
  { call, stay, entry }: Of<'participant.entered'>,
): RemovalReason | undefined {
  if (isKnown(conference, call, stay)) return undefined;
  if (conference.status === 'completed') return 'conference_ended';
  const expected = conference.participants.find((it) => it.call === call);
  if (expected && isPresent(expected)) return undefined;
  if (present(conference).length >= conference.maxParticipants) return 'conference_full';
  const { label, coach } = expected ? { coach: expected.coaches } : entry;
  if (label !== undefined && conference.participants.some((it) => it.label === label)) return 'label_taken';
  if (coach !== undefined && !coachedBy(conference, coach)) return 'coach_absent';
  return undefined;
}

/** It has entered already, and may have left since: this is a repeat. */
const isKnown = (conference: Conference, call: string, stay: number): boolean =>
  isGone(conference, call, stay) || present(conference).some((it) => it.call === call && it.stay >= stay);

const isGone = (conference: Conference, call: string, stay: number): boolean => (conference.left[call] ?? 0) >= stay;

const coachedBy = (conference: Conference, who: string): Participant | undefined => {
  const found = findParticipant(conference, who);
  return found && isPresent(found) ? found : undefined;
};

function entered(conference: Conference, event: Of<'participant.entered'>, now: number): ConferenceTransition {
  const refusal = entryRefusal(conference, event);
  if (refusal !== undefined) return refuseEntry(conference, event, refusal, now);
  if (isKnown(conference, event.call, event.stay)) return unchanged(conference);
  if (present(conference).some(({ call }) => call === event.call)) return reenter(conference, event);
  const opened = openedBy(conference, event.entry);
  const participant = newcomer(opened, event, now);
  const others = opened.participants.filter(({ call }) => call !== event.call);
  const inside: Conference = { ...opened, status: 'in-progress', participants: [...others, participant] };
  const alive: ConferenceTransition = {
    conference: inside,
    effects: [{ do: 'timer.clear', name: 'idle' }, ...watched(opened, now).effects],
  };
  const joined = andThen(alive, (it) => notify(it, news('join', 'participant.joined', participant)));
  const begun = andThen(joined, (it) => begin(it, now));
  return andThen(andThen(begun, settlePlacements), (it) =>
    beep(it, participant, 'enter', begun.conference !== joined.conference, now),
  );
}

/** Its farewell was lost, or is late: it stays as it is, and hears anew where to be. */
function reenter(conference: Conference, { call, stay }: Of<'participant.entered'>): ConferenceTransition {
  return settlePlacements(
    changeParticipant(rememberLeft(conference, call, stay - 1), call, ({ placement: _earlier, ...it }) => ({
      ...it,
      stay,
    })),
  );
}

/** Who is called into the conference and may not enter is not waited for; a repeat is not told again. */
function refuseEntry(
  conference: Conference,
  { call, stay }: Of<'participant.entered'>,
  refusal: RemovalReason,
  now: number,
): ConferenceTransition {
  const expected = conference.participants.find((it) => it.call === call);
  const isNews = refusal === 'conference_full' && (conference.turnedAway[call] ?? 0) < stay;
  const told = isNews
    ? notify(
        { ...conference, turnedAway: remember(conference.turnedAway, call, stay) },
        news('full', 'conference.full', undefined, { call_id: call }),
      )
    : unchanged(conference);
  return expected ? andThen(told, (it) => unexpect(it, expected, now)) : told;
}

const checkLater = (conference: Conference, now: number): ConferenceTransition => ({
  conference,
  effects: [{ do: 'timer.set', name: 'check', at: now + CHECK_MS }],
});

/** An order that was interrupted leaves a participant whose call never began: soon the conference asks for the call. */
const ARRIVAL_MS = 10_000;

const checkArrivals = (conference: Conference, now: number): ConferenceTransition => ({
  conference,
  effects: [{ do: 'timer.set', name: 'arrival', at: now + ARRIVAL_MS }],
});

function expect(conference: Conference, { participant }: Of<'user.expect'>, now: number): ConferenceTransition {
  // Those who come later must not put the check off.
  const checked = conference.participants.some(isUnheardOf) ? unchanged(conference) : checkArrivals(conference, now);
  return andThen(
    andThen(checked, (it) => watched(it, now)),
    (it) => unchanged({ ...it, participants: [...it.participants, { ...participant, expectedAt: now }] }),
  );
}

/** From the first on, participants are checked; those who come later must not put it off. */
const watched = (conference: Conference, now: number): ConferenceTransition =>
  conference.participants.length === 0 ? checkLater(conference, now) : unchanged(conference);

/** What the API says of someone it calls into the conference, also while the phone rings, counts; of others, what their flow says. */
function newcomer(conference: Conference, { call, stay, entry }: Of<'participant.entered'>, now: number): Participant {
  const part = conference.participants.find((it) => it.call === call) ?? partOf(conference, entry);
  const { gateway } = entry;
  return { ...part, call, stay, callStatus: 'in-progress', ...defined({ gateway }), joinedAt: now };
}

function partOf(
  conference: Conference,
  { label, muted, beep: tones, startOnEnter, endOnExit, coach }: ConferenceEntry,
) {
  const coaches = coach === undefined ? undefined : coachedBy(conference, coach)?.call;
  return {
    muted,
    hold: false,
    beep: tones,
    startOnEnter,
    endOnExit,
    ...defined({ label, coaches }),
  };
}

/** It begins with two, one of whom starts it. */
function begin(conference: Conference, now: number): ConferenceTransition {
  const inside = present(conference);
  if (conference.startedAt !== undefined || inside.length < 2 || !inside.some((it) => it.startOnEnter))
    return unchanged(conference);
  return notify({ ...conference, startedAt: now }, news('start', 'conference.started'));
}

/** For the others in the bridge. Those with whom it begins hear each other instead. */
function beep(
  conference: Conference,
  { call, beep: tones }: Participant,
  when: 'enter' | 'leave',
  isFirst: boolean,
  now: number,
): ConferenceTransition {
  const isHeard = inBridge(conference).some((it) => it.call !== call);
  if (isFirst || !isHeard || (tones !== 'both' && tones !== when)) return unchanged(conference);
  return playSound(conference, { prompts: [{ tune: when, times: 1 }] }, now);
}

function left(
  conference: Conference,
  { call, stay, callStatus }: Of<'participant.left'>,
  now: number,
): ConferenceTransition {
  const participant = conference.participants.find((it) => it.call === call);
  if (participant?.stay !== stay)
    return isGone(conference, call, stay) ? unchanged(conference) : unchanged(rememberLeft(conference, call, stay));
  const over = { ...participant, callStatus };
  return leave(conference, over, { reason: 'left', call_status: callStatus }, now);
}

function kicked(conference: Conference, { call }: Of<'user.kick'>, now: number): ConferenceTransition {
  const participant = conference.participants.find((it) => it.call === call);
  if (!participant || !isPresent(participant)) return unchanged(conference);
  const out = remove(conference, participant, 'kicked');
  return andThen(out, (it) => leave(it, participant, { reason: 'kicked' }, now));
}

function leave(
  conference: Conference,
  participant: Participant,
  more: { reason: 'left' | 'kicked' } & Record<string, string>,
  now: number,
): ConferenceTransition {
  const without = withoutParticipant(conference, participant, more);
  if (participant.endOnExit) {
    const reason = `participant-with-end-conference-on-exit-${more.reason}` as const;
    return andThen(without, (it) => end(it, reason, now, participant));
  }
  return andThen(without, (it) => {
    if (it.participants.length === 0) return end(it, `last-participant-${more.reason}`, now, participant);
    const told = andThen(settlePlacements(it), (settled) => tellMuted(settled, conference));
    return andThen(told, (settled) => beep(settled, participant, 'leave', false, now));
  });
}

/** Whose microphone is not as it was before. */
const tellMuted = (conference: Conference, before: Conference): ConferenceTransition =>
  present(conference)
    .filter(({ call, muted }) => before.participants.some((it) => it.call === call && it.muted !== muted))
    .reduce((step, it) => andThen(step, (now) => notify(now, news('mute', mutedOr(it), it))), unchanged(conference));

const mutedOr = ({ muted }: Participant) => (muted ? 'participant.muted' : 'participant.unmuted');

/** Nobody speaks where nobody hears it: what is said on hold comes too late. */
function talked(conference: Conference, { call, stay, talking }: Of<'participant.talking'>): ConferenceTransition {
  const participant = inBridge(conference).find((it) => it.call === call && it.stay === stay);
  if (!participant || (participant.talking ?? false) === talking) return unchanged(conference);
  const type = talking ? 'participant.speech-started' : 'participant.speech-stopped';
  return notify(spoke(conference, call, talking), news('speaker', type, participant));
}

const spoke = (conference: Conference, call: string, talking: boolean): Conference =>
  changeParticipant(conference, call, ({ talking: _before, ...it }) => ({ ...it, ...(talking && { talking }) }));

function heardAlone(
  conference: Conference,
  { call, stay, announcement }: Of<'participant.announced'>,
): ConferenceTransition {
  const participant = conference.participants.find((it) => it.call === call && it.stay === stay);
  if (!participant?.announcements?.includes(announcement)) return unchanged(conference);
  const announcements = participant.announcements.filter((it) => it !== announcement);
  const heard = changeParticipant(conference, call, (it) => ({ ...it, announcements }));
  return notify(heard, news('announcement', 'announcement.ended', participant, { announcement }));
}

/** Of a call that the conference made: it is seen to ring, or is not expected any more. */
function calling(
  conference: Conference,
  { call, callStatus }: Of<'participant.calling'>,
  now: number,
): ConferenceTransition {
  const participant = conference.participants.find((it) => it.call === call && !isPresent(it));
  if (!participant) return unchanged(conference);
  const isComing = callStatus === 'queued' || callStatus === 'ringing' || callStatus === 'in-progress';
  if (isComing) return unchanged(changeParticipant(conference, call, (it) => ({ ...it, callStatus })));
  return unexpect(conference, participant, now);
}

/** It does not come any more, and perhaps it was the last that was waited for. */
const unexpect = (conference: Conference, participant: Participant, now: number): ConferenceTransition =>
  andThen(withoutParticipant(conference, participant, {}), (it) =>
    it.participants.length === 0 && it.status === 'in-progress' ? end(it, 'last-participant-left', now) : unchanged(it),
  );

function changed(conference: Conference, { call, change: wanted }: Of<'user.change'>): ConferenceTransition {
  const before = conference.participants.find((it) => it.call === call);
  if (!before) return unchanged(conference);
  const { coaches, ...plain } = wanted;
  const now = withCoached({ ...before, ...plain }, coaches);
  const moved = settlePlacements(changeParticipant(conference, call, () => now));
  const told = andThen(moved, (it) => tellMuted(it, conference));
  if (!isPresent(now) || before.hold === now.hold) return told;
  // On hold it is not listened to any more: its last word would have no end.
  const silent = now.hold && before.talking ? andThen(told, (it) => hushed(it, call)) : told;
  return andThen(silent, (it) => notify(it, news('hold', now.hold ? 'participant.held' : 'participant.unheld', now)));
}

const hushed = (conference: Conference, call: string): ConferenceTransition => {
  const participant = conference.participants.find((it) => it.call === call);
  return notify(spoke(conference, call, false), news('speaker', 'participant.speech-stopped', participant));
};

function withCoached(participant: Participant, coaches: string | null | undefined): Participant {
  if (coaches === undefined) return participant;
  const { coaches: _before, ...rest } = participant;
  return coaches === null ? rest : { ...rest, coaches };
}

function announce(
  conference: Conference,
  { announcement, prompts, call }: Of<'user.announce'>,
  now: number,
): ConferenceTransition {
  if (call === undefined) return playSound(conference, { prompts, announcement }, now);
  const participant = conference.participants.find((it) => it.call === call);
  if (!participant) return unchanged(conference);
  const announcements = [...(participant.announcements ?? []), announcement];
  const expecting = changeParticipant(conference, call, (it) => ({ ...it, announcements }));
  return send(expecting, participant, { type: 'conference.announce', announcement, prompts });
}

const news = (
  kind: Parameters<typeof notify>[1]['kind'],
  type: string,
  participant?: Participant,
  details?: Record<string, string>,
) => defined({ kind, type, participant, details });
