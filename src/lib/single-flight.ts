/** What is being sent by this incarnation of an object: one run of each kind at a time. */
export class SingleFlight<Kind extends string> {
  readonly #running = new Set<Kind>();
  /** Kinds that were asked to run while they did: their last look may have been too early. */
  readonly #again = new Set<Kind>();

  /** Repeats `step` until it has nothing left to do, which it answers with false. */
  async run(kind: Kind, step: () => Promise<boolean>): Promise<void> {
    this.#again.add(kind);
    if (this.#running.has(kind)) return;
    this.#running.add(kind);
    try {
      while (this.#again.delete(kind)) while (await step());
    } finally {
      this.#running.delete(kind);
    }
  }
}
