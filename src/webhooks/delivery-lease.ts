import type { Attempt, Delivery } from '../contracts/delivery.ts';
import { GUARD_MS } from '../lib/outbox.ts';
import {
  awaitReport,
  type DeliveryQueue,
  notificationBody,
  type ReportedAttempt,
  reportAttempt,
} from './delivery-queue.ts';

type Change<State> = (state: State, now: number) => State;

/** The state of an object that has notifications, as the object's shell keeps it. */
interface Home<State> {
  find(): State | undefined;
  commit(change: Change<State>): State | undefined;
  keep(change: Change<State>): void;
}

/** The part of delivering that differs between the owners of notifications. */
export interface DeliveryRules<State> {
  /** The account whose secrets sign the notifications. */
  signer(state: State): Pick<Delivery, 'accountId' | 'secrets'>;
  /** Writes an attempt to the object's log, if it has one. */
  log?(state: State, reported: ReportedAttempt, attempt: Attempt, wall: number): State;
}

/** Leases the oldest notification of an object to one consumer of the queue at a time. */
export class DeliveryLease<State extends { deliveries: DeliveryQueue }> {
  readonly #home: Home<State>;
  readonly #rules: DeliveryRules<State>;
  /** Until this time a consumer may be delivering the oldest notification. */
  #leasedUntil = 0;

  constructor(home: Home<State>, rules: DeliveryRules<State>) {
    this.#home = home;
    this.#rules = rules;
  }

  /** Leases the oldest undelivered notification; undefined when there is none, or another consumer has it. */
  nextDelivery(): Delivery | undefined {
    return Date.now() >= this.#leasedUntil ? this.#lease() : undefined;
  }

  /** Takes a consumer's report of an attempt, and leases it the next notification, if one is to be delivered now. */
  report(id: string, attempt: Attempt): Delivery | undefined {
    this.#leasedUntil = 0;
    this.#home.commit((state, now) => this.#reported(state, id, attempt, now));
    return this.#lease();
  }

  /** A report that is no longer awaited changes nothing. */
  #reported(state: State, id: string, attempt: Attempt, now: number): State {
    const reported = reportAttempt(state.deliveries, id, attempt, now, Math.random());
    if (!reported) return state;
    const after = { ...state, deliveries: reported.queue };
    return this.#rules.log?.(after, reported, attempt, now) ?? after;
  }

  #lease(): Delivery | undefined {
    const state = this.#home.find();
    const [first] = state?.deliveries.messages ?? [];
    if (!state || !first || state.deliveries.state === 'resting') return undefined;
    this.#leasedUntil = Date.now() + GUARD_MS * 2;
    this.#home.keep((it, now) => ({ ...it, deliveries: awaitReport(it.deliveries, now) }));
    return { id: first.id, url: first.url, body: notificationBody(first), ...this.#rules.signer(state) };
  }
}
