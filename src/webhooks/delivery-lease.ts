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

/** Where the notifications are: the shell of an object that has some. */
interface Home<State> {
  find(): State | undefined;
  commit(change: Change<State>): State | undefined;
  keep(change: Change<State>): void;
}

/** What only the owner of the notifications knows. */
export interface DeliveryOwner<State> {
  /** Whose secrets sign them. */
  signer(state: State): Pick<Delivery, 'accountId' | 'secrets'>;
  /** The state with the attempt on its log, where it has one. */
  log?(state: State, reported: ReportedAttempt, attempt: Attempt, wall: number): State;
}

/** The side of an object that consumers of the queue see: who delivers its oldest notification, and until when. */
export class DeliveryLease<State extends { deliveries: DeliveryQueue }> {
  readonly #home: Home<State>;
  readonly #owner: DeliveryOwner<State>;
  /** Until when a consumer may be delivering the oldest notification. */
  #leasedUntil = 0;

  constructor(home: Home<State>, owner: DeliveryOwner<State>) {
    this.#home = home;
    this.#owner = owner;
  }

  /** The oldest undelivered notification, for a consumer that has nothing in hand; undefined when there is none. */
  nextDelivery(): Delivery | undefined {
    return Date.now() >= this.#leasedUntil ? this.#lease() : undefined;
  }

  /** Takes a consumer's report and gives it the next notification, if there is one to deliver now. */
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
    return this.#owner.log?.(after, reported, attempt, now) ?? after;
  }

  #lease(): Delivery | undefined {
    const state = this.#home.find();
    const [first] = state?.deliveries.messages ?? [];
    if (!state || !first || state.deliveries.state === 'resting') return undefined;
    this.#leasedUntil = Date.now() + GUARD_MS * 2;
    this.#home.keep((it, now) => ({ ...it, deliveries: awaitReport(it.deliveries, now) }));
    return { id: first.id, url: first.url, body: notificationBody(first), ...this.#owner.signer(state) };
  }
}
