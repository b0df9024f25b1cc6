import * as v from 'valibot';
import type { Caller } from '../accounts/authenticate.ts';
import { allTrunks } from '../carriers/asterisk/queries.ts';
import { routesFor } from '../carriers/asterisk/routing.ts';
import type { Script } from '../carriers/carrier.ts';
import { scriptFor } from '../carriers/simulated/script.ts';
import { readInline } from '../flow/document.ts';
import type { Verb } from '../flow/verb.ts';
import { type FieldError, httpErrors } from '../http/errors.ts';
import { toPage } from '../http/paging.ts';
import { reply, route } from '../http/route.ts';
import { isId, newId } from '../lib/ids.ts';
import { findNumber } from '../numbers/queries.ts';
import { callObject } from '../objects.ts';
import { findRate } from '../rates/queries.ts';
import { DEFAULT_LANGUAGE } from '../speech/languages.ts';
import { urlComplaint } from '../webhooks/url.ts';
import { callErrors } from './errors.ts';
import type { NewCallFacts } from './model.ts';
import { countCalls, listCalls } from './queries.ts';
import { CallEventView, CallId, CallList, CallView, ListCalls, NewCall } from './schemas.ts';
import { viewCall } from './view.ts';

export const placeCall = route({
  method: 'POST',
  path: '/v1/voice/calls',
  operationId: 'initiateCall',
  summary: 'Initiate Call',
  tag: 'Calls',
  body: NewCall,
  replies: { 201: CallView },
  errors: ['from_not_owned', 'recording_consent_required', 'simulate_needs_test_key'],
  async handle({ body, caller, env }) {
    if (body.record) throw callErrors.recording_consent_required();
    if (body.simulate && caller.mode === 'live') throw callErrors.simulate_needs_test_key();
    const inline = checkFlow(body, env);
    const [number, rate, trunks] = await Promise.all([
      findNumber(env.DB, body.from),
      findRate(env.DB, 'outbound', body.to),
      caller.mode === 'live' ? allTrunks(env.DB) : undefined,
    ]);
    if (number?.accountId !== caller.accountId) {
      throw callErrors.from_not_owned([{ field: 'from', message: 'must be a number of your account' }]);
    }
    const order = outboundFacts(body, caller);
    const routes = trunks && { routes: routesFor(body.to, trunks, order.id) };
    const facts = { ...order, rate, ...routes, ...(inline && { inline }) };
    return reply(201, await callObject(env, facts.id).begin(facts));
  },
});

/** Webhook URLs that this deployment allows, and an inline flow that can run; else a 422 that says what is wrong. */
function checkFlow(body: NewCall, env: Env): Verb[] | undefined {
  const errors = (['url', 'fallback_url', 'status_callback'] as const).flatMap((field): FieldError[] => {
    const url = body[field];
    const message = url === undefined ? undefined : urlComplaint(url, env.WEBHOOK_URLS);
    return message ? [{ field, message }] : [];
  });
  const reading = body.flow === undefined ? undefined : readInline(body.flow);
  if (reading && 'code' in reading) errors.push({ field: 'flow', message: `cannot run: ${reading.detail}` });
  if (errors.length > 0) throw httpErrors.invalid_request(errors);
  return reading && 'verbs' in reading ? reading.verbs : undefined;
}

function outboundFacts(body: NewCall, caller: Caller): Omit<NewCallFacts, 'rate'> {
  const { accountId, mode, webhookSecrets: secrets } = caller;
  return {
    id: newId('CA', Date.now()),
    accountId,
    mode,
    secrets,
    direction: 'outbound',
    from: body.from,
    to: body.to,
    timeout: body.timeout,
    timeLimit: body.time_limit,
    language: body.tts_language ?? DEFAULT_LANGUAGE,
    ...(body.url !== undefined && { url: body.url }),
    ...(body.fallback_url !== undefined && { fallbackUrl: body.fallback_url }),
    ...(body.status_callback !== undefined && { statusCallback: body.status_callback }),
    ...(body.metadata && { metadata: body.metadata }),
    ...(mode === 'test' && { script: scriptFor(body.to, body.simulate as Partial<Script> | undefined) }),
  };
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
    const { page, size, cursor } = toPage(query);
    const { status, direction, started_after: after, started_before: before } = query;
    const filter = {
      scope: caller,
      ...(status && { status }),
      ...(direction && { direction }),
      ...(after !== undefined && { after: Date.parse(after) }),
      ...(before !== undefined && { before: Date.parse(before) }),
    };
    const slice = { limit: size + 1, skip: (page - 1) * size, ...(cursor !== undefined && { cursor }) };
    const [found, total] = await Promise.all([listCalls(env.DB, filter, slice), countCalls(env.DB, filter)]);
    const last = found.length > size ? found[size - 1] : undefined;
    return reply(200, {
      calls: found.slice(0, size).map(viewCall),
      total,
      ...(cursor === undefined && { page }),
      page_size: size,
      ...(last && { next: last.id }),
    });
  },
});

const CallPath = v.object({ call_id: CallId });

/** An id that cannot be a call's creates no object. */
function objectOf(id: string, env: Env) {
  if (!isId('CA', id)) throw callErrors.call_not_found();
  return callObject(env, id);
}

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
    const found = await objectOf(params.call_id, env).view(caller);
    if (!found.ok) throw callErrors[found.refusal]();
    return reply(200, found.value);
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
    const hungUp = await objectOf(params.call_id, env).hangUp(caller);
    if (!hungUp.ok) throw callErrors[hungUp.refusal]();
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
    const found = await objectOf(params.call_id, env).timeline(caller);
    if (!found.ok) throw callErrors[found.refusal]();
    return reply(200, { events: found.value });
  },
});
