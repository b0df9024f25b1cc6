import type { NewRecording, RecorderEvent } from '../contracts/recording.ts';
import type { DeliveryOwner } from '../contracts/rpc.ts';
import type { Scope } from '../contracts/scope.ts';
import type { Result } from '../lib/result.ts';
import type { PartNumber, UploadVerdict } from './machine.ts';
import type { AudioFormat, RecordingFacts, StoredPart } from './recording.ts';

/** What an object refuses. */
export type RecordingRefusal =
  | 'recording_not_found'
  | 'recording_in_progress'
  | 'recording_not_ready'
  | 'recording_gone';

/** Who brings which part of which file. */
export interface Upload {
  gateway: string;
  format: AudioFormat;
  piece: PartNumber;
  part: StoredPart;
}

/** A recording as the lists show it, with the ids of the consents that cover it. */
export type CoveredFacts = RecordingFacts & { consents: string[] };

/** All that is asked of a recording's object. */
export interface RecordingMethods extends DeliveryOwner {
  /** The recorder was opened. Repeating it answers with the recording that exists. */
  begin(facts: NewRecording): Promise<CoveredFacts>;
  /** What the call, the conference or the network reports of its recorder; false where there is no such recording yet. */
  report(event: RecorderEvent): Promise<boolean>;
  facts(scope: Scope): Result<CoveredFacts, RecordingRefusal>;
  /** The parts of a file, for whoever may hear it. */
  audio(scope: Scope, format: AudioFormat): Result<StoredPart[], RecordingRefusal>;
  /** Deletes the audio. Removing it twice is not an error. */
  remove(scope: Scope): Promise<Result<undefined, RecordingRefusal>>;
  /** The retention is over: the audio goes, whatever state the recording is in. */
  expire(): Promise<void>;
  /** Whether a part that a gateway wants to bring should be stored. Undefined: there is no such recording for it. */
  offer(upload: Upload): UploadVerdict | undefined;
  /** The bucket has the part. False when it is not wanted any more. */
  receive(upload: Upload): Promise<boolean>;
}
