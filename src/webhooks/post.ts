import type { Attempt, Delivery } from '../contracts/delivery.ts';
import { withDeadline } from '../lib/deadline.ts';
import { defined } from '../lib/defined.ts';
import { parseRetryAfter } from './backoff.ts';
import { type UrlPolicy, urlProblem } from './check-urls.ts';
import { DEADLINE_MS } from './deadline.ts';
import { fetchTwice } from './second-try.ts';
import { signedHeaders } from './sign.ts';

export const USER_AGENT = 'Telefoon-Voice/1';

/**
 * Sends one signed request, at most twice. A redirect is returned like any other response. Rejects when there is no response.
 */
export async function postSigned(delivery: Delivery, signal: AbortSignal): Promise<Response> {
  const { id, url, method = 'POST', secrets } = delivery;
  const body = method === 'GET' ? '' : delivery.body;
  const signed = await signedHeaders(id, body, secrets, Date.now());
  const headers = { 'user-agent': USER_AGENT, ...(body && { 'content-type': 'application/json' }), ...signed };
  return fetchTwice(url, { method, headers, ...(body && { body }), redirect: 'manual', signal });
}

/** Makes one attempt to deliver a notification, and resolves to the result. Never rejects. */
export async function attemptDelivery(delivery: Delivery, policy: UrlPolicy): Promise<Attempt> {
  if (urlProblem(delivery.url, policy)) return { error: 'url-refused', milliseconds: 0 };
  const began = Date.now();
  const result = await withDeadline(DEADLINE_MS, (signal) =>
    postOnce(delivery, signal).catch((): AttemptResult => ({ error: signal.aborted ? 'timeout' : 'unreachable' })),
  );
  return { ...result, milliseconds: Date.now() - began };
}

type AttemptResult = Omit<Attempt, 'milliseconds'>;

async function postOnce(delivery: Delivery, signal: AbortSignal): Promise<AttemptResult> {
  const response = await postSigned(delivery, signal);
  // The body of the response does not matter, and may be endless.
  await response.body?.cancel();
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'), Date.now());
  return defined({ status: response.status, retryAfter });
}
