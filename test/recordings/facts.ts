import type { NewRecording } from '../../src/contracts/recording.ts';
import { newId } from '../../src/lib/ids.ts';

export const HOOK = 'https://hook.example/recordings';

/** A recording that is about to begin, under an id of its own; give what matters to the test. */
export function someRecording(facts: Partial<NewRecording> = {}, now = Date.now()): NewRecording {
  return {
    id: newId('RE', now),
    accountId: 'AC00000000000070008000000000000001',
    mode: 'test',
    callId: newId('CA', now),
    channels: 1,
    source: 'outbound-api',
    startedAt: now,
    expiresAt: now + 30 * 86_400_000,
    consents: ['CN00000000000070008000000000000001'],
    statusCallback: HOOK,
    secrets: ['whsec_dGVsZWZvb24tbG9jYWwtd2ViaG9vay1zZWNyZXQ='],
    ...facts,
  };
}
