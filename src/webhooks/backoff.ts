import type { Attempt } from '../contracts/delivery.ts';

export type RetryDecision =
  | { do: 'done' }
  | { do: 'retry'; seconds: number }
  /** The notification is given up, and the next one is tried. */
  | { do: 'skip' }
  /** The server wants no more notifications of this object. */
  | { do: 'stop' };

/** The seconds before the second, third … attempt, which make eleven attempts over a day. */
const RETRY_SECONDS = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800];

const LONGEST_WAIT = 43_200;

/**
 * Decides what follows upon an attempt. `attempts` is the number of attempts so far, and `random` a number from 0 to 1, which
 * spreads retries so that a server that comes back is not stormed.
 */
export function retryDecision({ status, retryAfter }: Attempt, attempts: number, random: number): RetryDecision {
  if (status !== undefined && status >= 200 && status < 300) return { do: 'done' };
  if (status === 410) return { do: 'stop' };
  const wait = RETRY_SECONDS[attempts - 1];
  if (wait === undefined) return { do: 'skip' };
  const jittered = Math.round(wait * (0.8 + 0.4 * random));
  return { do: 'retry', seconds: Math.min(Math.max(jittered, retryAfter ?? 0), LONGEST_WAIT) };
}

/** The `Retry-After` header, a number or an HTTP date, as seconds from now; undefined when it is neither. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000));
}
