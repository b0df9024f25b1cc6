import type { Consent } from '../../consents/consent.ts';
import { consentHolder, recordingObject } from '../../contracts/objects.ts';
import type { RecordingMethods } from '../rpc.ts';
import { recordingsUnder } from '../store/consent-links.ts';

/**
 * Ends every recording that runs under a consent that was withdrawn, and deletes those that its owner wants deleted.
 * Doing it twice changes nothing: a customer whose request failed half-way withdraws again.
 */
export async function endRecordingsUnder(consent: Consent, env: Env): Promise<void> {
  const links = await recordingsUnder(env.DB, consent);
  // A party that was asked in a call has withdrawn for all of that call, recorded or not.
  const asked = consent.callId === undefined ? [] : [consent.callId];
  const holders = new Set([...links.map(({ owner }) => owner), ...asked]);
  for (const holder of holders) await consentHolder(env, holder).consentWithdrawn(consent.id);
  for (const { recording } of links) await deleteIfWanted(recording, consent, env);
}

/** The holder of the recorder stops the recording, too, but perhaps later: what runs cannot be deleted. */
async function deleteIfWanted(
  recording: string,
  { accountId, mode, deleteRecordings }: Consent,
  env: Env,
): Promise<void> {
  if (!deleteRecordings) return;
  const object = recordingObject<RecordingMethods>(env, recording);
  await object.report({ type: 'stopped', at: Date.now() });
  await object.remove({ accountId, mode });
}
