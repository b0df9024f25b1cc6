import { DurableObject } from 'cloudflare:workers';
import type { Attempt, Delivery } from '../../contracts/delivery.ts';
import type { NewRecording, RecorderEvent } from '../../contracts/recording.ts';
import { maySee, type Scope } from '../../contracts/scope.ts';
import { ObjectShell } from '../../lib/object-shell.ts';
import { done, type Result, refused } from '../../lib/result.ts';
import { DeliveryLease } from '../../webhooks/delivery-lease.ts';
import { mayUpload, type RecordingEvent, type UploadVerdict, uploadVerdict } from '../machine.ts';
import {
  type AudioFormat,
  isErased,
  newRecording,
  type Recording,
  recordingFacts,
  type StoredPart,
  wholeFile,
} from '../recording.ts';
import type { CoveredFacts, RecordingMethods, RecordingRefusal, Upload } from '../rpc.ts';
import { eraseAudio } from '../store/audio-store.ts';
import { copyRecording } from '../store/queries.ts';
import { advance, deliveryRules, newState, type RecordingState, shape } from './state.ts';

/** The truth about one recording: loads it, takes an event, commits, sends. What is decided, is decided in `machine.ts`. */
export class RecordingObject extends DurableObject<Env> implements RecordingMethods {
  readonly #shell = new ObjectShell(this.ctx, shape, {
    erasures: (_sound, { recording }) => eraseAudio(this.env.RECORDINGS, recording.id),
    deliveries: (_all, { recording }) => this.env.WEBHOOKS.send({ owner: recording.id }),
    copies: (version, { recording }) => copyRecording(this.env.DB, recordingFacts(recording), version),
  });
  readonly #deliveries = new DeliveryLease(this.#shell, deliveryRules);

  /** The recorder was opened. Repeating it answers with the recording that exists. */
  async begin(facts: NewRecording): Promise<CoveredFacts> {
    const { recording } = this.#shell.find() ?? this.#create(facts);
    this.ctx.waitUntil(this.#shell.send());
    return coveredFacts(recording);
  }

  /** What the call, the conference or the network tells of its recorder. Resolves once it is committed. */
  async report(event: RecorderEvent): Promise<boolean> {
    this.#take(event);
    return this.#shell.find() !== undefined;
  }

  facts(scope: Scope): Result<CoveredFacts, RecordingRefusal> {
    const record = this.#find(scope);
    return record ? done(coveredFacts(record.recording)) : refused('recording_not_found');
  }

  /** The pieces of a file, for whoever may hear it. */
  audio(scope: Scope, format: AudioFormat): Result<StoredPart[], RecordingRefusal> {
    const { recording } = this.#find(scope) ?? {};
    if (!recording) return refused('recording_not_found');
    if (isErased(recording)) return refused('recording_gone');
    const parts = recording.status === 'completed' ? wholeFile(recording, format) : undefined;
    return parts ? done(parts) : refused('recording_not_ready');
  }

  /** Deletes the audio. Removing it twice is not an error. */
  async remove(scope: Scope): Promise<Result<undefined, RecordingRefusal>> {
    const { recording } = this.#find(scope) ?? {};
    if (!recording) return refused('recording_not_found');
    if (recording.status === 'in-progress' || recording.status === 'paused') return refused('recording_in_progress');
    this.#take({ type: 'removed' });
    await this.#shell.send();
    return done(undefined);
  }

  /** Its retention is over: the audio goes, whatever state it is in. */
  async expire(): Promise<void> {
    this.#take({ type: 'expired' });
    await this.#shell.send();
  }

  /** Whether a piece that a gateway wants to bring should be stored. Undefined: there is no such recording for it. */
  offer({ gateway, format, piece, part }: Upload): UploadVerdict | undefined {
    const { recording } = this.#shell.find() ?? {};
    if (!recording || !mayUpload(recording, gateway)) return undefined;
    return uploadVerdict(recording, format, piece, part);
  }

  /** The bucket has the piece. False when it is not wanted any more. */
  async receive(brought: Upload): Promise<boolean> {
    if (this.offer(brought) !== 'wanted') return this.offer(brought) === 'known';
    const { format, piece, part } = brought;
    this.#take({ type: 'received', format, piece, part });
    return true;
  }

  nextDelivery(): Delivery | undefined {
    return this.#deliveries.nextDelivery();
  }

  reportDelivery(id: string, attempt: Attempt): Delivery | undefined {
    return this.#deliveries.report(id, attempt);
  }

  override alarm(): Promise<void> {
    return this.#shell.alarm();
  }

  #create(facts: NewRecording): RecordingState {
    return this.#shell.create(advance(newState(newRecording(facts)), { type: 'begun' }, Date.now()));
  }

  #find(scope: Scope): RecordingState | undefined {
    const record = this.#shell.find();
    return record && maySee(scope, record.recording) ? record : undefined;
  }

  #take(event: RecordingEvent): void {
    this.#shell.change((record, now) => advance(record, event, now));
  }
}

const coveredFacts = (recording: Recording): CoveredFacts => ({
  ...recordingFacts(recording),
  consents: recording.consents,
});
