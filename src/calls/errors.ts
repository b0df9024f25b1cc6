import { defineErrors } from '../http/errors.ts';

export const callErrors = defineErrors({
  call_not_found: { status: 404, message: 'No call with this id belongs to this account and kind of key.' },
  call_expired: {
    status: 410,
    message: 'The retention of this call is over: nothing is left that could be put on hold.',
  },
  from_not_owned: {
    status: 422,
    message: 'from must be a number of your account: a caller ID is only ever your own.',
  },
  emergency_refused: {
    status: 422,
    message:
      'Emergency and short numbers are called with a live key only, and only those that the operator has mapped to a trunk.',
  },
  to_not_owned: {
    status: 422,
    message: 'to must be a number of your account: inbound calls come to your own numbers.',
  },
  number_not_configured: {
    status: 422,
    message: 'This number has no voice_url: set one, so that a call can be answered.',
  },
  recording_consent_required: {
    status: 422,
    message:
      'Recording needs the consent of every party on the line, and consent cannot be given yet: leave record out.',
  },
  simulate_needs_test_key: {
    status: 422,
    message: 'simulate works with a test key (tf_test_…); calls with a live key go to the real network.',
  },
});
export type CallRefusal = 'call_not_found';
