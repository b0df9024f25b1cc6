import type { AriRequest } from './commands.ts';

/** What Asterisk says to a request. */
export interface AriResponse {
  status: number;
  body: unknown;
}

const EARLY_TRIES = 20;
const EARLY_MS = 25;

/** Asks again of a channel that may be a moment late in our application: until then it takes nothing. */
export async function requestUntilReady(
  request: AriRequest,
  ask: (it: AriRequest) => Promise<AriResponse>,
): Promise<AriResponse> {
  for (let tries = 1; ; tries++) {
    const answer = await ask(request);
    if (!isTooEarly(request, answer) || tries === EARLY_TRIES) return answer;
    await new Promise((resolve) => setTimeout(resolve, EARLY_MS));
  }
}

/** What Asterisk answers for a channel that is not in its application, a recording that is being begun, a bridge to come. */
const isTooEarly = ({ uri }: AriRequest, { status, body }: AriResponse): boolean =>
  (/\/(play|continue)$/.test(uri) && status === 409) ||
  (uri.endsWith('/addChannel') && status === 422) ||
  (/\/(record|mute|pause|stop)$/.test(uri) && status === 409 && /not in (Stasis|session)/.test(messageOf(body))) ||
  (/^bridges\/.*\/record$/.test(uri) && status === 404);

/** Why Asterisk refused. */
export const messageOf = (body: unknown): string => String((body as { message?: string } | undefined)?.message);
