import { describe, expect, it } from 'vitest';
import { DEADLINE_MS } from '../../src/webhooks/deadline.ts';
import {
  addNotification,
  awaitReport,
  type DeliveryQueue,
  emptyDeliveryQueue,
  LEASE_MS,
  lease,
  needsWakeUp,
  REPORT_MS,
  reportAttempt,
} from '../../src/webhooks/delivery-queue.ts';

const news = (type: string) => ({
  url: 'https://hook.example/',
  type,
  timestamp: '2100-01-01T00:00:00.000Z',
  data: {},
});
const two = addNotification(
  addNotification(emptyDeliveryQueue(), 'CA1', news('call.ringing'), 0),
  'CA1',
  news('call.completed'),
  0,
);
const answered = (status: number) => ({ status, milliseconds: 1 });
const reported = (queue: DeliveryQueue, id: string, status: number) =>
  reportAttempt(queue, id, answered(status), 100, 0.5);

describe('a delivery queue', () => {
  it('numbers its notifications without a gap and gives each an id without a dot', () => {
    expect(two.messages.map(({ id, sequence }) => [id, sequence])).toEqual([
      ['CA1-1', 1],
      ['CA1-2', 2],
    ]);
  });

  it('wakes a consumer once, not for every notification', () => {
    expect(needsWakeUp(two, 0)).toBe(true);
    expect(needsWakeUp(awaitReport(two, 0), 1)).toBe(false);
  });

  it('wakes again when nobody has reported: the queue may have lost the message', () => {
    expect(needsWakeUp(awaitReport(two, 0), REPORT_MS)).toBe(true);
  });

  it('goes on with the next notification when one was delivered', () => {
    const after = reported(awaitReport(two, 0), 'CA1-1', 200);
    expect(after).toMatchObject({ end: 'delivered', notification: { attempts: 1 } });
    expect(after?.queue.messages.map(({ id }) => id)).toEqual(['CA1-2']);
  });

  it('keeps a failed notification first in line, and rests until its next attempt', () => {
    const after = reported(awaitReport(two, 0), 'CA1-1', 500);
    expect(after?.end).toBeUndefined();
    expect(after?.queue.messages.map(({ id }) => id)).toEqual(['CA1-1', 'CA1-2']);
    expect(needsWakeUp(after?.queue as DeliveryQueue, 5099)).toBe(false);
    expect(needsWakeUp(after?.queue as DeliveryQueue, 5100)).toBe(true);
  });

  it('wakes nobody for a new notification while a failed one rests', () => {
    const resting = reported(two, 'CA1-1', 500)?.queue as DeliveryQueue;
    expect(needsWakeUp(addNotification(resting, 'CA1', news('call.busy'), 200), 200)).toBe(false);
  });

  it('drops all that is left of the call after a 410', () => {
    expect(reported(two, 'CA1-1', 410)).toMatchObject({ end: 'given-up', queue: { messages: [] } });
  });

  it('ignores a report about a notification that is no longer first, such as a repeated one', () => {
    const after = reported(two, 'CA1-1', 200)?.queue as DeliveryQueue;
    expect(reported(after, 'CA1-1', 200)).toBeUndefined();
  });

  it('counts on after the last notification was delivered', () => {
    const emptied = reported(reported(two, 'CA1-1', 200)?.queue as DeliveryQueue, 'CA1-2', 200)?.queue as DeliveryQueue;
    expect(addNotification(emptied, 'CA1', news('call.busy'), 0).messages[0]?.id).toBe('CA1-3');
  });
});

describe('a lease', () => {
  const leased = lease(two, 0);

  it('outlasts the request, and is nobody else has one meanwhile', () => {
    expect(LEASE_MS).toBeGreaterThan(DEADLINE_MS + 10_000);
    expect(leased).not.toBe(two);
    expect(lease(leased, LEASE_MS - 1)).toBe(leased);
    expect(needsWakeUp(leased, LEASE_MS - 1)).toBe(false);
  });

  it('is over without a report, and then another consumer is woken and has one', () => {
    expect(needsWakeUp(leased, LEASE_MS)).toBe(true);
    expect(lease(leased, LEASE_MS)).not.toBe(leased);
  });

  it('is not put off by the wake-up that the consumer came before', () => {
    expect(awaitReport(leased, 10)).toBe(leased);
  });

  it('ends with the report', () => {
    const after = reported(leased, 'CA1-1', 200)?.queue as DeliveryQueue;
    expect(after).not.toHaveProperty('leasedUntil');
    expect(lease(after, 101)).toMatchObject({ leasedUntil: 101 + LEASE_MS });
  });

  it('is not had of a notification that waits for its next attempt, nor of none', () => {
    const resting = reported(leased, 'CA1-1', 500)?.queue as DeliveryQueue;
    expect(lease(resting, 200)).toBe(resting);
    expect(lease(emptyDeliveryQueue(), 0)).toEqual(emptyDeliveryQueue());
  });
});
