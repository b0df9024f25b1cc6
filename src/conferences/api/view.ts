import { type ConferenceFacts, isPresent, type Participant } from '../conference.ts';
import type { ConferenceView, ParticipantView } from './schemas.ts';

const timestamp = (at: number): string => new Date(at).toISOString();

/** A room as its customer sees it. What is not known yet is left out: the contract has no nullable field. */
export const viewConference = (room: ConferenceFacts): ConferenceView => ({
  id: room.id,
  ...(room.friendlyName !== undefined && { friendly_name: room.friendlyName }),
  status: room.status,
  participant_count: room.participantCount,
  max_participants: room.maxParticipants,
  date_created: timestamp(room.createdAt),
  ...(room.startedAt !== undefined && { start_time: timestamp(room.startedAt) }),
  ...(room.endedAt !== undefined && { end_time: timestamp(room.endedAt) }),
  ...(room.endReason !== undefined && { end_reason: room.endReason }),
  ...(room.expiresAt !== undefined && { expires_at: timestamp(room.expiresAt) }),
});

/** A room that its object has forgotten, as the database remembers it: also where that is still to drop its name. */
export function viewForgotten({ friendlyName: _gone, ...room }: ConferenceFacts): ConferenceView {
  return viewConference(room);
}

export const viewParticipant = (participant: Participant): ParticipantView => ({
  call_id: participant.call,
  ...(participant.label !== undefined && { label: participant.label }),
  status: statusOf(participant),
  muted: participant.muted,
  hold: participant.hold,
  ...(participant.coaches !== undefined && { coaching: participant.coaches }),
  start_conference_on_enter: participant.startOnEnter,
  end_conference_on_exit: participant.endOnExit,
  ...(consentOf(participant) && { recording_consent: consentOf(participant) }),
  ...(participant.joinedAt !== undefined && { join_time: timestamp(participant.joinedAt) }),
});

/** TwiML's words for the way into a room. */
function statusOf(participant: Participant): ParticipantView['status'] {
  if (isPresent(participant)) return 'connected';
  if (participant.callStatus === 'queued') return 'queued';
  return participant.callStatus === 'ringing' ? 'ringing' : 'connecting';
}

/** Of a recorded room: whether it waits for this one. */
const consentOf = ({ asking, stance }: Participant): ParticipantView['recording_consent'] =>
  asking ? 'asked' : stance?.consent === 'none' ? undefined : stance?.consent;
