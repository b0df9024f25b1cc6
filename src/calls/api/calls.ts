import * as v from 'valibot';
import { route } from '../../accounts/api/route.ts';
import { type Page, pageOf, toPage } from '../../http/paging.ts';
import { reply } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { parseTimestamp } from '../../lib/timestamp.ts';
import { textWarnings } from '../../speech/ssml.ts';
import { countCalls, listCalls } from '../store/queries.ts';
import { beginCall } from './admit.ts';
import { callErrors } from './errors.ts';
import { callStub, findForgotten, viewCallById } from './lookup.ts';
import { outboundCall } from './outbound.ts';
import { CallEventView, CallId, CallList, CallView, ChangeCall, ListCalls, NewCall } from './schemas.ts';
import { timelineOfForgotten, viewCall, viewTimeline } from './view.ts';

export const placeCall = route({
  method: 'POST',
  path: '/v1/voice/calls',
  operationId: 'initiateCall',
  summary: 'Initiate Call',
  tag: 'Calls',
  body: NewCall,
  replies: { 201: CallView },
  errors: ['from_not_owned', 'emergency_refused', 'consent_ref_invalid', 'simulate_needs_test_key'],
  async handle({ body, caller, env, warn }) {
    const facts = await outboundCall(withSilentLimit(body, warn), caller, env);
    const { recording_notice } = body;
    const ignored = facts.inlineIgnored?.map((name) => `flow: ${name} is unknown and was ignored`) ?? [];
    for (const warning of [...ignored, ...(facts.inlineWarnings ?? []), ...textWarnings({ recording_notice })])
      warn(warning);
    return reply(201, viewCall(await beginCall(facts, env)));
  },
});

/** A call that nothing was said to, and whose limit nobody set, would cost for hours what is silence. */
const SILENT_SECONDS = 60;

function withSilentLimit(body: NewCall, warn: (warning: string) => void): NewCall {
  if (body.url !== undefined || body.flow !== undefined || body.time_limit !== undefined) return body;
  warn(
    `the call has neither url nor flow: it stays silent and ends after ${SILENT_SECONDS} seconds; set time_limit for more`,
  );
  return { ...body, time_limit: SILENT_SECONDS };
}

export const listAllCalls = route({
  method: 'GET',
  path: '/v1/voice/calls',
  operationId: 'listCalls',
  summary: 'List Calls',
  tag: 'Calls',
  query: ListCalls,
  replies: { 200: CallList },
  async handle({ query, caller, env }) {
    const page = toPage(query);
    const { status, direction, started_after: after, started_before: before } = query;
    const filter = defined({
      scope: caller,
      status,
      direction,
      after: parseTimestamp(after),
      before: parseTimestamp(before),
    });
    const [found, total] = await Promise.all([listCalls(env.DB, filter, sliceOf(page)), countCalls(env.DB, filter)]);
    const { items, paging } = pageOf(found, page);
    return reply(200, { calls: items.map(viewCall), total, ...paging });
  },
});

const sliceOf = ({ page, size, cursor }: Page) => defined({ limit: size + 1, skip: (page - 1) * size, cursor });

const CallPath = v.object({ call_id: CallId });

export const getCall = route({
  method: 'GET',
  path: '/v1/voice/calls/:call_id',
  operationId: 'getCall',
  summary: 'Get Call',
  tag: 'Calls',
  params: CallPath,
  replies: { 200: CallView },
  errors: ['call_not_found'],
  async handle({ params, caller, env }) {
    return reply(200, await viewCallById(params.call_id, caller, env));
  },
});

export const changeCall = route({
  method: 'PATCH',
  path: '/v1/voice/calls/:call_id',
  operationId: 'changeCall',
  summary: 'Put a call on legal hold, or lift it',
  tag: 'Calls',
  params: CallPath,
  body: ChangeCall,
  replies: { 200: CallView },
  errors: ['call_not_found', 'call_expired'],
  async handle({ params, body, caller, env }) {
    const held = await callStub(params.call_id, env).setLegalHold(caller, body.legal_hold);
    if (held.ok) return reply(200, viewCall(held.value));
    await findForgotten(params.call_id, caller, env);
    throw callErrors.call_expired();
  },
});

export const endCall = route({
  method: 'DELETE',
  path: '/v1/voice/calls/:call_id',
  operationId: 'endCall',
  summary: 'End Call',
  tag: 'Calls',
  params: CallPath,
  replies: { 204: undefined },
  errors: ['call_not_found'],
  async handle({ params, caller, env }) {
    const hungUp = await callStub(params.call_id, env).hangUp(caller);
    if (!hungUp.ok) await findForgotten(params.call_id, caller, env);
    return reply(204);
  },
});

export const listCallEvents = route({
  method: 'GET',
  path: '/v1/voice/calls/:call_id/events',
  operationId: 'listCallEvents',
  summary: "A call's timeline: transitions, flow requests, verbs, callback attempts",
  tag: 'Calls',
  params: CallPath,
  replies: { 200: v.object({ events: v.array(CallEventView) }) },
  errors: ['call_not_found'],
  async handle({ params, caller, env }) {
    const found = await callStub(params.call_id, env).timeline(caller);
    if (found.ok) return reply(200, { events: viewTimeline(found.value) });
    return reply(200, { events: timelineOfForgotten(await findForgotten(params.call_id, caller, env)) });
  },
});
