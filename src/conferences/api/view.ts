import { type ConferenceFacts, isPresent, type Participant } from '../conference.ts';
import type { ConferenceView, ParticipantView } from './schemas.ts';

const timestamp = (at: number): string => new Date(at).toISOString();

/** A conference as its customer sees it. What is not known yet is left out: the contract has no nullable field. */
export const viewConference = (conference: ConferenceFacts): ConferenceView => ({
  id: conference.id,
  ...(conference.friendlyName !== undefined && { friendly_name: conference.friendlyName }),
  status: conference.status,
  participant_count: conference.participantCount,
  max_participants: conference.maxParticipants,
  date_created: timestamp(conference.createdAt),
  ...(conference.startedAt !== undefined && { start_time: timestamp(conference.startedAt) }),
  ...(conference.endedAt !== undefined && { end_time: timestamp(conference.endedAt) }),
  ...(conference.endReason !== undefined && { end_reason: conference.endReason }),
  ...(conference.expiresAt !== undefined && { expires_at: timestamp(conference.expiresAt) }),
});

/** A conference that its object has forgotten, as the database remembers it: also where that is still to drop its name. */
export function viewForgotten({ friendlyName: _gone, ...conference }: ConferenceFacts): ConferenceView {
  return viewConference(conference);
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

/** TwiML's words for the way into a conference. */
function statusOf(participant: Participant): ParticipantView['status'] {
  if (isPresent(participant)) return 'connected';
  if (participant.callStatus === 'queued') return 'queued';
  return participant.callStatus === 'ringing' ? 'ringing' : 'connecting';
}

/** Of a recorded conference: whether it waits for this one. */
const consentOf = ({ asking, partyConsent }: Participant): ParticipantView['recording_consent'] =>
  asking ? 'asked' : partyConsent?.consent === 'none' ? undefined : partyConsent?.consent;
