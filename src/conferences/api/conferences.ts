import { route } from '../../accounts/api/route.ts';
import { noticeProblemAnywhere } from '../../consents/notice-check.ts';
import { claimName } from '../../contracts/conference-directory.ts';
import { conferenceObject } from '../../contracts/objects.ts';
import { httpErrors } from '../../http/errors.ts';
import { pageOf, toPage } from '../../http/paging.ts';
import { reply } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { newId } from '../../lib/ids.ts';
import { recordingOptions } from '../../recordings/api/options.ts';
import { findSettings } from '../../retention/store/settings.ts';
import { textWarnings } from '../../speech/ssml.ts';
import { checkUrls } from '../../webhooks/check-urls.ts';
import type { ConferenceMethods } from '../rpc.ts';
import { countConferences, listConferences } from '../store/queries.ts';
import { announcementOf, ConferencePath, conferenceStub, requestChange, viewForgottenConference } from './lookup.ts';
import {
  ChangeConference,
  ChangedConference,
  ConferenceList,
  ConferenceView,
  CreateConference,
  ListConferences,
} from './schemas.ts';
import { viewConference } from './view.ts';

export const createConference = route({
  method: 'POST',
  path: '/v1/voice/conferences',
  operationId: 'createConference',
  summary: 'Create Conference',
  tag: 'Conferences',
  body: CreateConference,
  bodyOptional: true,
  replies: { 201: ConferenceView },
  async handle({ body, caller, env, warn }) {
    checkUrls(body, ['status_callback', 'recording_status_callback'], env);
    textWarnings({ recording_notice: body.recording_notice }).forEach(warn);
    const { friendly_name: name, max_participants: maxParticipants, status_callback: statusCallback } = body;
    const { accountId, mode, webhookSecrets: secrets } = caller;
    const id = newId('CF', Date.now());
    const { retention, noticeWords } = await findSettings(env.DB, accountId);
    const wrong = body.recording_notice && noticeProblemAnywhere(body.recording_notice, { asksWith: '1' }, noticeWords);
    if (wrong) throw httpErrors.invalid_request([{ field: 'recording_notice', message: wrong }]);
    const opened = await conferenceObject<ConferenceMethods>(env, id).open({
      id,
      accountId,
      mode,
      secrets,
      maxParticipants,
      keep: retention.recording,
      kept: retention.call,
      ...(body.record && { record: { source: 'conference', channels: 1, ...recordingOptions(body) } }),
      ...defined({
        friendlyName: name,
        statusCallback,
        statusEvents: body.status_callback_events,
        notice: body.recording_notice,
      }),
    });
    if (name !== undefined) await claimName(name, id, caller, env);
    return reply(201, viewConference(opened));
  },
});

export const listAllConferences = route({
  method: 'GET',
  path: '/v1/voice/conferences',
  operationId: 'listConferences',
  summary: 'List Conferences',
  tag: 'Conferences',
  query: ListConferences,
  replies: { 200: ConferenceList },
  async handle({ query, caller, env }) {
    const page = toPage(query);
    const filter = defined({ scope: caller, status: query.status });
    const [found, total] = await Promise.all([listConferences(env.DB, filter, page), countConferences(env.DB, filter)]);
    const { items, paging } = pageOf(found, page);
    return reply(200, { conferences: items.map(viewConference), total, ...paging });
  },
});

export const getConference = route({
  method: 'GET',
  path: '/v1/voice/conferences/:conference_id',
  operationId: 'getConference',
  summary: 'Get Conference',
  tag: 'Conferences',
  params: ConferencePath,
  replies: { 200: ConferenceView },
  errors: ['conference_not_found'],
  async handle({ params, caller, env }) {
    const found = await conferenceStub(params.conference_id, env).facts(caller);
    return reply(
      200,
      found.ok ? viewConference(found.value) : await viewForgottenConference(params.conference_id, caller, env),
    );
  },
});

export const changeConference = route({
  method: 'PATCH',
  path: '/v1/voice/conferences/:conference_id',
  operationId: 'changeConference',
  summary: 'End a conference, or announce something to all',
  tag: 'Conferences',
  params: ConferencePath,
  body: ChangeConference,
  replies: { 200: ChangedConference },
  errors: [
    'conference_not_found',
    'conference_ended',
    'conference_not_started',
    'everyone_on_hold',
    'announcements_full',
    'conference_overloaded',
  ],
  async handle({ params, body, caller, env, warn }) {
    checkUrls(body, ['announce_url'], env);
    textWarnings({ announce: body.announce }).forEach(warn);
    const { conference_id: id } = params;
    const announcing = announcementOf(body);
    if (announcing) await requestChange(id, announcing, caller, env);
    if (body.status === 'completed') await requestChange(id, { type: 'user.end' }, caller, env);
    const found = await conferenceStub(id, env).facts(caller);
    const view = found.ok ? viewConference(found.value) : await viewForgottenConference(id, caller, env);
    return reply(200, defined({ ...view, announcement: announcing?.announcement }));
  },
});

export const endConference = route({
  method: 'DELETE',
  path: '/v1/voice/conferences/:conference_id',
  operationId: 'endConference',
  summary: 'End Conference',
  tag: 'Conferences',
  params: ConferencePath,
  replies: { 204: undefined },
  errors: ['conference_not_found'],
  async handle({ params, caller, env }) {
    await requestChange(params.conference_id, { type: 'user.end' }, caller, env);
    return reply(204);
  },
});
