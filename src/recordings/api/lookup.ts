import * as v from 'valibot';
import { recordingObject } from '../../contracts/objects.ts';
import type { RecorderState } from '../../contracts/recording.ts';
import type { Scope } from '../../contracts/scope.ts';
import { isId } from '../../lib/ids.ts';
import type { Result } from '../../lib/result.ts';
import type { RecordingMethods, RecordingRefusal } from '../rpc.ts';
import { recordingErrors } from './errors.ts';
import type { ChangeRecording, RecordingView } from './schemas.ts';
import { viewRecording } from './view.ts';

/** What the routes of recordings and of their audio have in common. */

export const RecordingPath = v.object({
  recording_id: v.pipe(v.string(), v.description('Unique recording identifier')),
});

/** An id that cannot be a recording's creates no object. */
export function recordingStub(id: string, env: Env) {
  if (!isId('RE', id)) throw recordingErrors.recording_not_found();
  return recordingObject<RecordingMethods>(env, id);
}

export function granted<Value>(outcome: Result<Value, RecordingRefusal>): Value {
  if (!outcome.ok) throw recordingErrors[outcome.refusal]();
  return outcome.value;
}

/** The recording as its customer sees it, asked of its object. */
export async function viewRecordingById(id: string, { accountId, mode }: Scope, env: Env): Promise<RecordingView> {
  const { consents, ...facts } = granted(await recordingStub(id, env).facts({ accountId, mode }));
  return viewRecording(facts, consents);
}

/** What the recorder has to be, for what the customer wants of the recording. */
export function recorderStateFor({ status, pause_behavior: behavior }: ChangeRecording): RecorderState {
  const paused = behavior === 'silence' ? 'silent' : 'paused';
  return ({ paused, 'in-progress': 'on', stopped: 'off' } as const)[status];
}
