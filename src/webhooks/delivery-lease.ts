import type { Attempt, Delivery } from '../contracts/delivery.ts';
import { type DeliveryQueue, lease, notificationBody, type ReportedAttempt, reportAttempt } from './delivery-queue.ts';

type Change<State> = (state: State, now: number) => State;

/** The state of an object that has notifications, as the object's shell keeps it. */
interface Home<State> {
  find(): State | undefined;
  commit(change: Change<State>): State | undefined;
}

/** The part of delivering that differs between the owners of notifications. */
export interface DeliveryRules<State> {
  /** The account whose secrets sign the notifications. */
  signer(state: State): Pick<Delivery, 'accountId' | 'secrets'>;
  /** Writes an attempt to the object's log, if it has one. */
  log?(state: State, reported: ReportedAttempt, attempt: Attempt, wall: number): State;
}

/**
 * Leases the oldest notification of an object to one consumer of the queue at a time. The lease is committed before the
 * consumer has it: an object that sleeps or moves while a customer takes its time must not give the notification twice.
 */
export class DeliveryLease<State extends { deliveries: DeliveryQueue }> {
  readonly #home: Home<State>;
  readonly #rules: DeliveryRules<State>;

  constructor(home: Home<State>, rules: DeliveryRules<State>) {
    this.#home = home;
    this.#rules = rules;
  }

  /** Leases the oldest undelivered notification; undefined when there is none, or another consumer has it. */
  nextDelivery(): Delivery | undefined {
    return this.#leaseAfter((state) => state);
  }

  /** Takes a consumer's report of an attempt, and leases it the next notification, if one is to be delivered now. */
  report(id: string, attempt: Attempt): Delivery | undefined {
    return this.#leaseAfter((state, now) => this.#reported(state, id, attempt, now));
  }

  /** A report that is no longer awaited changes nothing. */
  #reported(state: State, id: string, attempt: Attempt, now: number): State {
    const reported = reportAttempt(state.deliveries, id, attempt, now, Math.random());
    if (!reported) return state;
    const after = { ...state, deliveries: reported.queue };
    return this.#rules.log?.(after, reported, attempt, now) ?? after;
  }

  /** Commits a change and a lease in one row; answers with what was leased by it. */
  #leaseAfter(change: Change<State>): Delivery | undefined {
    let isLeased = false;
    const state = this.#home.commit((before, now) => {
      const changed = change(before, now);
      const deliveries = lease(changed.deliveries, now);
      isLeased = deliveries !== changed.deliveries;
      return isLeased ? { ...changed, deliveries } : changed;
    });
    const [first] = state?.deliveries.messages ?? [];
    if (!state || !first || !isLeased) return undefined;
    return { id: first.id, url: first.url, body: notificationBody(first), ...this.#rules.signer(state) };
  }
}
