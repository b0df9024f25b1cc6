import type { CallFacts, CallRefusal, RecorderRefusal } from '../contracts/call.ts';
import type { RecorderState, RecordingOrder } from '../contracts/recording.ts';
import type { CallRpc } from '../contracts/rpc.ts';
import type { Scope } from '../contracts/scope.ts';
import type { Result } from '../lib/result.ts';
import type { DialLegEvent, ParentEvent } from './activities/messages.ts';
import type { NewCallFacts } from './call.ts';
import type { TimedEntry } from './effects.ts';

/** The methods of a call's object: for everybody (`CallRpc`), and for the calls' own routes and for other calls. */
export interface CallMethods extends CallRpc {
  /** Begins an outbound call, or takes an inbound one. Repeating it answers with the call that exists. */
  begin(facts: NewCallFacts): Promise<CallFacts>;
  timeline(scope: Scope): Result<TimedEntry[], CallRefusal>;
  /** Hangs up; hanging up twice is not an error. */
  hangUp(scope: Scope): Promise<Result<undefined, CallRefusal>>;
  /** Opens a recorder on the line as it is, and answers with the recording's id. */
  record(scope: Scope, order: RecordingOrder): Promise<Result<string, RecorderRefusal>>;
  /** Pauses, resumes or stops the recorder that makes this recording. */
  changeRecorder(scope: Scope, recording: string, is: RecorderState): Promise<Result<undefined, RecorderRefusal>>;
  /** Puts the call on legal hold, which keeps it past its retention, or lifts that. */
  setLegalHold(scope: Scope, isHeld: boolean): Promise<Result<CallFacts, CallRefusal>>;
  /** Takes what the parent call reports, or a leg that this call has dialled. */
  peerEvent(event: DialLegEvent | ParentEvent): Promise<void>;
}
