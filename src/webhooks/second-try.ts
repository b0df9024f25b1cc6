/**
 * How long after a request that failed its second try is sent. A server closes the connections that it kept open too long
 * in one go, and by then the platform knows of all of them, so that it opens a fresh one.
 */
const PAUSE_MS = 100;

/**
 * Sends a request to a server of others, and once more where it failed before an answer began: most often the server has
 * closed a connection that was kept open, at the very moment of the request. Both tries carry the same id and body, and
 * share the time of `signal`. Rejects when neither was answered.
 */
export async function fetchTwice(url: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal.aborted) throw error;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    init.signal.throwIfAborted();
    return fetch(url, init);
  }
}
