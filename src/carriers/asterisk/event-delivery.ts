import type { LegEvent, LegFact } from '../../contracts/carrier.ts';
import type { LegStore } from './leg-store.ts';

/** Tells calls what happened: in order for each call, together what happened together, again what a call did not take. */
export class EventDelivery {
  readonly #legs: LegStore;
  readonly #deliver: (call: string, events: LegEvent[]) => Promise<void>;
  readonly #waiting = new Map<string, LegEvent[]>();
  #last = 0;

  constructor(legs: LegStore, deliver: (call: string, events: LegEvent[]) => Promise<void>) {
    this.#legs = legs;
    this.#deliver = deliver;
  }

  /** Resolves to whether everything was taken; what was not is kept with the leg. */
  async tell(leg: string, facts: LegFact[]): Promise<boolean> {
    if (facts.length === 0) return true;
    const events = facts.map((fact) => this.#number(fact));
    const kept = this.#legs.find(leg);
    if (kept?.undelivered) {
      this.#legs.save({ ...kept, undelivered: [...kept.undelivered, ...events] });
      return false;
    }
    const waiting = this.#waiting.get(leg);
    if (waiting) {
      waiting.push(...events);
      return true;
    }
    return this.#run(leg, events);
  }

  /** Tells again what calls did not take; resolves to whether they have now. */
  async retry(): Promise<boolean> {
    const taken = this.#legs.all().map(async (leg) => {
      const { undelivered, ...rest } = leg;
      if (!undelivered || this.#waiting.has(leg.id)) return true;
      this.#legs.keep(rest);
      return this.#run(leg.id, undelivered, () => {
        const now = this.#legs.find(leg.id);
        if (now) this.#legs.save(now);
      });
    });
    return (await Promise.all(taken)).every(Boolean);
  }

  async #run(leg: string, first: LegEvent[], done: () => void = () => {}): Promise<boolean> {
    const waiting = [...first];
    this.#waiting.set(leg, waiting);
    try {
      while (waiting.length > 0) {
        const batch = [...waiting];
        await this.#deliver(leg, batch);
        waiting.splice(0, batch.length);
      }
      done();
      return true;
    } catch {
      const kept = this.#legs.find(leg);
      if (kept) this.#legs.save({ ...kept, undelivered: waiting });
      return false;
    } finally {
      this.#waiting.delete(leg);
    }
  }

  /** Numbers only grow, and go on growing after the object has slept: the call drops what it has heard before. */
  #number(fact: LegFact): LegEvent {
    const at = Date.now();
    this.#last = Math.max(this.#last + 1, at);
    return { ...fact, at, n: this.#last };
  }
}
