import { DurableObject } from 'cloudflare:workers';
import type { Attempt, Delivery } from '../../contracts/delivery.ts';
import type { NewRecording, RecorderEvent } from '../../contracts/recording.ts';
import type { Scope } from '../../contracts/scope.ts';
import { ObjectStore } from '../../lib/object-store.ts';
import { isReady } from '../../lib/outbox.ts';
import { done, type Result, refused } from '../../lib/result.ts';
import { SingleFlight } from '../../lib/single-flight.ts';
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
import * as records from './state.ts';

type RecordingRecord = records.RecordingState;
type Work = 'wake-up' | 'erasures' | 'copies';

/** The truth about one recording: loads it, takes an event, commits, sends. What is decided, is decided in `machine.ts`. */
export class RecordingObject extends DurableObject<Env> implements RecordingMethods {
  readonly #store = new ObjectStore(this.ctx.storage, 'recording', records.wakeAt);
  readonly #senders = new SingleFlight<Work>();
  readonly #postbox = new DeliveryLease(this.#store, { next: records.nextDelivery, reported: records.reportDelivery });

  /** The recorder was opened. Repeating it answers with the recording that exists. */
  async begin(facts: NewRecording): Promise<CoveredFacts> {
    const { recording } = this.#store.find() ?? this.#create(facts);
    this.ctx.waitUntil(this.#send());
    return coveredFacts(recording);
  }

  /** What the call or the conference tells of its recorder. Resolves once it is committed. */
  async report(event: RecorderEvent): Promise<void> {
    this.#take(event);
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
    this.#advance({ type: 'removed' });
    await this.#send();
    return done(undefined);
  }

  /** Its retention is over: the audio goes, whatever state it is in. */
  async expire(): Promise<void> {
    this.#advance({ type: 'expired' });
    await this.#send();
  }

  /** Whether a piece that a gateway wants to bring should be stored. Undefined: there is no such recording for it. */
  offer({ gateway, format, piece, part }: Upload): UploadVerdict | undefined {
    const { recording } = this.#store.find() ?? {};
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
    return this.#postbox.nextDelivery();
  }

  reportDelivery(id: string, attempt: Attempt): Delivery | undefined {
    return this.#postbox.report(id, attempt);
  }

  override async alarm(): Promise<void> {
    const record = this.#store.find();
    if (!record) return;
    const { alarmAt: _rung, ...rung } = record;
    this.#store.commit(records.fireTimers(rung, Date.now()));
    await this.#send();
  }

  #create(facts: NewRecording): RecordingRecord {
    const fresh = records.newState(newRecording(facts));
    return this.#store.create(records.advance(fresh, { type: 'begun' }, Date.now()));
  }

  #find({ accountId, mode }: Scope): RecordingRecord | undefined {
    const record = this.#store.find();
    return record?.recording.accountId === accountId && record.recording.mode === mode ? record : undefined;
  }

  #take(event: RecordingEvent): void {
    if (this.#advance(event)) this.ctx.waitUntil(this.#send());
  }

  #advance(event: RecordingEvent): boolean {
    const record = this.#store.find();
    const next = record && records.advance(record, event, Date.now());
    if (!next || next === record) return false;
    this.#store.commit(next);
    return true;
  }

  /** Sends what the last commits left to send. Never rejects: what could not be sent stays, and the alarm tries again. */
  async #send(): Promise<void> {
    await Promise.all([
      this.#run('erasures', (record) => this.#erase(record)),
      this.#run('wake-up', (record) => this.#postbox.wake(this.env.WEBHOOKS, record.recording.id)),
      this.#run('copies', (record) => this.#copy(record)),
    ]);
    this.#store.flush();
  }

  #run(work: Work, step: (record: RecordingRecord) => Promise<boolean>): Promise<void> {
    return this.#senders.run(work, async () => {
      const record = this.#store.find();
      return record !== undefined && step(record);
    });
  }

  async #erase({ erasures, recording }: RecordingRecord): Promise<boolean> {
    if (!isReady(erasures, Date.now())) return false;
    const isDone = await eraseAudio(this.env.RECORDINGS, recording.id).then(
      () => true,
      () => false,
    );
    this.#store.change((it) => records.erased(it, isDone, Date.now()));
    return isDone;
  }

  async #copy({ copies, recording, version }: RecordingRecord): Promise<boolean> {
    if (!isReady(copies, Date.now())) return false;
    const isDone = await copyRecording(this.env.DB, recordingFacts(recording), version).then(
      () => true,
      () => false,
    );
    this.#store.change((it) => records.copied(it, isDone ? version : undefined, Date.now()));
    return isDone;
  }
}

const coveredFacts = (recording: Recording): CoveredFacts => ({
  ...recordingFacts(recording),
  consents: recording.consents,
});
