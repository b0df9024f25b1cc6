/** A request to Asterisk's REST interface, which travels over the gateway's socket. */
export interface AriRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  uri: string;
  query?: Record<string, string>;
  body?: unknown;
}

export interface AriResponse {
  status: number;
  body: unknown;
}

/** Together half a second: longer, and the thing that is waited for will not come. */
const READY_TRIES = 20;
const READY_RETRY_MS = 25;

/**
 * Repeats a request as long as Asterisk refuses it only because it comes a moment too early, and resolves to the last
 * response.
 */
export async function requestUntilReady(
  request: AriRequest,
  send: (request: AriRequest) => Promise<AriResponse>,
): Promise<AriResponse> {
  for (let tries = 1; ; tries++) {
    const response = await send(request);
    if (!isNotReadyYet(request, response) || tries === READY_TRIES) return response;
    await new Promise((resolve) => setTimeout(resolve, READY_RETRY_MS));
  }
}

/** Whether the channel has not entered its application yet, the recording is just being begun, or the bridge is about to come. */
const isNotReadyYet = ({ uri }: AriRequest, { status, body }: AriResponse): boolean =>
  (/\/(play|continue)$/.test(uri) && status === 409) ||
  (uri.endsWith('/addChannel') && status === 422) ||
  (/\/(record|mute|pause|stop)$/.test(uri) && status === 409 && /not in (Stasis|session)/.test(errorMessage(body))) ||
  (/^bridges\/.*\/record$/.test(uri) && status === 404);

/** The reason that Asterisk gives in the body of a refusal. */
export const errorMessage = (body: unknown): string => String((body as { message?: string } | undefined)?.message);
