import type { LegEvent, LegFact } from '../../contracts/carrier.ts';
import type { LegStore } from './leg-store.ts';

/**
 * Tells the owners of legs what happened: for each leg in order, and in one request what happened while the request
 * before was under way. Events that an owner did not accept are kept with the leg and told again.
 */
export class EventDelivery {
  readonly #legs: LegStore;
  readonly #deliver: (leg: string, events: LegEvent[]) => Promise<void>;
  /** Events of legs that are being delivered, and those that came meanwhile. */
  readonly #queues = new Map<string, LegEvent[]>();
  readonly #gateway: string;
  #lastNumber = 0;

  constructor(gateway: string, legs: LegStore, deliver: (leg: string, events: LegEvent[]) => Promise<void>) {
    this.#gateway = gateway;
    this.#legs = legs;
    this.#deliver = deliver;
  }

  /** Resolves to whether everything was accepted. */
  async report(leg: string, facts: LegFact[]): Promise<boolean> {
    if (facts.length === 0) return true;
    const events = facts.map((fact) => this.#numbered(fact));
    const known = this.#legs.find(leg);
    if (known?.undelivered) {
      this.#legs.save({ ...known, undelivered: withinLimit([...known.undelivered, ...events]) });
      return false;
    }
    const queue = this.#queues.get(leg);
    if (queue) {
      queue.splice(0, queue.length, ...withinLimit([...queue, ...events]));
      return true;
    }
    return this.#deliverAll(leg, events);
  }

  /** Tells owners again what they did not accept, and resolves to whether they have now. */
  async retryUndelivered(): Promise<boolean> {
    const retried = this.#legs.all().map(async (leg) => {
      const { undelivered, ...rest } = leg;
      if (!undelivered || this.#queues.has(leg.id)) return true;
      this.#legs.keepInMemory(rest);
      return this.#deliverAll(leg.id, undelivered, () => {
        const now = this.#legs.find(leg.id);
        if (now) this.#legs.save(now);
      });
    });
    return (await Promise.all(retried)).every(Boolean);
  }

  async #deliverAll(leg: string, events: LegEvent[], delivered: () => void = () => {}): Promise<boolean> {
    const queue = [...events];
    this.#queues.set(leg, queue);
    try {
      while (queue.length > 0) {
        const batch = [...queue];
        await this.#deliver(leg, batch);
        queue.splice(0, batch.length);
      }
      delivered();
      return true;
    } catch {
      const known = this.#legs.find(leg);
      if (known) this.#legs.save({ ...known, undelivered: queue });
      return false;
    } finally {
      this.#queues.delete(leg);
    }
  }

  /**
   * An owner drops events that it knows by their number. Numbers are times in microseconds, and only grow, also after the
   * object has slept: there are never so many events that they run ahead of the clock.
   */
  #numbered(fact: LegFact): LegEvent {
    const at = Date.now();
    this.#lastNumber = Math.max(this.#lastNumber + 1, at * 1000);
    return { ...fact, at, n: this.#lastNumber, by: this.#gateway };
  }
}

/** So many events of one leg wait for their owner at most. */
const MAX_WAITING = 500;

/** Drops the newest keys and changes of who speaks where too much waits, and never the end. */
function withinLimit(events: LegEvent[]): LegEvent[] {
  if (events.length <= MAX_WAITING) return events;
  const isFirst = (at: number) => at < MAX_WAITING;
  return events.filter(({ type }, at) => isFirst(at) || (type !== 'leg.digit' && type !== 'leg.talking'));
}
