import { StaleCache } from './stale-cache.ts';

const SIZE = 10_000;

/** How long an answer of the database is believed, so that a busy owner of a key does not ask it for every request. */
const FRESH_MS = 30_000;

/**
 * How long a key that was good stays good while the database cannot be reached: live calls can then still be seen and hung
 * up. A key that is revoked during an outage works for as long.
 */
const OUTAGE_MS = 3_600_000;

/**
 * Remembers by the hash of a key whose it is. Good keys and wrong ones are kept apart: whoever tries a million wrong ones
 * pushes no good key out, and one that is tried again and again costs the database one question in half a minute.
 */
export class KeyCache<Owner> {
  readonly #owners: StaleCache<Owner>;
  readonly #wrong = new StaleCache<true>({ size: SIZE, freshMs: FRESH_MS, staleMs: FRESH_MS });

  /** `goodMs`: how long a good key is believed without asking; 0 where its end must be seen at once. */
  constructor(goodMs = FRESH_MS) {
    this.#owners = new StaleCache<Owner>({ size: SIZE, freshMs: goodMs, staleMs: OUTAGE_MS });
  }

  /**
   * The owner of the key with this hash, asked for by `load` where it is not remembered; undefined for a wrong key. Rejects
   * when `load` does and the key was not good shortly before.
   */
  async owner(hash: string, now: number, load: () => Promise<Owner | undefined>): Promise<Owner | undefined> {
    const known = this.#owners.fresh(hash, now);
    if (known !== undefined || this.#wrong.fresh(hash, now)) return known;
    try {
      const owner = await load();
      this.#remember(hash, owner, now);
      return owner;
    } catch (error) {
      const remembered = this.#owners.stale(hash, now);
      if (remembered !== undefined) return remembered;
      throw error;
    }
  }

  #remember(hash: string, owner: Owner | undefined, now: number): void {
    if (owner !== undefined) this.#owners.set(hash, owner, now);
    else {
      this.#owners.delete(hash);
      this.#wrong.set(hash, true, now);
    }
  }
}
