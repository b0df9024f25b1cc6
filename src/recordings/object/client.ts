import type { Scope } from '../../calls/call.ts';
import { recordingObject } from '../../contracts/objects.ts';
import type { RecorderEvent } from '../machine.ts';
import type { NewRecording } from '../recording.ts';
import { linkToConsents } from '../store/consent-links.ts';

/** What a call or a conference tells one of its recordings. */
export type RecordingMessage = { begin: NewRecording } | { recording: string; event: RecorderEvent };

/**
 * Tells it, and answers with those of its consents that were withdrawn at this very moment: what was recorded under them
 * is not kept. Rejects when it was not heard; it is then told again.
 */
export async function sendToRecording(
  word: RecordingMessage,
  owner: Scope & { id: string },
  env: Env,
): Promise<string[]> {
  if ('begin' in word) {
    await recordingObject(env, word.begin.id).begin(word.begin);
    return linkConsents(word.begin.id, word.begin.consents, owner, env);
  }
  await recordingObject(env, word.recording).report(word.event);
  return word.event.type === 'covered' ? linkConsents(word.recording, word.event.consents, owner, env) : [];
}

async function linkConsents(
  recording: string,
  consents: string[],
  owner: Scope & { id: string },
  env: Env,
): Promise<string[]> {
  const { id, accountId, mode } = owner;
  const withdrawn = await linkToConsents(env.DB, { accountId, mode, recording, owner: id, consents });
  if (withdrawn.length > 0) {
    await recordingObject(env, recording).report({ type: 'failed', at: Date.now(), reason: 'consent-withdrawn' });
  }
  return withdrawn;
}
