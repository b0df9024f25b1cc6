/** What is being sent by this incarnation of an object: one run of each kind at a time. */
export class Senders<Kind extends string> {
  readonly #running = new Set<Kind>();

  isRunning(kind: Kind): boolean {
    return this.#running.has(kind);
  }

  /** Repeats `step` until it has nothing left to do, which it answers with false. */
  async run(kind: Kind, step: () => Promise<boolean>): Promise<void> {
    if (this.#running.has(kind)) return;
    this.#running.add(kind);
    try {
      while (await step());
    } finally {
      this.#running.delete(kind);
    }
  }
}
