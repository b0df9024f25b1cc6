import { recordingObject } from '../../contracts/objects.ts';
import type { RecordingMessage } from '../../contracts/recording.ts';
import type { Scope } from '../../contracts/scope.ts';
import type { RecordingMethods } from '../rpc.ts';
import { linkToConsents } from '../store/consent-links.ts';

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
    await recordingObject<RecordingMethods>(env, word.begin.id).begin(word.begin);
    return linkConsents(word.begin.id, word.begin.consents, owner, env);
  }
  await recordingObject<RecordingMethods>(env, word.recording).report(word.event);
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
    await recordingObject<RecordingMethods>(env, recording).report({
      type: 'failed',
      at: Date.now(),
      reason: 'consent-withdrawn',
    });
  }
  return withdrawn;
}
