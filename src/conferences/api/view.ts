import { defined } from '../../lib/defined.ts';
import { timestamp } from '../../lib/timestamp.ts';
import { type ConferenceFacts, isPresent, type Participant } from '../conference.ts';
import type { ConferenceView, ParticipantView } from './schemas.ts';

/** A conference as its customer sees it. What is not known yet is left out: the contract has no nullable field. */
export const viewConference = (conference: ConferenceFacts): ConferenceView =>
  defined({
    id: conference.id,
    friendly_name: conference.friendlyName,
    status: conference.status,
    participant_count: conference.participantCount,
    max_participants: conference.maxParticipants,
    date_created: timestamp(conference.createdAt),
    start_time: timestamp(conference.startedAt),
    end_time: timestamp(conference.endedAt),
    end_reason: conference.endReason,
    expires_at: timestamp(conference.expiresAt),
  });

/** A conference that its object has forgotten, as the database remembers it: also where that is still to drop its name. */
export function viewForgotten({ friendlyName: _gone, ...conference }: ConferenceFacts): ConferenceView {
  return viewConference(conference);
}

export const viewParticipant = (participant: Participant): ParticipantView =>
  defined({
    call_id: participant.call,
    label: participant.label,
    status: statusOf(participant),
    muted: participant.muted,
    hold: participant.hold,
    coaching: participant.coaches,
    start_conference_on_enter: participant.startOnEnter,
    end_conference_on_exit: participant.endOnExit,
    recording_consent: consentOf(participant),
    join_time: timestamp(participant.joinedAt),
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
