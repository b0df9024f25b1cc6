import { defineErrors } from '../../http/errors.ts';

export const recordingErrors = defineErrors({
  recording_not_found: { status: 404, message: 'No recording with this id belongs to this account and kind of key.' },
  recording_in_progress: { status: 409, message: 'The recording is still running: stop it first.' },
  recording_not_ready: {
    status: 409,
    message: 'There is no audio yet, or none came: wait for recording.completed, or read why it failed.',
  },
  recording_gone: { status: 410, message: 'The audio was deleted, or its retention is over.' },
  range_not_satisfiable: {
    status: 416,
    message: 'The file is shorter than the range begins; Content-Range has its length.',
  },
});

/** What a gateway is answered that brings audio. */
export const uploadErrors = defineErrors({
  upload_unauthorized: { status: 401, message: 'Send the id and the token of a gateway by HTTP Basic.' },
  upload_unknown: { status: 404, message: 'No recording with this id has begun.' },
  upload_closed: { status: 410, message: 'This recording takes no audio any more: delete the files.' },
  upload_cut: { status: 400, message: 'The body ended before its Content-Length: nothing was stored, send it again.' },
  upload_length_required: { status: 411, message: 'Send a Content-Length that is a whole number of at least 1.' },
  upload_too_large: { status: 413, message: 'A piece has at most 100 MB: cut the file into more of them.' },
  upload_damaged: {
    status: 422,
    message: 'The body does not have the checksum of x-content-sha256: nothing was stored, send it again.',
  },
  upload_not_audio: {
    status: 422,
    message: 'A recording is a WAV file of 16 bits at 8,000 hertz, or an MP3 file: nothing was stored.',
  },
  upload_invalid: {
    status: 422,
    message: 'Send x-content-sha256 as 64 hex digits, and part and parts as whole numbers from 1 to 64.',
  },
});
