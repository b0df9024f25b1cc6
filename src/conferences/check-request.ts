import { done, type Outcome, refused } from '../lib/result.ts';
import type { ConferenceRefusal } from './api/errors.ts';
import { findParticipant, isPresent, type Room } from './conference.ts';
import { inBridge, type RoomEvent } from './effects.ts';

/** Whether the room can do what the API asks: the event with call ids in it, or why not. */
export function refusalOf(room: Room, event: RoomEvent, who?: string): Outcome<RoomEvent, ConferenceRefusal> {
  if (room.status === 'completed') return event.type === 'user.end' ? done(event) : refused('conference_ended');
  if (event.type === 'user.expect') return expect(room, event);
  if (event.type === 'user.recorder') {
    return room.recorder?.id === event.recording ? done(event) : refused('room_recording_not_open');
  }
  if (who === undefined) return event.type === 'user.announce' ? announceToAll(room, event) : done(event);
  const participant = findParticipant(room, who);
  if (!participant) return refused('participant_not_found');
  const { call } = participant;
  if (event.type === 'user.change') return changeOf(room, { ...event, call });
  // Someone whose phone still rings cannot hear, and is hung up as a call.
  if (!isPresent(participant)) return refused('participant_not_connected');
  if (event.type === 'user.announce' || event.type === 'user.kick') return done({ ...event, call });
  return done(event);
}

function expect(room: Room, event: Extract<RoomEvent, { type: 'user.expect' }>): Outcome<RoomEvent, ConferenceRefusal> {
  const { label, coaches } = event.participant;
  if (room.participants.length >= room.maxParticipants) return refused('conference_full');
  if (label !== undefined && room.participants.some((it) => it.label === label)) return refused('label_taken');
  if (coaches === undefined) return done(event);
  const coached = findParticipant(room, coaches);
  return coached
    ? done({ ...event, participant: { ...event.participant, coaches: coached.call } })
    : refused('coach_absent');
}

function changeOf(
  room: Room,
  event: Extract<RoomEvent, { type: 'user.change' }>,
): Outcome<RoomEvent, ConferenceRefusal> {
  const { coaches } = event.change;
  if (coaches === undefined || coaches === null) return done(event);
  const coached = findParticipant(room, coaches);
  if (!coached || !isPresent(coached) || coached.call === event.call) return refused('coach_absent');
  return done({ ...event, change: { ...event.change, coaches: coached.call } });
}

/** Without two, and while all are on hold, there is no bridge on which it could be heard. */
function announceToAll(
  room: Room,
  event: Extract<RoomEvent, { type: 'user.announce' }>,
): Outcome<RoomEvent, ConferenceRefusal> {
  if (room.startedAt === undefined) return refused('conference_not_started');
  return inBridge(room).length === 0 ? refused('everyone_on_hold') : done(event);
}
