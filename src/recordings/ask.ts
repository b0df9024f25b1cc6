import * as v from 'valibot';
import { isId } from '../lib/ids.ts';
import type { Outcome } from '../lib/outcome.ts';
import { recordingObject } from '../objects.ts';
import { type RecordingRefusal, recordingErrors } from './errors.ts';

/** What the routes of recordings and of their audio have in common. */

export const RecordingPath = v.object({
  recording_id: v.pipe(v.string(), v.description('Unique recording identifier')),
});

/** An id that cannot be a recording's creates no object. */
export function objectOf(id: string, env: Env) {
  if (!isId('RE', id)) throw recordingErrors.recording_not_found();
  return recordingObject(env, id);
}

export function granted<Value>(outcome: Outcome<Value, RecordingRefusal>): Value {
  if (!outcome.ok) throw recordingErrors[outcome.refusal]();
  return outcome.value;
}
