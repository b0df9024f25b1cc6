import * as v from 'valibot';
import { route } from '../../accounts/api/route.ts';
import { newParticipantLeg } from '../../calls/activities/participant-leg.ts';
import { beginCall } from '../../calls/api/admit.ts';
import { outboundCall, TIME_LIMIT_SECONDS } from '../../calls/api/outbound.ts';
import type { CallMethods } from '../../calls/rpc.ts';
import { callObject } from '../../contracts/objects.ts';
import { beepFor } from '../../contracts/orders.ts';
import { reply } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { textWarnings } from '../../speech/ssml.ts';
import { checkUrls } from '../../webhooks/check-urls.ts';
import type { Participant } from '../conference.ts';
import type { ParticipantChange } from '../effects.ts';
import { announcementOf, ConferencePath, conferenceStub, granted, viewForgottenConference } from './lookup.ts';
import { ChangedParticipant, ChangeParticipant, NewParticipant, ParticipantList, ParticipantView } from './schemas.ts';
import { viewParticipant } from './view.ts';

const ParticipantPath = v.object({
  ...ConferencePath.entries,
  participant: v.pipe(v.string(), v.description('The call id of a participant, or its label')),
});

export const listParticipants = route({
  method: 'GET',
  path: '/v1/voice/conferences/:conference_id/participants',
  operationId: 'listParticipants',
  summary: 'List those who are in a conference, or are being called into it',
  tag: 'Conferences',
  params: ConferencePath,
  replies: { 200: ParticipantList },
  errors: ['conference_not_found'],
  async handle({ params, caller, env }) {
    const found = await conferenceStub(params.conference_id, env).participants(caller);
    if (!found.ok) await viewForgottenConference(params.conference_id, caller, env);
    return reply(200, { participants: found.ok ? found.value.map(viewParticipant) : [] });
  },
});

export const addParticipant = route({
  method: 'POST',
  path: '/v1/voice/conferences/:conference_id/participants',
  operationId: 'addParticipant',
  summary: 'Call someone into a conference',
  tag: 'Conferences',
  params: ConferencePath,
  body: NewParticipant,
  replies: { 201: ParticipantView },
  errors: [
    'conference_not_found',
    'conference_ended',
    'conference_full',
    'conference_overloaded',
    'label_taken',
    'coach_absent',
    'from_not_owned',
    'simulate_needs_test_key',
  ],
  async handle({ params, body, caller, env }) {
    checkUrls(body, ['hold_url'], env);
    const conference = conferenceStub(params.conference_id, env);
    const { label: _conference, ...call } = body;
    const facts = await outboundCall(call, caller, env);
    const participant = participantOf(facts.id, body);
    granted(await conference.request(caller, { type: 'user.expect', participant }));
    const entry = [{ verb: 'conference', ...verbOf(params.conference_id, body) }];
    await beginCall({ ...facts, activity: newParticipantLeg(params.conference_id, entry) }, env);
    const seen = await conference.participant(caller, facts.id);
    // The conference ended before the call existed, and so could not call it off.
    if (!seen.ok) await callObject<CallMethods>(env, facts.id).hangUp(caller);
    return reply(201, viewParticipant(granted(seen)));
  },
});

function participantOf(call: string, body: NewParticipant): Participant {
  const { label, muted = false, hold = false, beep = 'true', coaching } = body;
  const { hold_url: holdUrl, hold_method: holdMethod } = body;
  return {
    call,
    stay: 0,
    callStatus: 'queued',
    muted,
    hold,
    beep: beepFor(beep),
    startOnEnter: body.start_conference_on_enter ?? true,
    endOnExit: body.end_conference_on_exit ?? false,
    ...defined({ label, holdUrl, holdMethod, coaches: coaching }),
  };
}

/** The verb that the call runs once it is answered, defaults and all: it is not read from a document. */
function verbOf(name: string, body: NewParticipant) {
  const { label, coaching, muted = false, beep = 'true', time_limit: timeLimit = TIME_LIMIT_SECONDS } = body;
  return {
    name,
    muted,
    beep,
    timeLimit,
    startConferenceOnEnter: body.start_conference_on_enter ?? true,
    endConferenceOnExit: body.end_conference_on_exit ?? false,
    ...defined({ participantLabel: label, coach: coaching }),
  };
}

export const getParticipant = route({
  method: 'GET',
  path: '/v1/voice/conferences/:conference_id/participants/:participant',
  operationId: 'getParticipant',
  summary: 'Get a participant, by call id or label',
  tag: 'Conferences',
  params: ParticipantPath,
  replies: { 200: ParticipantView },
  errors: ['conference_not_found', 'participant_not_found'],
  async handle({ params, caller, env }) {
    return reply(
      200,
      viewParticipant(granted(await conferenceStub(params.conference_id, env).participant(caller, params.participant))),
    );
  },
});

export const patchParticipant = route({
  method: 'PATCH',
  path: '/v1/voice/conferences/:conference_id/participants/:participant',
  operationId: 'changeParticipant',
  summary: 'Mute, hold or coach, or announce something to one',
  tag: 'Conferences',
  params: ParticipantPath,
  body: ChangeParticipant,
  replies: { 200: ChangedParticipant },
  errors: [
    'conference_not_found',
    'participant_not_found',
    'participant_not_connected',
    'conference_ended',
    'coach_absent',
    'announcements_full',
    'conference_overloaded',
  ],
  async handle({ params, body, caller, env, warn }) {
    checkUrls(body, ['announce_url', 'hold_url'], env);
    textWarnings({ announce: body.announce }).forEach(warn);
    const conference = conferenceStub(params.conference_id, env);
    const change = changeOf(body);
    const announcing = announcementOf(body);
    const who = params.participant;
    if (Object.keys(change).length > 0)
      granted(await conference.request(caller, { type: 'user.change', call: '', change }, who));
    if (announcing) granted(await conference.request(caller, announcing, who));
    const view = viewParticipant(granted(await conference.participant(caller, who)));
    return reply(200, defined({ ...view, announcement: announcing?.announcement }));
  },
});

export const removeParticipant = route({
  method: 'DELETE',
  path: '/v1/voice/conferences/:conference_id/participants/:participant',
  operationId: 'removeParticipant',
  summary: 'Remove a participant; its flow goes on',
  tag: 'Conferences',
  params: ParticipantPath,
  replies: { 204: undefined },
  errors: ['conference_not_found', 'participant_not_found', 'participant_not_connected', 'conference_ended'],
  async handle({ params, caller, env }) {
    const conference = conferenceStub(params.conference_id, env);
    granted(await conference.request(caller, { type: 'user.kick', call: '' }, params.participant));
    return reply(204);
  },
});

function changeOf({
  muted,
  hold,
  hold_url: holdUrl,
  hold_method: holdMethod,
  beep,
  end_conference_on_exit: endOnExit,
  coaching,
}: ChangeParticipant): ParticipantChange {
  return defined({
    muted,
    hold,
    holdUrl,
    holdMethod,
    beep: beep === undefined ? undefined : beepFor(beep),
    endOnExit,
    coaches: coaching === '' ? null : coaching,
  });
}
