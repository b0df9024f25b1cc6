import { endRecordingsUnder } from '../../recordings/store/consent-links.ts';
import type { Consent } from '../consent.ts';

type Listener = (consent: Consent, env: Env) => Promise<void>;

/**
 * Whoever records has its line here. It gets the withdrawn consent, which says all there is to do: stop every recording
 * that is running under it — of the call `callId` where it was given in a call, else of every live call with
 * `phoneNumber` in the scope of `accountId` and `mode` — and delete those made under it where `deleteRecordings` is set.
 * A listener must be able to do the same twice: a customer whose request failed half-way withdraws again.
 */
const listeners: Listener[] = [endRecordingsUnder];

/** Called after each withdrawal, once the database has it: from then on nothing new begins under this consent. */
export async function onWithdrawn(consent: Consent, env: Env): Promise<void> {
  for (const listener of listeners) await listener(consent, env);
}
