/**
 * Runs something that can be aborted, for at most so long. `AbortSignal.timeout` would leave its timer behind when the
 * work is done early, and an object with a timer in memory cannot hibernate: it would be billed until the deadline.
 */
export async function withDeadline<Result>(
  milliseconds: number,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), milliseconds);
  try {
    return await run(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
