/** No healthy run comes near it, on however busy a machine. Timeouts of tests are longer: the last complaint is then told. */
const PATIENCE_MS = 90_000;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;

// A test may replace the timers of what it tests: the waiting itself goes on in real time.
const { setTimeout } = globalThis;

/**
 * Runs an expectation until it holds, and answers with what it returned. Rejects with its last complaint after a minute and a
 * half. Pauses grow, so that many tests can wait side by side without keeping the machine busy.
 */
export async function until<Result>(expectation: () => Result | Promise<Result>): Promise<Result> {
  let pause = FIRST_PAUSE_MS;
  for (let waited = 0; ; waited += pause) {
    try {
      return await expectation();
    } catch (complaint) {
      if (waited >= PATIENCE_MS) throw complaint;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS);
  }
}
