import { callErrors } from '../calls/errors.ts';
import { toPage } from '../http/paging.ts';
import { reply, route } from '../http/route.ts';
import { madeAt, newId } from '../lib/ids.ts';
import type { Conference } from './model.ts';
import { addConference, listConferences } from './queries.ts';
import { ConferenceList, ConferenceView, ListConferences, NewConference } from './schemas.ts';
import { viewConference } from './view.ts';

export const createConference = route({
  method: 'POST',
  path: '/v1/voice/conferences',
  operationId: 'createConference',
  summary: 'Create Conference',
  tag: 'Conferences',
  body: NewConference,
  bodyOptional: true,
  replies: { 201: ConferenceView },
  errors: ['recording_consent_required'],
  async handle({ body, caller, env }) {
    if (body.record) throw callErrors.recording_consent_required();
    const id = newId('CF', Date.now());
    const room: Conference = {
      id,
      accountId: caller.accountId,
      mode: caller.mode,
      friendlyName: body.friendly_name ?? null,
      status: 'init',
      maxParticipants: body.max_participants,
      participantCount: 0,
      createdAt: madeAt(id),
    };
    await addConference(env.DB, room);
    return reply(201, viewConference(room));
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
    const found = await listConferences(env.DB, caller, page);
    const last = found.length > page.size ? found[page.size - 1] : undefined;
    return reply(200, { conferences: found.slice(0, page.size).map(viewConference), ...(last && { next: last.id }) });
  },
});
