import type { Attempt, Delivery } from '../contracts/delivery.ts';
import type { ObjectStore } from '../lib/object-store.ts';
import { failed, GUARD_MS } from '../lib/outbox.ts';
import { awaitReport, type DeliveryQueue, needsWaking } from './delivery-queue.ts';

/** What the owner of a deliveries decides: which delivery is next, and what a report changes. */
interface Owner<Record> {
  next(record: Record): Delivery | undefined;
  reported(record: Record, id: string, attempt: Attempt, wall: number, random: number): Record;
}

/** The side of a deliveries that an object shows to consumers: who delivers the oldest notification, and until when. */
export class DeliveryLease<Record extends { deliveries: DeliveryQueue; alarmAt?: number }> {
  readonly #store: ObjectStore<Record>;
  readonly #owner: Owner<Record>;
  /** Until when a consumer may be delivering the oldest notification. */
  #leasedUntil = 0;

  constructor(store: ObjectStore<Record>, owner: Owner<Record>) {
    this.#store = store;
    this.#owner = owner;
  }

  /** The oldest undelivered notification, for a consumer that has nothing in hand; undefined when there is none. */
  nextDelivery(): Delivery | undefined {
    const record = this.#store.find();
    return record && Date.now() >= this.#leasedUntil ? this.#lease(record) : undefined;
  }

  /** Takes a consumer's report and gives it the next notification, if there is one to deliver now. */
  report(id: string, attempt: Attempt): Delivery | undefined {
    const record = this.#store.find();
    if (!record) return undefined;
    this.#leasedUntil = 0;
    return this.#lease(this.#store.commit(this.#owner.reported(record, id, attempt, Date.now(), Math.random())));
  }

  /** Wakes a consumer, if there is something to deliver. False when there is nothing, or nobody could be woken. */
  async wake(queue: Queue, owner: string): Promise<boolean> {
    const record = this.#store.find();
    if (!record || !needsWaking(record.deliveries, Date.now())) return false;
    const woken = await queue.send({ owner }).then(
      () => true,
      () => false,
    );
    this.#store.change((it) => {
      const { deliveries } = it;
      if (woken) return { ...it, deliveries: awaitReport(deliveries, Date.now()) };
      return { ...it, deliveries: { ...deliveries, lane: failed(deliveries.lane, Date.now()) } };
    });
    return woken;
  }

  #lease(record: Record): Delivery | undefined {
    const delivery = this.#owner.next(record);
    if (delivery) {
      this.#leasedUntil = Date.now() + GUARD_MS * 2;
      this.#store.keep({ ...record, deliveries: awaitReport(record.deliveries, Date.now()) });
    }
    return delivery;
  }
}
