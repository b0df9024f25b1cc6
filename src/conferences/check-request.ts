import { done, type Result, refused } from '../lib/result.ts';
import { type Conference, findParticipant, hasRoomFor, isPresent, MAX_ANNOUNCEMENTS } from './conference.ts';
import { type ConferenceEvent, inBridge } from './effects.ts';

/** Why a conference does not do what the API asks. */
export type ConferenceRefusal =
  | 'conference_not_found'
  | 'participant_not_found'
  | 'participant_not_connected'
  | 'conference_ended'
  | 'conference_not_started'
  | 'everyone_on_hold'
  | 'announcements_full'
  | 'conference_overloaded'
  | 'conference_full'
  | 'label_taken'
  | 'room_recording_not_open'
  | 'coach_absent';

/** Whether the conference can do what the API asks: the event with call ids in it, or why not. */
export function checkRequest(
  conference: Conference,
  event: ConferenceEvent,
  who?: string,
): Result<ConferenceEvent, ConferenceRefusal> {
  if (conference.status === 'completed') return event.type === 'user.end' ? done(event) : refused('conference_ended');
  if (event.type === 'user.expect') return expect(conference, event);
  if (event.type === 'user.recorder') {
    return conference.recorder?.id === event.recording ? done(event) : refused('room_recording_not_open');
  }
  if (who === undefined) return event.type === 'user.announce' ? announceToAll(conference, event) : done(event);
  const participant = findParticipant(conference, who);
  if (!participant) return refused('participant_not_found');
  const { call } = participant;
  if (event.type === 'user.change') return changeOf(conference, { ...event, call });
  // Someone whose phone still rings cannot hear, and is hung up as a call.
  if (!isPresent(participant)) return refused('participant_not_connected');
  const { announcements = [] } = participant;
  if (event.type === 'user.announce' && announcements.length >= MAX_ANNOUNCEMENTS) return refused('announcements_full');
  if (event.type === 'user.announce' || event.type === 'user.kick') return done({ ...event, call });
  return done(event);
}

function expect(
  conference: Conference,
  event: Extract<ConferenceEvent, { type: 'user.expect' }>,
): Result<ConferenceEvent, ConferenceRefusal> {
  const { label, coaches } = event.participant;
  if (conference.participants.length >= conference.maxParticipants) return refused('conference_full');
  if (label !== undefined && conference.participants.some((it) => it.label === label)) return refused('label_taken');
  if (coaches === undefined) return done(event);
  const coached = findParticipant(conference, coaches);
  return coached
    ? done({ ...event, participant: { ...event.participant, coaches: coached.call } })
    : refused('coach_absent');
}

function changeOf(
  conference: Conference,
  event: Extract<ConferenceEvent, { type: 'user.change' }>,
): Result<ConferenceEvent, ConferenceRefusal> {
  const { coaches } = event.change;
  if (coaches === undefined || coaches === null) return done(event);
  const coached = findParticipant(conference, coaches);
  if (!coached || !isPresent(coached) || coached.call === event.call) return refused('coach_absent');
  return done({ ...event, change: { ...event.change, coaches: coached.call } });
}

/** Without two, and while all are on hold, there is no bridge on which it could be heard. */
function announceToAll(
  conference: Conference,
  event: Extract<ConferenceEvent, { type: 'user.announce' }>,
): Result<ConferenceEvent, ConferenceRefusal> {
  if (conference.startedAt === undefined) return refused('conference_not_started');
  if (inBridge(conference).length === 0) return refused('everyone_on_hold');
  return hasRoomFor(conference, event.prompts) ? done(event) : refused('announcements_full');
}

/** A row may hold two million bytes, and what ends a conference must find room in it, too. */
const MAX_BYTES = 1_200_000;

/** Whether a request must be refused because the conference's row, of so many bytes, has no room for more. */
export const isTooMuch = (event: ConferenceEvent, bytes: number): boolean =>
  bytes > MAX_BYTES && event.type !== 'user.end' && event.type !== 'user.kick';
