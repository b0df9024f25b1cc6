import type { Instruction, Prompt } from '../contracts/carrier.ts';
import type { ConferenceMessage, ParticipantEvent, Placement, RemovalReason } from '../contracts/conference.ts';
import type { ConferenceEventKind } from '../contracts/orders.ts';
import type { RecorderState, RecordingMessage } from '../contracts/recording.ts';
import { defined } from '../lib/defined.ts';
import type { OmitFromEach } from '../lib/omit-from-each.ts';
import { keptUntil } from '../retention/retention.ts';
import {
  bridgeOf,
  type Conference,
  type ConferenceEnd,
  isPresent,
  type Participant,
  present,
  type Sound,
} from './conference.ts';
import { mustWait } from './recording/consent.ts';

export const TIMER_NAMES = ['idle', 'check', 'arrival', 'sound', 'consent'] as const;
export type TimerName = (typeof TIMER_NAMES)[number];

/** Facts, and requests that the object has checked. */
export type ConferenceEvent =
  | { type: 'conference.opened'; idleMs: number }
  | ParticipantEvent
  | { type: 'sound.ended'; playback: string }
  | { type: 'recorder.paused'; recording: string }
  | { type: 'recorder.failed'; recording: string; reason: string }
  | { type: 'consent.withdrawn'; consent: string }
  | { type: `timer.${TimerName}` }
  | { type: 'user.expect'; participant: Participant }
  | { type: 'user.change'; call: string; change: ParticipantChange }
  | { type: 'user.announce'; announcement: string; prompts: Prompt[]; call?: string }
  | { type: 'user.kick'; call: string }
  | { type: 'user.recorder'; recording: string; is: RecorderState }
  | { type: 'user.end' };

/** What the API can change of a participant. `coaches: null` ends the coaching. */
export type ParticipantChange = Partial<
  Pick<Participant, 'muted' | 'hold' | 'holdUrl' | 'holdMethod' | 'beep' | 'endOnExit'>
> & {
  coaches?: string | null;
};

/** What the conference's status callback is told. */
export interface ConferenceNotice {
  kind: ConferenceEventKind;
  type: string;
  participant?: Participant;
  details?: Record<string, string>;
}

export type ConferenceEffect =
  | { do: 'send'; call: string; message: ConferenceMessage }
  | { do: 'command'; bridge: string; instruction: Instruction }
  | { do: 'tell-recording'; message: RecordingMessage }
  /** The conference as it was then: a step may tell more than one thing. */
  | { do: 'notify'; conference: Conference; notice: ConferenceNotice }
  | { do: 'timer.set'; name: TimerName; at: number }
  | { do: 'timer.clear'; name: TimerName };

export interface ConferenceTransition {
  conference: Conference;
  effects: ConferenceEffect[];
}

export const unchanged = (conference: Conference): ConferenceTransition => ({ conference, effects: [] });

export const andThen = (
  first: ConferenceTransition,
  then: (conference: Conference) => ConferenceTransition,
): ConferenceTransition => {
  const second = then(first.conference);
  return { conference: second.conference, effects: [...first.effects, ...second.effects] };
};

export const notify = (conference: Conference, notice: ConferenceNotice): ConferenceTransition => ({
  conference,
  effects: [{ do: 'notify', conference, notice }],
});

export function changeParticipant(
  conference: Conference,
  call: string,
  changed: (participant: Participant) => Participant,
): Conference {
  return { ...conference, participants: conference.participants.map((it) => (it.call === call ? changed(it) : it)) };
}

/** Every message has its number, so that a call recognises what is old. */
export function send(
  conference: Conference,
  { call, stay }: Participant,
  message: OmitFromEach<ConferenceMessage, 'conference' | 'stay' | 'n'>,
): ConferenceTransition {
  const messages = conference.messages + 1;
  const numbered = { ...message, conference: conference.id, stay, n: messages } as ConferenceMessage;
  return { conference: { ...conference, messages }, effects: [{ do: 'send', call, message: numbered }] };
}

export const remove = (conference: Conference, participant: Participant, reason: RemovalReason): ConferenceTransition =>
  send(conference, participant, { type: 'conference.remove', reason });

/** Tells everyone where to be whose place has changed. */
export function settlePlacements(conference: Conference): ConferenceTransition {
  const wanted = withBridge(conference);
  const placed = present(wanted).reduce((step, { call }) => andThen(step, (it) => place(it, call)), unchanged(wanted));
  return andThen(placed, stopSounds);
}

/** Who can hear the others, as far as they were told. */
export const inBridge = (conference: Conference): Participant[] =>
  present(conference).filter(({ placement }) => placement?.is === 'joined');

/** With the bridge goes what was played on it, or was to be. */
function stopSounds(conference: Conference): ConferenceTransition {
  const { sound: on, ...rest } = conference;
  const cut = on ? [on, ...conference.sounds] : conference.sounds;
  if (cut.length === 0 || inBridge(conference).length > 0) return unchanged(conference);
  const silent: ConferenceTransition = {
    conference: { ...rest, sounds: [] },
    effects: [{ do: 'timer.clear', name: 'sound' }],
  };
  return cut.reduce((step, it) => andThen(step, (now) => tellEnd(now, it)), silent);
}

/** Of an announcement the end is told, whatever it was. */
const tellEnd = (conference: Conference, { announcement }: Sound): ConferenceTransition =>
  announcement === undefined
    ? unchanged(conference)
    : notify(conference, { kind: 'announcement', type: 'announcement.ended', details: { announcement } });

/** A bridge that nobody is in has gone, and a new one gets a new name. */
function withBridge(conference: Conference): Conference {
  const isNeeded = present(conference).some((it) => placementOf(conference, it).is === 'joined');
  if (inBridge(conference).length > 0 || !isNeeded) return conference;
  const home = present(conference).find((it) => !it.hold)?.gateway;
  const { home: _old, ...rest } = conference;
  return { ...rest, generation: conference.generation + 1, ...defined({ home }) };
}

function place(conference: Conference, call: string): ConferenceTransition {
  const participant = conference.participants.find((it) => it.call === call);
  if (!participant) return unchanged(conference);
  const wanted = placementOf(conference, participant);
  const isNew = wanted.is === 'joined' && participant.placement?.is !== 'joined';
  const placement: Placement = isNew && mustWait(conference) ? { is: 'waiting' } : wanted;
  if (JSON.stringify(placement) === JSON.stringify(participant.placement)) return unchanged(conference);
  const moved = changeParticipant(conference, call, (it) => ({ ...it, placement }));
  return send(moved, participant, { type: 'conference.place', placement });
}

/** Where a participant belongs. */
export function placementOf(
  conference: Conference,
  { muted, hold, holdUrl, holdMethod, coaches }: Participant,
): Placement {
  if (conference.startedAt === undefined) return { is: 'waiting' };
  if (hold) return { is: 'held', ...defined({ url: holdUrl, method: holdMethod }) };
  const bridge = defined({ id: bridgeOf(conference), home: conference.home });
  const talking = conference.statusCallback !== undefined && (conference.statusEvents?.includes('speaker') ?? true);
  return { is: 'joined', bridge, muted, ...defined({ coaches }), talking };
}

/** Sounds come one after the other: on a bridge, a new one would end the one that is on. */
const SOUND_MS = 300_000;

/** All in the bridge hear it; without a bridge nobody can. A tone does not wait for its turn. */
export function playSound(conference: Conference, it: Sound, now: number): ConferenceTransition {
  if (inBridge(conference).length === 0) return tellEnd(conference, it);
  if (conference.sound && it.announcement === undefined) return unchanged(conference);
  if (conference.sound) return unchanged({ ...conference, sounds: [...conference.sounds, it] });
  const playbacks = conference.playbacks + 1;
  const playback = `${bridgeOf(conference)}-${playbacks}`;
  const instruction: Instruction = { do: 'play', playback, prompts: it.prompts };
  return {
    conference: { ...conference, playbacks, sound: { ...it, playback } },
    effects: [
      { do: 'command', bridge: bridgeOf(conference), instruction },
      // An end that was lost must not silence the conference for ever.
      { do: 'timer.set', name: 'sound', at: now + SOUND_MS },
    ],
  };
}

/** What was on has ended, or its end was lost. */
export function nextSound(conference: Conference, now: number): ConferenceTransition {
  const { sound: heard, ...rest } = conference;
  if (!heard) return unchanged(conference);
  const [next, ...sounds] = conference.sounds;
  const over: ConferenceTransition = {
    conference: { ...rest, sounds },
    effects: [{ do: 'timer.clear', name: 'sound' }],
  };
  const silent = andThen(over, (it) => tellEnd(it, heard));
  return next ? andThen(silent, (it) => playSound(it, next, now)) : silent;
}

/** The conference is over: whoever is in it goes on with their flow, and whoever is being called will find it closed. */
export function end(
  conference: Conference,
  reason: ConferenceEnd,
  now: number,
  by?: Participant,
): ConferenceTransition {
  const calledOff = conference.participants.filter((it) => !isPresent(it));
  const out = present(conference).reduce(
    (step, participant) =>
      andThen(
        andThen(step, (it) => remove(it, participant, 'conference_ended')),
        (it) => withoutParticipant(it, participant, { reason: 'conference-ended' }),
      ),
    // Phones that still ring for it need not ring any longer.
    calledOff.reduce((step, it) => andThen(step, (now) => remove(now, it, 'conference_ended')), unchanged(conference)),
  );
  const silent = andThen(out, stopSounds);
  const { kept } = conference;
  const expiresAt = keptUntil('call', now, kept === undefined ? {} : { call: kept });
  const over: Conference = {
    ...silent.conference,
    participants: [],
    status: 'completed',
    endedAt: now,
    endReason: reason,
    expiresAt,
  };
  const who: Record<string, string> = by ? { ended_by: by.call, ...defined({ ended_by_label: by.label }) } : {};
  const told = notify(over, { kind: 'end', type: 'conference.ended', details: { reason, ...who } });
  const clear = TIMER_NAMES.map((name): ConferenceEffect => ({ do: 'timer.clear', name }));
  return { conference: told.conference, effects: [...silent.effects, ...clear, ...told.effects] };
}

/** It is not in the conference any more. Who coached it only listens from now on. */
export function withoutParticipant(
  conference: Conference,
  participant: Participant,
  details: Record<string, string>,
): ConferenceTransition {
  const { call, stay } = participant;
  const others = conference.participants.filter((it) => it.call !== call).map((it) => withoutCoached(it, call));
  const without = { ...(stay > 0 ? rememberLeft(conference, call, stay) : conference), participants: others };
  return isPresent(participant)
    ? notify(without, { kind: 'leave', type: 'participant.left', participant, details })
    : unchanged(without);
}

/** What comes later of this stay does not matter. */
export const rememberLeft = (conference: Conference, call: string, stay: number): Conference => ({
  ...conference,
  left: remember(conference.left, call, stay),
});

/** Of how many calls a conference remembers that it is done with them: a repeat comes soon, and its row must stay small. */
const REMEMBERED = 250;

/** Keeps the last stay of each call, of the latest calls. */
export function remember(stays: Record<string, number>, call: string, stay: number): Record<string, number> {
  const { [call]: _before, ...others } = stays;
  const kept = Object.entries(others).slice(1 - REMEMBERED);
  return Object.fromEntries([...kept, [call, stay]]);
}

function withoutCoached(participant: Participant, call: string): Participant {
  if (participant.coaches !== call) return participant;
  const { coaches: _gone, ...rest } = participant;
  return { ...rest, muted: true };
}
