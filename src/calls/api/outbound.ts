import type { Caller } from '../../accounts/account.ts';
import { noticeProblem } from '../../consents/notice-check.ts';
import type { Script } from '../../contracts/carrier.ts';
import { scriptFor } from '../../contracts/script.ts';
import { findNoticeProblem } from '../../flow/check-notices.ts';
import { type ReadDocument, readInline } from '../../flow/document.ts';
import { type FieldError, httpErrors } from '../../http/errors.ts';
import { isShortNumber } from '../../http/fields.ts';
import { defined } from '../../lib/defined.ts';
import { newId } from '../../lib/ids.ts';
import { DEFAULT_LANGUAGE } from '../../speech/languages.ts';
import { languagesOf } from '../../speech/speech.ts';
import { urlErrors } from '../../webhooks/check-urls.ts';
import type { NewCallFacts } from '../call.ts';
import { admit, type CallRequest } from './admit.ts';
import { callErrors } from './errors.ts';
import { recordingRequest } from './recording-request.ts';
import type { NewCall } from './schemas.ts';

/** A call whose request sets no limit may last so long. */
export const TIME_LIMIT_SECONDS = 14_400;

/** Decides about a call that a request asks for: whether it may be made, at what price, and over which trunks. */
export async function outboundCall(body: NewCall, caller: Caller, env: Env): Promise<NewCallFacts> {
  if (body.simulate && caller.mode === 'live') throw callErrors.simulate_needs_test_key();
  const { verbs: inline, warnings = [], ignored = [] } = checkFlow(body, env) ?? {};
  const inlineWarnings = warnings.length > 0 ? warnings : undefined;
  const inlineIgnored = ignored.length > 0 ? ignored : undefined;
  const request = { ...outboundRequest(body, caller), ...defined({ inline, inlineWarnings, inlineIgnored }) };
  const [admitted, recorded] = await Promise.all([admit(request, env), recordingRequest(body, caller, env)]);
  if (!admitted.ok) {
    throw callErrors.from_not_owned([{ field: 'from', message: 'must be a number of your account' }]);
  }
  const { routes } = admitted.value;
  if (isShortNumber(body.to) && !Array.isArray(routes)) {
    throw callErrors.emergency_refused([{ field: 'to', message: 'is mapped to no trunk' }]);
  }
  checkNotices(body, admitted.value);
  return { ...admitted.value, ...recorded };
}

/** Refuses words that would ask nobody: the request's own, and those of the flow in it. */
function checkNotices(
  { recording_notice: notice }: NewCall,
  { language, inline = [], noticeWords }: NewCallFacts,
): void {
  const wrong = notice === undefined ? undefined : noticeProblem(notice, language, { asksWith: '1' }, noticeWords);
  const inFlow = findNoticeProblem(inline, language, noticeWords);
  const errors: FieldError[] = [
    ...(wrong === undefined ? [] : [{ field: 'recording_notice', message: `${wrong} (tts_language: ${language})` }]),
    ...(inFlow ? [{ field: 'flow', message: `cannot run: ${inFlow.detail}` }] : []),
  ];
  if (errors.length > 0) throw httpErrors.invalid_request(errors);
}

/** Checks that this deployment allows the webhook URLs, and that the inline flow can run; refuses with a 422 that says what is wrong. */
function checkFlow(body: NewCall, env: Env): ReadDocument | undefined {
  const fields = ['url', 'fallback_url', 'status_callback', 'recording_status_callback'] as const;
  const errors = urlErrors(body, [...fields], env.WEBHOOK_URLS);
  const reading = body.flow === undefined ? undefined : readInline(body.flow, languagesOf(env));
  if (reading && 'code' in reading) errors.push({ field: 'flow', message: `cannot run: ${reading.detail}` });
  if (errors.length > 0) throw httpErrors.invalid_request(errors);
  return reading && 'verbs' in reading ? reading : undefined;
}

function outboundRequest(body: NewCall, caller: Caller): CallRequest {
  const { accountId, mode, webhookSecrets: secrets } = caller;
  return {
    id: newId('CA', Date.now()),
    accountId,
    mode,
    secrets,
    direction: 'outbound',
    from: body.from,
    ownNumber: body.from,
    to: body.to,
    timeout: body.timeout,
    timeLimit: body.time_limit ?? TIME_LIMIT_SECONDS,
    language: body.tts_language ?? DEFAULT_LANGUAGE,
    ...defined({
      url: body.url,
      fallbackUrl: body.fallback_url,
      statusCallback: body.status_callback,
      wantedRetention: body.retention,
      metadata: body.metadata,
    }),
    ...(body.machine_detection && { detectMachine: true }),
    ...(mode === 'test' && { script: scriptFor(body.to, body.simulate as Partial<Script> | undefined) }),
  };
}
