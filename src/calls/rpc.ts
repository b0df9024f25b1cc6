import type { CallFacts, CallRefusal, RecorderRefusal } from '../contracts/call.ts';
import type { RecorderState, RecordingOrder } from '../contracts/recording.ts';
import type { CallRpc } from '../contracts/rpc.ts';
import type { Scope } from '../contracts/scope.ts';
import type { Result } from '../lib/result.ts';
import type { DialLegEvent, ParentEvent } from './activities/messages.ts';
import type { NewCallFacts } from './call.ts';
import type { TimedEntry } from './effects.ts';

/** All that is asked of a call's object: by others (`CallRpc`), and by the calls' own routes and by calls themselves. */
export interface CallMethods extends CallRpc {
  /** Begins an outbound call, or takes an inbound one. Repeating it answers with the call that exists. */
  begin(facts: NewCallFacts): Promise<CallFacts>;
  timeline(scope: Scope): Result<TimedEntry[], CallRefusal>;
  /** Hangs up; hanging up twice is not an error. */
  hangUp(scope: Scope): Promise<Result<undefined, CallRefusal>>;
  /** Opens a recorder on the line as it is; answers with the recording's id. */
  record(scope: Scope, order: RecordingOrder): Promise<Result<string, RecorderRefusal>>;
  /** Pauses, resumes or stops the recorder that makes this recording. */
  changeRecorder(scope: Scope, recording: string, is: RecorderState): Promise<Result<undefined, RecorderRefusal>>;
  /** Keeps the call past its retention, or no longer. */
  setLegalHold(scope: Scope, isHeld: boolean): Promise<Result<CallFacts, CallRefusal>>;
  /** What a call that belongs to this one reports: the one that dialled it, or one that it dialled. */
  peerEvent(event: DialLegEvent | ParentEvent): Promise<void>;
}
