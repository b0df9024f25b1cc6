import type { Attempt } from '../contracts/delivery.ts';
import { emptyLane, type Lane, put, sent } from '../lib/outbox.ts';
import { retryDecision } from './backoff.ts';

/** One status change that the customer's server must hear of. */
export interface Notification {
  /** The same over all attempts. No dot in it: the signed content uses dots as separators. */
  id: string;
  sequence: number;
  url: string;
  type: string;
  /** RFC 3339: when it happened. */
  timestamp: string;
  data: unknown;
  attempts: number;
}

/** The notifications of one object: in order, one at a time, kept until their delivery was reported. */
export interface DeliveryQueue extends Lane<Notification> {
  /** Notifications made so far. */
  sequence: number;
  /** Whether a consumer was woken and has yet to report, or a failed attempt waits for its time. */
  state: 'idle' | 'awake' | 'resting';
}

/** How long a wake-up may take to come back as a report before it is sent again: the queue may have lost it. */
export const REPORT_MS = 60_000;

export const emptyDeliveryQueue = (): DeliveryQueue => ({ sequence: 0, state: 'idle', ...emptyLane() });

type NewNotification = Pick<Notification, 'url' | 'type' | 'timestamp' | 'data'>;

export function addNotification(
  queue: DeliveryQueue,
  owner: string,
  news: NewNotification,
  now: number,
): DeliveryQueue {
  const sequence = queue.sequence + 1;
  const notification = { ...news, id: `${owner}-${sequence}`, sequence, attempts: 0 };
  return { ...queue, ...put(queue, notification, now), sequence };
}

/** The body that is signed and sent; the same bytes for every attempt. */
export const notificationBody = ({ type, timestamp, sequence, data }: Notification): string =>
  JSON.stringify({ type, timestamp, sequence, data });

/** Whether a consumer must be told that there is something to deliver. */
export function needsWakeUp({ state, messages, attempts, dueAt = 0 }: DeliveryQueue, now: number): boolean {
  if (messages.length === 0) return false;
  return (state === 'idle' && attempts === 0) || dueAt <= now;
}

/** A consumer is at work: be patient until it should have reported. */
export const awaitReport = (queue: DeliveryQueue, now: number): DeliveryQueue => ({
  ...queue,
  state: 'awake',
  attempts: 0,
  dueAt: now + REPORT_MS,
});

/** The lane of wake-ups in an object that has notifications: one wakes a consumer for all of them. */
export const deliveryLane = {
  next: ({ deliveries }: { deliveries: DeliveryQueue }, now: number): true | undefined =>
    needsWakeUp(deliveries, now) || undefined,
  sent: <State extends { deliveries: DeliveryQueue }>(
    state: State,
    _all: true,
    _answer: unknown,
    now: number,
  ): State => ({
    ...state,
    deliveries: awaitReport(state.deliveries, now),
  }),
};

export type ReportedAttempt = { queue: DeliveryQueue; notification: Notification; end?: 'delivered' | 'given-up' };

/** Takes the report of an attempt; undefined when it is about a notification that is no longer first. */
export function reportAttempt(
  queue: DeliveryQueue,
  id: string,
  attempt: Attempt,
  now: number,
  random: number,
): ReportedAttempt | undefined {
  const { sequence } = queue;
  const [first, ...rest] = queue.messages;
  if (first?.id !== id) return undefined;
  const notification = { ...first, attempts: first.attempts + 1 };
  const verdict = retryDecision(attempt, notification.attempts, random);
  if (verdict.do === 'retry') {
    const lane = { messages: [notification, ...rest], attempts: 0, dueAt: now + verdict.seconds * 1000 };
    return { queue: { sequence, state: 'resting', ...lane }, notification };
  }
  const left = verdict.do === 'stop' ? emptyLane<Notification>() : sent(queue, 1, now);
  return {
    queue: { sequence, state: 'idle', ...left },
    notification,
    end: verdict.do === 'done' ? 'delivered' : 'given-up',
  };
}
