import type { Caller } from '../../accounts/api/authenticate.ts';
import { scriptFor } from '../../carriers/simulated/script.ts';
import { findSettings } from '../../consents/store/queries.ts';
import type { Script } from '../../contracts/carrier.ts';
import { readInline } from '../../flow/document.ts';
import type { Verb } from '../../flow/verb.ts';
import { routesFor } from '../../gateways/routing.ts';
import { listTrunks } from '../../gateways/store/queries.ts';
import { type FieldError, httpErrors } from '../../http/errors.ts';
import { isShortNumber } from '../../http/fields.ts';
import { newId } from '../../lib/ids.ts';
import { findNumber } from '../../numbers/store/queries.ts';
import { findRate } from '../../rates/store/queries.ts';
import { retentionFor } from '../../retention/api/choose.ts';
import { DEFAULT_LANGUAGE } from '../../speech/languages.ts';
import { urlProblem } from '../../webhooks/check-urls.ts';
import type { NewCallFacts } from '../call.ts';
import { callErrors } from './errors.ts';
import { recordingRequest } from './recording-request.ts';
import type { NewCall } from './schemas.ts';

/** Decides about a call that is asked for by the API: whether it may be made, at what price, and over which trunks. */
export async function outboundCall(body: NewCall, caller: Caller, env: Env): Promise<NewCallFacts> {
  if (body.simulate && caller.mode === 'live') throw callErrors.simulate_needs_test_key();
  const inline = checkFlow(body, env);
  const [number, rate, settings, trunks, recorded] = await Promise.all([
    findNumber(env.DB, body.from),
    findRate(env.DB, 'outbound', body.to),
    findSettings(env.DB, caller.accountId),
    caller.mode === 'live' ? listTrunks(env.DB) : undefined,
    recordingRequest(body, caller, env),
  ]);
  if (number?.accountId !== caller.accountId) {
    throw callErrors.from_not_owned([{ field: 'from', message: 'must be a number of your account' }]);
  }
  const retention = retentionFor(body.retention, settings);
  const order = outboundFacts(body, caller);
  const routes = trunks && routesFor(body.to, trunks, order.id);
  if (isShortNumber(body.to) && !Array.isArray(routes)) {
    throw callErrors.emergency_refused([{ field: 'to', message: 'is mapped to no trunk' }]);
  }
  return { ...order, ...recorded, rate, retention, ...(routes && { routes }), ...(inline && { inline }) };
}

/** Webhook URLs that this deployment allows, and an inline flow that can run; else a 422 that says what is wrong. */
function checkFlow(body: NewCall, env: Env): Verb[] | undefined {
  const errors = (['url', 'fallback_url', 'status_callback', 'recording_status_callback'] as const).flatMap(
    (field): FieldError[] => {
      const url = body[field];
      const message = url === undefined ? undefined : urlProblem(url, env.WEBHOOK_URLS);
      return message ? [{ field, message }] : [];
    },
  );
  const reading = body.flow === undefined ? undefined : readInline(body.flow);
  if (reading && 'code' in reading) errors.push({ field: 'flow', message: `cannot run: ${reading.detail}` });
  if (errors.length > 0) throw httpErrors.invalid_request(errors);
  return reading && 'verbs' in reading ? reading.verbs : undefined;
}

function outboundFacts(body: NewCall, caller: Caller): Omit<NewCallFacts, 'rate' | 'retention'> {
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
    ...(body.machine_detection && { detectMachine: true }),
    ...(mode === 'test' && { script: scriptFor(body.to, body.simulate as Partial<Script> | undefined) }),
  };
}
