import type { Attempt } from '../contracts/delivery.ts';
import { emptyLane, type Lane, put, sent } from '../lib/outbox.ts';
import { retryDecision } from './backoff.ts';
import { DEADLINE_MS } from './deadline.ts';

/** A change that the customer's server is to be told. */
export interface Notification {
  /** The id is the same in all attempts. It has no dot, because dots separate the parts of the signed content. */
  id: string;
  sequence: number;
  url: string;
  type: string;
  /** The time of the change, in RFC 3339. */
  timestamp: string;
  data: unknown;
  attempts: number;
}

/** The notifications of one object: in order, one at a time, kept until their delivery was reported. */
export interface DeliveryQueue extends Lane<Notification> {
  /** The number of notifications so far. */
  sequence: number;
  /** `awake`: a consumer was woken and has yet to report. `resting`: a notification waits for its next attempt. */
  state: 'idle' | 'awake' | 'resting';
  /** Until this time one consumer delivers the oldest notification, and no other may. Epoch milliseconds. */
  leasedUntil?: number;
}

/** How long a wake-up may take to come back as a report before it is sent again: the queue may have lost it. */
export const REPORT_MS = 60_000;

/**
 * How long a consumer has a notification for itself: twice what its request may take, since secrets are looked up before and
 * the report comes after. Without a report by then the consumer is gone, and another one is woken.
 */
export const LEASE_MS = 2 * DEADLINE_MS;

export const emptyDeliveryQueue = (): DeliveryQueue => ({ sequence: 0, state: 'idle', ...emptyLane() });

type NewNotification = Pick<Notification, 'url' | 'type' | 'timestamp' | 'data'>;

/** Appends a notification of `owner`. */
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

/**
 * Waits for the report of a consumer that was woken. Without one in time, another wake-up is sent. A consumer may have been so
 * quick that it has its lease already, which says until when to wait.
 */
export const awaitReport = (queue: DeliveryQueue, now: number): DeliveryQueue =>
  isLeased(queue, now) ? queue : { ...queue, state: 'awake', attempts: 0, dueAt: now + REPORT_MS };

/** Whether a consumer was woken that has yet to come for its lease. */
export const isConsumerComing = ({ state, leasedUntil }: DeliveryQueue): boolean =>
  state === 'awake' && leasedUntil === undefined;

const isLeased = ({ leasedUntil = 0 }: DeliveryQueue, now: number): boolean => now < leasedUntil;

/** Leases the oldest notification to one consumer; unchanged when there is none to deliver now, or another consumer has it. */
export function lease(queue: DeliveryQueue, now: number): DeliveryQueue {
  if (queue.messages.length === 0 || queue.state === 'resting' || isLeased(queue, now)) return queue;
  const leasedUntil = now + LEASE_MS;
  return { ...queue, state: 'awake', attempts: 0, dueAt: leasedUntil, leasedUntil };
}

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
