import type { Delivery } from '../../contracts/delivery.ts';
import type { FlowProblem } from '../../flow/problem.ts';
import type { Verb } from '../../flow/verb.ts';
import { callTimeAfterWait } from '../../lib/clock.ts';
import { defined } from '../../lib/defined.ts';
import { emptyLane } from '../../lib/outbox.ts';
import { timestamp } from '../../lib/timestamp.ts';
import { viewCall } from '../api/view.ts';
import { type FlowRequest, isOver } from '../call.ts';
import type { TimelineRecord } from '../effects.ts';
import type { FetchedFlow } from './fetch-flow.ts';
import { advance, type CallState, logEntry } from './state.ts';

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

/** Takes the outcome of a flow request, for which the call stood still. */
export function flowFetched(record: CallState, request: FlowRequest, fetched: FetchedFlow, wall: number): CallState {
  const at = callTimeAfterWait(record.clock, wall);
  const { number, event, url } = request;
  const { milliseconds, status } = fetched;
  const { ignored = [], warnings = [] } = 'verbs' in fetched ? fetched : {};
  const entry: TimelineRecord = {
    type: 'flow.requested',
    request: number,
    event,
    url: withoutQuery(url),
    milliseconds,
    ...defined({ http_status: status, ignored: unlessEmpty(ignored), warnings: unlessEmpty(warnings) }),
  };
  const isAwaited = record.fetches.messages[0]?.number === number;
  const noted = logEntry(isAwaited ? { ...record, fetches: emptyLane() } : record, entry, at);
  if (isOver(record.call)) return 'problem' in fetched ? logFailure(noted, request, fetched.problem, at) : noted;
  if ('problem' in fetched)
    return advance(noted, { type: 'flow.failed', request: number, problem: fetched.problem }, at, wall);
  const verbs = fetched.isSound && FOR_WHO_WAITS.includes(event) ? repeated(fetched.verbs) : fetched.verbs;
  return advance(noted, { type: 'flow.loaded', request: number, verbs, url: fetched.url }, at, wall);
}

const unlessEmpty = (names: string[]): string[] | undefined => (names.length > 0 ? names : undefined);

/** A sound for who waits is heard again and again, without asking the customer's server each time. */
const FOR_WHO_WAITS = ['wait', 'hold'];

const repeated = (verbs: Verb[]): Verb[] => verbs.map((verb) => ({ ...verb, loop: 0 }));

/** The call is over, so that nothing follows from a failure but this entry. */
const logFailure = (record: CallState, { number }: FlowRequest, { code, detail }: FlowProblem, at: number): CallState =>
  logEntry(record, { type: 'flow.failed', request: number, code, detail }, at);

/** A query may carry a customer's secrets or a caller's data; the timeline needs neither. */
const withoutQuery = (url: string): string => url.split(/[?#]/, 1)[0] ?? '';
