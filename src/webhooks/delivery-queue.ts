import type { Attempt } from '../contracts/delivery.ts';
import { emptyLane, type Lane, put, sent } from '../lib/outbox.ts';
import { afterAttempt } from './backoff.ts';

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

/** The notifications of one call or conference: in order, one at a time, kept until their delivery was reported. */
export interface DeliveryQueue {
  /** Notifications made so far. */
  sequence: number;
  lane: Lane<Notification>;
  /** Whether a consumer was woken and has yet to report, or a failed attempt waits for its time. */
  state: 'idle' | 'awake' | 'resting';
}

/** How long a wake-up may take to come back as a report before it is sent again: the queue may have lost it. */
export const REPORT_MS = 60_000;

export const emptyDeliveryQueue = (): DeliveryQueue => ({ sequence: 0, lane: emptyLane(), state: 'idle' });

type NewNotification = Pick<Notification, 'url' | 'type' | 'timestamp' | 'data'>;

export function addNotification(box: DeliveryQueue, owner: string, news: NewNotification, now: number): DeliveryQueue {
  const sequence = box.sequence + 1;
  const notification = { ...news, id: `${owner}-${sequence}`, sequence, attempts: 0 };
  return { ...box, sequence, lane: put(box.lane, notification, now) };
}

/** The body that is signed and sent; the same bytes for every attempt. */
export const bodyOf = ({ type, timestamp, sequence, data }: Notification): string =>
  JSON.stringify({ type, timestamp, sequence, data });

/** Whether a consumer must be told that there is something to deliver. */
export function needsWaking({ state, lane }: DeliveryQueue, now: number): boolean {
  if (lane.messages.length === 0) return false;
  return (state === 'idle' && lane.attempts === 0) || (lane.dueAt ?? 0) <= now;
}

/** A consumer is at work: be patient until it should have reported. */
export const awaitReport = (box: DeliveryQueue, now: number): DeliveryQueue => ({
  ...box,
  state: 'awake',
  lane: { ...box.lane, attempts: 0, dueAt: now + REPORT_MS },
});

export type ReportedAttempt = { box: DeliveryQueue; notification: Notification; end?: 'delivered' | 'given-up' };

/** Takes the report of an attempt; undefined when it is about a notification that is no longer first. */
export function reportAttempt(
  box: DeliveryQueue,
  id: string,
  attempt: Attempt,
  now: number,
  random: number,
): ReportedAttempt | undefined {
  const [first, ...rest] = box.lane.messages;
  if (first?.id !== id) return undefined;
  const notification = { ...first, attempts: first.attempts + 1 };
  const verdict = afterAttempt(attempt, notification.attempts, random);
  if (verdict.do === 'retry') {
    const lane = { messages: [notification, ...rest], attempts: 0, dueAt: now + verdict.seconds * 1000 };
    return { box: { ...box, lane, state: 'resting' }, notification };
  }
  const left = verdict.do === 'stop' ? emptyLane<Notification>() : sent(box.lane, 1, now);
  const emptied: DeliveryQueue = { ...box, lane: left, state: 'idle' };
  return { box: emptied, notification, end: verdict.do === 'done' ? 'delivered' : 'given-up' };
}
