import * as v from 'valibot';
import { route } from '../../accounts/api/route.ts';
import { reply } from '../../http/route.ts';
import { recordingErrors } from '../../recordings/api/errors.ts';
import { RecordingPath, recorderStateFor, viewRecordingById } from '../../recordings/api/lookup.ts';
import { ChangeRecording, RecordingView } from '../../recordings/api/schemas.ts';
import { ConferencePath, conferenceStub, granted } from './lookup.ts';

export const changeConferenceRecording = route({
  method: 'PATCH',
  path: '/v1/voice/conferences/:conference_id/recordings/:recording_id',
  operationId: 'changeConferenceRecording',
  summary: 'Pause, resume or stop the recording of a conference',
  tag: 'Recordings',
  params: v.object({ ...ConferencePath.entries, ...RecordingPath.entries }),
  body: ChangeRecording,
  replies: { 200: RecordingView },
  errors: ['conference_not_found', 'conference_ended', 'recording_not_found', 'room_recording_not_open'],
  async handle({ params, body, caller, env }) {
    const conference = conferenceStub(params.conference_id, env);
    const { recording_id: recording } = params;
    const { conference_id } = await viewRecordingById(recording, caller, env);
    if (conference_id !== params.conference_id) throw recordingErrors.recording_not_found();
    granted(await conference.request(caller, { type: 'user.recorder', recording, is: recorderStateFor(body) }));
    return reply(200, await viewRecordingById(recording, caller, env));
  },
});
