/** Where tests that run side by side wait for each other before something is done to all of them at once. */
export class Gathering {
  readonly #happens: () => Promise<void>;
  #waiting: { last: () => Promise<unknown>; resolve: (happened: Promise<void>) => void }[] = [];
  #members = 0;

  constructor(happens: () => Promise<void>) {
    this.#happens = happens;
  }

  /** To be called by each test as it begins. One that fails before it arrives leaves, so that the others do not wait for it. */
  join() {
    this.#members++;
    let isGone = false;
    const go = () => {
      if (isGone) return;
      isGone = true;
      this.#members--;
    };
    return {
      /** Resolves when it has happened: once all members are there. What is to be done right before it is done `last`. */
      arrive: (last: () => Promise<unknown> = async () => {}): Promise<void> =>
        new Promise((resolve) => {
          go();
          this.#waiting.push({ last, resolve });
          this.#check();
        }),
      [Symbol.dispose]: () => {
        go();
        this.#check();
      },
    };
  }

  #check(): void {
    if (this.#members > 0 || this.#waiting.length === 0) return;
    const waiting = this.#waiting.splice(0);
    const happened = Promise.allSettled(waiting.map(({ last }) => last())).then(this.#happens);
    for (const { resolve } of waiting) resolve(happened);
  }
}
