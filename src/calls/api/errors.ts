import { defineErrors } from '../../http/errors.ts';

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
  consent_ref_invalid: {
    status: 422,
    message: 'consent_ref must be a consent on file, not withdrawn and not expired, of the number that is called.',
  },
  call_not_in_progress: { status: 409, message: 'Only a call that is in progress can be recorded.' },
  call_recorded_already: { status: 409, message: 'The call is being recorded already: stop that recording first.' },
  recording_consent_required: {
    status: 409,
    message:
      'Not everyone on the line has agreed to be recorded: put their consent on file, or ask them with the verb consent or recording.',
  },
  call_in_conference: { status: 409, message: 'The call is in a conference: record the conference instead.' },
  recording_not_open: { status: 409, message: 'This recording has ended: it can no longer be paused or stopped.' },
  simulate_needs_test_key: {
    status: 422,
    message: 'simulate works with a test key (tf_test_…); calls with a live key go to the real network.',
  },
});
