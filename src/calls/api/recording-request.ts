import type { Caller } from '../../accounts/account.ts';
import { isActive } from '../../consents/consent.ts';
import { findConsent } from '../../consents/store/queries.ts';
import type { RecordingOrder } from '../../contracts/recording.ts';
import { defined } from '../../lib/defined.ts';
import { recordingOptions } from '../../recordings/api/options.ts';
import type { Call } from '../call.ts';
import { callErrors } from './errors.ts';
import type { NewCall } from './schemas.ts';

/** The facts of a call that is to be recorded from its answer on. Who has agreed is looked up then, since consent may be withdrawn. */
export async function recordingRequest(
  body: NewCall,
  caller: Caller,
  env: Env,
): Promise<Pick<Call, 'recordOnAnswer' | 'notice'>> {
  const { recording_notice: notice } = body;
  const words = defined({ notice });
  if (!body.record) return words;
  await checkReference(body, caller, env);
  return { ...words, recordOnAnswer: orderOf(body) };
}

/** Refuses a reference to a consent that does not hold: recording under it would be found unlawful too late. */
async function checkReference({ consent_ref: ref, to }: NewCall, caller: Caller, env: Env): Promise<void> {
  if (ref === undefined) return;
  const consent = await findConsent(env.DB, caller, ref);
  const isGood = consent?.source === 'file' && consent.phoneNumber === to && isActive(consent, Date.now());
  if (!isGood) {
    throw callErrors.consent_ref_invalid([
      { field: 'consent_ref', message: 'is no consent of this number that holds now' },
    ]);
  }
}

const orderOf = (body: NewCall): RecordingOrder => ({
  source: 'outbound-api',
  channels: body.recording_channels === 'dual' ? 2 : 1,
  ...recordingOptions(body),
});
