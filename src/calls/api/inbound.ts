import { findSecrets } from '../../accounts/store/queries.ts';
import type { Route } from '../../contracts/carrier.ts';
import type { Mode } from '../../contracts/scope.ts';
import { normalizedE164 } from '../../lib/e164.ts';
import { done, type Result, refused } from '../../lib/result.ts';
import type { OwnedNumber } from '../../numbers/number.ts';
import { findNumber } from '../../numbers/store/queries.ts';
import { DEFAULT_LANGUAGE } from '../../speech/languages.ts';
import type { NewCallFacts } from '../call.ts';
import { admit, type CallRequest } from './admit.ts';
import { TIME_LIMIT_SECONDS } from './outbound.ts';

/** A call that arrives from a network. */
export interface Arrival {
  /** The id that the call will have. */
  id: string;
  mode: Mode;
  /** The number that is called, and that of the caller ('' where it is hidden), as the network gave them. */
  called: string;
  caller: string;
  /** The gateway and trunk over which a live call arrives. */
  routes?: Route[];
  /** The account whose number has to be called; on a real network any account's may be. */
  accountId?: string;
}

export type InboundRefusal =
  /** The number is nobody's, or not the expected account's. */
  | 'number_unknown'
  /** The number has no flow to answer it. */
  | 'number_not_configured';

/** What can be a number of an account. Whether it exists in its country is the operator's affair. */
const CALLED = /^\+[1-9]\d{1,14}$/;

/** The word that stands for a caller who hides their number. */
const ANONYMOUS = 'anonymous';

/**
 * The caller as the call shows it: a number in E.164; of a private network's extension, or a number that no plan has, the
 * digits as they came. Whatever else a network says of the caller is no number, and is not kept.
 */
export const callerShown = (text: string): string =>
  normalizedE164(text) ?? (/^\+?\d{1,15}$/.test(text) ? text : ANONYMOUS);

/** An inbound call may ring so long while its flow delays the answer, in seconds. */
const RING_SECONDS = 120;

/** Admits a call that arrives on one of the accounts' numbers. Rejects while the database cannot be reached. */
export async function receiveInbound(arrival: Arrival, env: Env): Promise<Result<NewCallFacts, InboundRefusal>> {
  const number = CALLED.test(arrival.called) ? await findNumber(env.DB, arrival.called) : undefined;
  if (!number || (arrival.accountId ?? number.accountId) !== number.accountId) return refused('number_unknown');
  const { voiceUrl } = number;
  if (voiceUrl === null) return refused('number_not_configured');
  const secrets = await findSecrets(env.DB, number.accountId);
  if (!secrets) return refused('number_unknown');
  const admitted = await admit(requestFor(arrival, { ...number, voiceUrl }, secrets), env);
  return admitted.ok ? done(admitted.value) : refused('number_unknown');
}

function requestFor(
  { id, mode, caller, routes }: Arrival,
  number: OwnedNumber & { voiceUrl: string },
  secrets: string[],
): CallRequest {
  const { e164, accountId, voiceUrl, voiceFallbackUrl, statusCallback, ttsLanguage } = number;
  return {
    id,
    accountId,
    mode,
    secrets,
    direction: 'inbound',
    from: callerShown(caller),
    to: e164,
    timeout: RING_SECONDS,
    timeLimit: TIME_LIMIT_SECONDS,
    language: ttsLanguage ?? DEFAULT_LANGUAGE,
    url: voiceUrl,
    ...(voiceFallbackUrl !== null && { fallbackUrl: voiceFallbackUrl }),
    ...(statusCallback !== null && { statusCallback }),
    ...(routes && { routes }),
  };
}
