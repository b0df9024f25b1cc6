import type { GatewayLeg } from './leg.ts';

/**
 * How long a trunk may say nothing to an INVITE. Any carrier answers `100 Trying` within 200 ms (RFC 3261, 17.2.1); by now
 * Asterisk has sent the INVITE four times.
 */
export const NO_RESPONSE_MS = 6000;

/** How long a carrier that has said `100 Trying` may look for the phone: 95 of 100 calls abroad ring within 11 s (ITU-T E.721). */
export const TRYING_MS = 15_000;

/** Whether the call may leave its trunk for the next one: no phone has rung, there is another trunk, and the call is still wanted. */
export const mayFailOver = ({ status, dial, pending }: GatewayLeg): boolean =>
  status === 'dialing' &&
  dial !== undefined &&
  dial.routes.length > 0 &&
  !dial.progressing &&
  !isHangupPending(pending);

const isHangupPending = (pending: GatewayLeg['pending']): boolean => pending.some((it) => it.do === 'hangup');

/** The last SIP status of an INVITE's channel: 0 as long as there was none, undefined when the channel does not exist. */
export type SipStatus = number | undefined;

/** Reads the status as Asterisk keeps it with a channel: `SIP 183 Session Progress`. */
export const parseSipStatus = (text: unknown): number => Number(/^SIP (\d{3})/.exec(String(text))?.[1] ?? 0);

/** How long to wait for a trunk with this last status, in milliseconds from the INVITE; Infinity when it is never left. */
export function trunkTimeout(status: SipStatus): number {
  if (status === 0) return NO_RESPONSE_MS;
  // A channel that does not exist has ended, for a reason that an event may be about to tell.
  return status === undefined || status <= 100 ? TRYING_MS : Number.POSITIVE_INFINITY;
}
