import * as v from 'valibot';
import { route } from '../../accounts/api/route.ts';
import type { RecorderRefusal } from '../../contracts/call.ts';
import { wholeNumber } from '../../http/fields.ts';
import { toPage } from '../../http/paging.ts';
import { reply } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import type { Result } from '../../lib/result.ts';
import { recordingErrors } from '../../recordings/api/errors.ts';
import { recorderStateFor, viewRecordingById } from '../../recordings/api/lookup.ts';
import { recordingFields, recordingOptions } from '../../recordings/api/options.ts';
import { filterOf, listPage } from '../../recordings/api/recordings.ts';
import { ChangeRecording, ListRecordingsOfCall, RecordingList, RecordingView } from '../../recordings/api/schemas.ts';
import { checkUrls } from '../../webhooks/check-urls.ts';
import { callErrors } from './errors.ts';
import { callStub, findForgotten, viewCallById } from './lookup.ts';
import { CallId, RecordingChannels } from './schemas.ts';

const Starting = v.pipe(
  v.object({
    recording_channels: v.optional(RecordingChannels),
    ...recordingFields('the recording'),
    max_length: v.optional(wholeNumber(1, 86_400, 'Ends after so many seconds')),
  }),
  v.title('NewRecording'),
);

function granted<Value>(outcome: Result<Value, RecorderRefusal>): Value {
  if (!outcome.ok) throw callErrors[outcome.refusal]();
  return outcome.value;
}

export const startRecording = route({
  method: 'POST',
  path: '/v1/voice/calls/:call_id/recordings',
  operationId: 'startCallRecording',
  summary: 'Record a call that is in progress, if everyone on the line has agreed',
  tag: 'Recordings',
  params: v.object({ call_id: CallId }),
  body: Starting,
  replies: { 201: RecordingView },
  errors: [
    'call_not_found',
    'call_expired',
    'call_not_in_progress',
    'call_recorded_already',
    'call_in_conference',
    'recording_consent_required',
  ],
  async handle({ params, body, caller, env }) {
    checkUrls(body, ['recording_status_callback'], env);
    const order = {
      source: 'start-api' as const,
      channels: body.recording_channels === 'dual' ? (2 as const) : (1 as const),
      ...defined({ maxSeconds: body.max_length }),
      ...recordingOptions(body),
    };
    const opened = await callStub(params.call_id, env).record(caller, order);
    if (!opened.ok && opened.refusal === 'call_not_found') {
      await findForgotten(params.call_id, caller, env);
      throw callErrors.call_expired();
    }
    const id = granted(opened);
    return reply(201, await viewRecordingById(id, caller, env));
  },
});

export const changeRecording = route({
  method: 'PATCH',
  path: '/v1/voice/calls/:call_id/recordings/:recording_id',
  operationId: 'changeCallRecording',
  summary: 'Pause, resume or stop a recording that runs',
  tag: 'Recordings',
  params: v.object({
    call_id: CallId,
    recording_id: v.pipe(v.string(), v.description('Unique recording identifier')),
  }),
  body: ChangeRecording,
  replies: { 200: RecordingView },
  errors: ['call_not_found', 'recording_not_found', 'recording_not_open'],
  async handle({ params, body, caller, env }) {
    const call = callStub(params.call_id, env);
    const { call_id } = await viewRecordingById(params.recording_id, caller, env);
    if (call_id !== params.call_id) throw recordingErrors.recording_not_found();
    granted(await call.changeRecorder(caller, params.recording_id, recorderStateFor(body)));
    return reply(200, await viewRecordingById(params.recording_id, caller, env));
  },
});

export const listRecordingsOfCall = route({
  method: 'GET',
  path: '/v1/voice/calls/:call_id/recordings',
  operationId: 'listCallRecordings',
  summary: 'The recordings of a call',
  tag: 'Recordings',
  params: v.object({ call_id: CallId }),
  query: ListRecordingsOfCall,
  replies: { 200: RecordingList },
  errors: ['call_not_found'],
  async handle({ params: { call_id: callId }, query, caller, env }) {
    await viewCallById(callId, caller, env);
    return reply(200, await listPage(env.DB, { scope: caller, callId, ...filterOf(query) }, toPage(query)));
  },
});
