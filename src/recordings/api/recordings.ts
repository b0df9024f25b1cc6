import type * as v from 'valibot';
import { route } from '../../accounts/api/route.ts';
import { type Page, pageOf, toPage } from '../../http/paging.ts';
import { reply } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { parseTimestamp } from '../../lib/timestamp.ts';
import { countRecordings, listRecordings, type RecordingFilter } from '../store/queries.ts';
import { granted, RecordingPath, recordingStub, viewRecordingById } from './lookup.ts';
import { ListRecordings, type ListRecordingsOfCall, RecordingList, RecordingView } from './schemas.ts';
import { viewRecording } from './view.ts';

export const listAllRecordings = route({
  method: 'GET',
  path: '/v1/voice/recordings',
  operationId: 'listRecordings',
  summary: 'List Recordings',
  tag: 'Recordings',
  query: ListRecordings,
  replies: { 200: RecordingList },
  async handle({ query, caller, env }) {
    const { call_id: callId, conference_id: conferenceId } = query;
    const of = defined({ callId, conferenceId });
    return reply(200, await listPage(env.DB, { scope: caller, ...of, ...filterOf(query) }, toPage(query)));
  },
});

export const getRecording = route({
  method: 'GET',
  path: '/v1/voice/recordings/:recording_id',
  operationId: 'getRecording',
  summary: 'Get Recording',
  tag: 'Recordings',
  params: RecordingPath,
  replies: { 200: RecordingView },
  errors: ['recording_not_found'],
  async handle({ params, caller, env }) {
    return reply(200, await viewRecordingById(params.recording_id, caller, env));
  },
});

export const deleteRecording = route({
  method: 'DELETE',
  path: '/v1/voice/recordings/:recording_id',
  operationId: 'deleteRecording',
  summary: 'Delete the audio of a recording',
  tag: 'Recordings',
  params: RecordingPath,
  replies: { 204: undefined },
  errors: ['recording_not_found', 'recording_in_progress'],
  async handle({ params, caller, env }) {
    granted(await recordingStub(params.recording_id, env).remove(caller));
    return reply(204);
  },
});

export function filterOf(query: v.InferOutput<typeof ListRecordingsOfCall>): Omit<RecordingFilter, 'scope'> {
  const { status, created_after: after, created_before: before } = query;
  return defined({ status, after: parseTimestamp(after), before: parseTimestamp(before) });
}

export async function listPage(
  db: D1Database,
  filter: RecordingFilter,
  page: Page,
): Promise<v.InferOutput<typeof RecordingList>> {
  const [found, total] = await Promise.all([listRecordings(db, filter, page), countRecordings(db, filter)]);
  const { items, paging } = pageOf(found, page);
  return { recordings: items.map((it) => viewRecording(it)), total, ...paging };
}
