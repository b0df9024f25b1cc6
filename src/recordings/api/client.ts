import { recordingObject } from '../../contracts/objects.ts';
import type { RecordingMessage } from '../../contracts/recording.ts';
import type { Scope } from '../../contracts/scope.ts';
import type { RecordingMethods } from '../rpc.ts';
import { linkToConsents } from '../store/consent-links.ts';

/**
 * Sends a message to its recording, and answers with those of the recording's consents that were withdrawn at this very
 * moment: what was recorded under them is not kept. Rejects when the message did not arrive; it is then sent again.
 */
export async function sendToRecording(
  message: RecordingMessage,
  owner: Scope & { id: string },
  env: Env,
): Promise<string[]> {
  if ('begin' in message) {
    await recordingObject<RecordingMethods>(env, message.begin.id).begin(message.begin);
    return linkConsents(message.begin.id, message.begin.consents, owner, env);
  }
  await recordingObject<RecordingMethods>(env, message.recording).report(message.event);
  return message.event.type === 'covered' ? linkConsents(message.recording, message.event.consents, owner, env) : [];
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
