import type { Attempt, Delivery } from '../../contracts/delivery.ts';
import { defined } from '../../lib/defined.ts';
import { emptyLane } from '../../lib/outbox.ts';
import { timestamp } from '../../lib/timestamp.ts';
import { bodyOf, reportAttempt } from '../../webhooks/delivery-queue.ts';
import { viewCall } from '../api/view.ts';
import type { FlowRequest } from '../call.ts';
import type { TimelineRecord } from '../effects.ts';
import type { FetchedFlow } from './fetch-flow.ts';
import { advance, type CallState, logEntry } from './state.ts';

/** The requests that a call posts to its customer, and what comes of them. */

/** The oldest undelivered notification, unless a failed one waits for its next attempt. */
export function nextDelivery({ call, deliveries }: CallState): Delivery | undefined {
  const [first] = deliveries.lane.messages;
  if (!first || deliveries.state === 'resting') return undefined;
  return { id: first.id, url: first.url, body: bodyOf(first), accountId: call.accountId, secrets: call.secrets };
}

/** Takes the report of a delivery. The report of a delivery that is no longer awaited changes nothing. */
export function reportDelivery(
  record: CallState,
  id: string,
  attempt: Attempt,
  wall: number,
  random: number,
): CallState {
  const reported = reportAttempt(record.deliveries, id, attempt, wall, random);
  if (!reported) return record;
  const { type: event, sequence, attempts } = reported.notification;
  const { status, error, milliseconds } = attempt;
  const entry: TimelineRecord = {
    type: `callback.${reported.end ?? 'failed'}`,
    event,
    sequence,
    attempt: attempts,
    ...defined({ http_status: status, error }),
    milliseconds,
  };
  return logEntry({ ...record, deliveries: reported.box }, entry, wall);
}

/** The request for a flow document, as it is posted to the customer. */
export function flowDelivery({ call }: CallState, request: FlowRequest, wall: number): Delivery {
  const { event, url, method, params, failed: why } = request;
  const problem = why && { error_code: why.code, error_url: why.url };
  const data = { event, call: viewCall(call), ...params, ...problem };
  const body = JSON.stringify({ type: 'flow.requested', timestamp: timestamp(wall), data });
  return {
    id: `${call.id}-f${request.number}`,
    url,
    ...defined({ method }),
    body,
    accountId: call.accountId,
    secrets: call.secrets,
  };
}

/** Takes the outcome of a flow request. */
export function flowFetched(
  record: CallState,
  request: FlowRequest,
  fetched: FetchedFlow,
  at: number,
  wall: number,
): CallState {
  const { number, event, url } = request;
  const { milliseconds, status } = fetched;
  const ignored = 'ignored' in fetched && fetched.ignored.length > 0 ? fetched.ignored : undefined;
  const entry: TimelineRecord = {
    type: 'flow.requested',
    request: number,
    event,
    url: withoutQuery(url),
    milliseconds,
    ...defined({ http_status: status, ignored }),
  };
  const isAwaited = record.fetches.messages[0]?.number === number;
  const noted = logEntry(isAwaited ? { ...record, fetches: emptyLane() } : record, entry, at);
  if ('problem' in fetched)
    return advance(noted, { type: 'flow.failed', request: number, problem: fetched.problem }, at, wall);
  return advance(noted, { type: 'flow.loaded', request: number, verbs: fetched.verbs, url: fetched.url }, at, wall);
}

/** A query may carry a customer's secrets or a caller's data; the timeline needs neither. */
const withoutQuery = (url: string): string => url.split(/[?#]/, 1)[0] ?? '';
