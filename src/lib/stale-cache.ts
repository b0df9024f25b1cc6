interface Entry<Value> {
  value: Value;
  since: number;
}

/**
 * Remembers answers: for `freshMs` as they are, and for `staleMs` as what was true when it could last be asked, for the time
 * that the source cannot be reached. Holds at most `size` answers; the least recently used goes first, so that nobody can
 * push out what others use.
 */
export class StaleCache<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #limits: { size: number; freshMs: number; staleMs: number };

  constructor(limits: { size: number; freshMs: number; staleMs: number }) {
    this.#limits = limits;
  }

  /** The answer while it need not be asked for again. `now` is epoch milliseconds, as everywhere here. */
  fresh(key: string, now: number): Value | undefined {
    return this.#find(key, now, this.#limits.freshMs);
  }

  /** The answer while it may still be used in case the source cannot be reached. */
  stale(key: string, now: number): Value | undefined {
    return this.#find(key, now, this.#limits.staleMs);
  }

  set(key: string, value: Value, now: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, since: now });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#limits.size && oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  #find(key: string, now: number, ageMs: number): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry || now - entry.since >= ageMs) return undefined;
    // A map keeps the order of insertion: what is used goes to its end.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }
}
