/** Runs work of an object, one run of each kind at a time. It lasts as long as the object stays in memory. */
export class SingleFlight<Kind extends string> {
  readonly #running = new Map<Kind, Promise<void>>();
  /** Kinds that were asked to run while they did: they look once more, because their last look may have been too early. */
  readonly #again = new Set<Kind>();

  /** Whether a run of this kind is under way. */
  isRunning(kind: Kind): boolean {
    return this.#running.has(kind);
  }

  /**
   * Repeats `step` until it has nothing left to do, which it answers with false. Whoever asks while a run is under way
   * waits for that one, which then looks once more: so a step must never wait for its own kind.
   */
  run(kind: Kind, step: () => Promise<boolean>): Promise<void> {
    this.#again.add(kind);
    return this.#running.get(kind) ?? this.#start(kind, step);
  }

  #start(kind: Kind, step: () => Promise<boolean>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Known before it begins: a step may ask for another run at once.
    this.#running.set(kind, promise);
    this.#repeat(kind, step).then(resolve, reject);
    return promise;
  }

  async #repeat(kind: Kind, step: () => Promise<boolean>): Promise<void> {
    try {
      while (this.#again.delete(kind)) while (await step());
    } finally {
      this.#running.delete(kind);
    }
  }
}
