import { defineErrors, type ErrorKind } from '../../http/errors.ts';
import type { ConferenceRefusal } from '../check-request.ts';

export const conferenceErrors = defineErrors<Record<ConferenceRefusal, ErrorKind>>({
  conference_not_found: { status: 404, message: 'No conference with this id belongs to this account and kind of key.' },
  participant_not_found: { status: 404, message: 'Nobody with this call id or label is in the conference.' },
  participant_not_connected: {
    status: 409,
    message: 'This participant is still being called: wait until it is connected, or hang up its call.',
  },
  conference_ended: { status: 409, message: 'The conference is over and can no longer be changed.' },
  conference_not_started: {
    status: 409,
    message: 'The conference has not begun: it takes two participants, one of whom starts it.',
  },
  everyone_on_hold: { status: 409, message: 'Everyone in the conference is on hold: nobody would hear it.' },
  announcements_full: {
    status: 409,
    message:
      'Too many announcements wait to be heard: 20, or 32 KB of text. Wait for announcement.ended of one of them.',
  },
  conference_overloaded: {
    status: 409,
    message: 'Too much waits for calls, or for your server, that cannot be reached: nothing was done, try again later.',
  },
  conference_full: { status: 409, message: 'The conference has as many participants as it may have.' },
  label_taken: { status: 409, message: 'Another participant of the conference has this label.' },
  room_recording_not_open: {
    status: 409,
    message: 'This recording of the conference has ended: it can no longer be paused or stopped.',
  },
  coach_absent: {
    status: 422,
    message: 'coaching must be the call id or label of another participant who is connected.',
  },
});
