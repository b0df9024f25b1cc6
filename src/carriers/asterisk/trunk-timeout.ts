import type { Leg } from './leg.ts';

/** Any carrier says `100 Trying` to an INVITE within 200 ms (RFC 3261, 17.2.1); by now it has been asked four times. */
export const SILENT_MS = 6000;

/** A carrier that has taken the call may look for the phone: 95 of 100 calls abroad ring within 11 s (ITU-T E.721). */
export const TRYING_MS = 15_000;

/** Whether another trunk might do better, should this one go on saying nothing. */
export const mayLoseTrunk = ({ status, dial, todo }: Leg): boolean =>
  status === 'dialing' && dial !== undefined && dial.rest.length > 0 && !dial.underway && !isHungUp(todo);

const isHungUp = (todo: Leg['todo']): boolean => todo.some((it) => it.do === 'hangup');

/** What a trunk has said to an INVITE: its last SIP status, 0 for nothing yet, undefined when there is no such channel. */
export type SipStatus = number | undefined;

/** `SIP 183 Session Progress`, as Asterisk keeps it of a channel. */
export const sipStatusIn = (text: unknown): number => Number(/^SIP (\d{3})/.exec(String(text))?.[1] ?? 0);

/** How long to wait for a trunk from the moment it was asked. */
export function waitFor(said: SipStatus): number {
  if (said === 0) return SILENT_MS;
  // Why a channel is gone, an event tells that may still be on its way.
  return said === undefined || said <= 100 ? TRYING_MS : Number.POSITIVE_INFINITY;
}
