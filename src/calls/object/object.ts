import { DurableObject } from 'cloudflare:workers';
import { signingSecrets } from '../../accounts/store/secrets.ts';
import { lookUpConsent } from '../../consents/store/lookup.ts';
import { dropRefusals } from '../../consents/store/queries.ts';
import type { CallFacts, CallRefusal, RecorderRefusal } from '../../contracts/call.ts';
import type { LegEvent } from '../../contracts/carrier.ts';
import { carrierOf } from '../../contracts/carrier-of.ts';
import type { ConferenceMessage } from '../../contracts/conference.ts';
import type { Attempt, Delivery } from '../../contracts/delivery.ts';
import { simulatedObject } from '../../contracts/objects.ts';
import type { RecorderState, RecordingOrder } from '../../contracts/recording.ts';
import type { Scope } from '../../contracts/scope.ts';
import { callTimeAfterWait, startClock, timeForAlarm } from '../../lib/clock.ts';
import { ObjectStore } from '../../lib/object-store.ts';
import { failed, GUARD_MS, isReady } from '../../lib/outbox.ts';
import { done, type Result, refused } from '../../lib/result.ts';
import { SingleFlight } from '../../lib/single-flight.ts';
import { DeliveryLease } from '../../webhooks/delivery-lease.ts';
import { isInConference } from '../activities/conference.ts';
import type { DialLegEvent, ParentEvent } from '../activities/messages.ts';
import { callFacts, type FlowRequest, isOver, type NewCallFacts, newCall } from '../call.ts';
import type { CallEvent, TimedEntry } from '../effects.ts';
import { evidenceIdsOf, numbersOn } from '../recording/parties.ts';
import { recordRefusal } from '../recording/recorder.ts';
import type { CallMethods } from '../rpc.ts';
import { copyCall } from '../store/queries.ts';
import * as deliveries from './deliveries.ts';
import { fetchFlow } from './fetch-flow.ts';
import { mayForget, setLegalHold } from './legal-hold.ts';
import { sendMessage } from './send-message.ts';
import * as records from './state.ts';

type CallRecord = records.CallState;
type Work = 'commands' | 'words' | 'wake-up' | 'copies';

/** The truth about one call: loads it, takes an event, commits, sends. What is decided, is decided in `machine.ts`. */
export class CallObject extends DurableObject<Env> implements CallMethods {
  readonly #store = new ObjectStore(this.ctx.storage, 'call', records.wakeAt);
  readonly #senders = new SingleFlight<Work>();
  readonly #postbox = new DeliveryLease(this.#store, {
    next: deliveries.nextDelivery,
    reported: deliveries.reportDelivery,
  });
  /** Whether this incarnation of the object is asking for a document. */
  #isFetching = false;

  async begin(facts: NewCallFacts): Promise<CallFacts> {
    const existing = this.#store.find();
    if (existing) return callFacts(existing.call);
    const now = Date.now();
    const fresh = records.newState(newCall(facts), startClock(now, facts.script?.speed ?? 1));
    const event: CallEvent = { type: facts.direction === 'outbound' ? 'call.placed' : 'call.received' };
    const { call } = this.#store.create(records.advance(fresh, event, now, now));
    await this.#send();
    return callFacts(call);
  }

  facts(scope: Scope): Result<CallFacts, CallRefusal> {
    const record = this.#find(scope);
    return record ? done(callFacts(record.call)) : refused('call_not_found');
  }

  timeline(scope: Scope): Result<TimedEntry[], CallRefusal> {
    const record = this.#find(scope);
    return record ? done(record.timeline) : refused('call_not_found');
  }

  async hangUp(scope: Scope): Promise<Result<undefined, CallRefusal>> {
    const record = this.#find(scope);
    if (!record) return refused('call_not_found');
    // Hanging up twice is not an error.
    if (!isOver(record.call)) {
      const now = Date.now();
      this.#store.commit(records.advance(record, { type: 'user.hangup' }, records.timeOfRequest(record, now), now));
      await this.#send();
    }
    return done(undefined);
  }

  /** Opens a recorder on the line as it is; answers with the recording's id. */
  async record(scope: Scope, order: RecordingOrder): Promise<Result<string, RecorderRefusal>> {
    const asked = this.#find(scope);
    if (!asked) return refused('call_not_found');
    const consentOnFile = await lookUpConsent(this.env.DB, scope, numbersOn(asked.call), Date.now());
    const { call } = this.#find(scope) ?? asked;
    const refusal = recordRefusal(call, consentOnFile);
    if (refusal !== undefined) return refused(refusal);
    this.#hear({ type: 'user.record', order, consentOnFile });
    await this.#send();
    const opened = this.#find(scope)?.call.attachments.recorder;
    return opened ? done(opened.id) : refused('recording_consent_required');
  }

  /** Pauses, resumes or stops the recorder that made this recording. */
  async changeRecorder(
    scope: Scope,
    recording: string,
    is: RecorderState,
  ): Promise<Result<undefined, RecorderRefusal>> {
    const record = this.#find(scope);
    if (!record) return refused('call_not_found');
    if (record.call.attachments.recorder?.id !== recording) return refused('recording_not_open');
    this.#hear({ type: 'user.recorder', is });
    await this.#send();
    return done(undefined);
  }

  /** Resolves once it is committed, and the network was told. */
  async consentWithdrawn(consent: string): Promise<void> {
    this.#hear({ type: 'consent.withdrawn', consent });
    await this.#send();
  }

  /** Keeps the call past its retention, or no longer. */
  async setLegalHold(scope: Scope, isHeld: boolean): Promise<Result<CallFacts, CallRefusal>> {
    const record = this.#find(scope);
    if (!record) return refused('call_not_found');
    const held = setLegalHold(record, isHeld, Date.now());
    if (held !== record) {
      this.#store.commit(held);
      await this.#send();
    }
    return done(callFacts(held.call));
  }

  /** Its retention is over: nothing of it stays here. False where it must stay. Doing it twice changes nothing. */
  async forget(): Promise<boolean> {
    const record = this.#store.find();
    if (record && !mayForget(record)) return false;
    if (record?.call.mode === 'test') await simulatedObject(this.env, record.call.id).forget();
    if (record) await dropRefusals(this.env.DB, record.call, evidenceIdsOf(record.call));
    // Looked at again: a hold may have come meanwhile.
    const last = this.#store.find();
    if (last && !mayForget(last)) return false;
    await this.#store.erase();
    return true;
  }

  /** What the network reports, in order. Resolves once it is committed. */
  async legEvents(events: LegEvent[]): Promise<void> {
    const record = this.#store.find();
    if (!record) return;
    const now = Date.now();
    this.#commit(events.reduce((it, event) => records.applyLegEvent(it, event, now), record));
  }

  /** What a call that belongs to this one says. Resolves once it is committed. */
  async peerEvent(event: DialLegEvent | ParentEvent): Promise<void> {
    this.#hear(event);
  }

  /** What the conference says that this call is in. Resolves once it is committed. */
  async conferenceMessage(message: ConferenceMessage): Promise<void> {
    this.#hear({ type: 'conference.message', message });
  }

  /** Whether it is still in the conference of this stay. */
  isInConference(stay: number): boolean {
    const record = this.#store.find();
    return record !== undefined && isInConference(record.call, stay);
  }

  #hear(event: CallEvent): void {
    const record = this.#store.find();
    if (record) this.#commit(records.applyMessage(record, event, Date.now()));
  }

  /** For the consumer of the queue: see the postbox. */
  nextDelivery(): Delivery | undefined {
    return this.#postbox.nextDelivery();
  }

  reportDelivery(id: string, attempt: Attempt): Delivery | undefined {
    return this.#postbox.report(id, attempt);
  }

  override async alarm(): Promise<void> {
    const record = this.#store.find();
    if (!record) return;
    const now = Date.now();
    const { alarmAt: _rung, ...rung } = record;
    this.#store.commit(records.fireTimers(rung, timeForAlarm(record.clock, now), now));
    await this.#send();
  }

  #find(scope: Scope): CallRecord | undefined {
    const record = this.#store.find();
    return record && record.call.accountId === scope.accountId && record.call.mode === scope.mode ? record : undefined;
  }

  #commit(record: CallRecord): void {
    if (record === this.#store.find()) return;
    this.#store.commit(record);
    this.ctx.waitUntil(this.#send());
  }

  /** Sends what the last commits left to send. Never rejects: what could not be sent stays, and the alarm tries again. */
  async #send(): Promise<void> {
    this.#startFetch();
    await Promise.all([
      this.#run('commands', (record) => this.#command(record)),
      this.#run('words', (record) => this.#say(record)),
      this.#run('wake-up', (record) => this.#postbox.wake(this.env.WEBHOOKS, record.call.id)),
      this.#run('copies', (record) => this.#copy(record)),
    ]);
    this.#store.flush();
  }

  #run(work: Work, step: (record: CallRecord) => Promise<boolean>): Promise<void> {
    return this.#senders.run(work, async () => {
      const record = this.#store.find();
      return record !== undefined && step(record);
    });
  }

  async #command(record: CallRecord): Promise<boolean> {
    const command = isReady(record.commands, Date.now()) ? records.nextCommand(record, Date.now()) : undefined;
    if (!command) return false;
    const performed = await carrierOf(record.call, this.env)
      .perform(command)
      .catch(() => undefined);
    this.#store.change((it) => {
      const now = Date.now();
      if (!performed) return { ...it, commands: failed(it.commands, now) };
      const accepted = records.commanded(it, command.instructions.length, now);
      if (performed.ok) return accepted;
      return records.applyLegEvent(accepted, { type: 'leg.ended', cause: performed.refusal, at: now }, now);
    });
    // A refusal is news, and words may have waited for this: the others, who had nothing to send, would wait for the alarm.
    const isNews = performed && (!performed.ok || this.#store.find()?.messages.messages.length);
    if (isNews) this.ctx.waitUntil(this.#send());
    return performed !== undefined;
  }

  async #say(record: CallRecord): Promise<boolean> {
    const word = records.nextMessage(record, Date.now());
    if (!word) return false;
    const answer = await sendMessage(word, record, this.env).catch(() => undefined);
    this.#store.change((it) => {
      const now = Date.now();
      return answer ? answer(records.messageSent(it, now), now) : { ...it, messages: failed(it.messages, now) };
    });
    // What was answered may be news, as a refusal by the network is.
    if (this.#store.find()?.call !== record.call) this.ctx.waitUntil(this.#send());
    return answer !== undefined;
  }

  async #copy(record: CallRecord): Promise<boolean> {
    if (!isReady(record.copies, Date.now())) return false;
    const { call, version } = record;
    const copied = await copyCall(this.env.DB, call, version).then(
      () => true,
      () => false,
    );
    this.#store.change((it) => records.copied(it, copied ? version : undefined, Date.now()));
    return copied;
  }

  /** Asks for a flow document beside everything else: a customer's slow server delays nobody's notifications. */
  #startFetch(): void {
    const record = this.#store.find();
    const request = record?.fetches.messages[0];
    if (!record || !request) return;
    if (this.#isFetching) {
      this.#store.keep({ ...record, fetches: { ...record.fetches, dueAt: Date.now() + GUARD_MS } });
      return;
    }
    this.#isFetching = true;
    this.ctx.waitUntil(this.#fetchFlow(record, request));
  }

  async #fetchFlow(record: CallRecord, request: FlowRequest): Promise<void> {
    const delivery = deliveries.flowDelivery(record, request, Date.now());
    const secrets = await signingSecrets(this.env.DB, delivery);
    const fetched = await fetchFlow({ ...delivery, secrets }, this.env.WEBHOOK_URLS);
    this.#isFetching = false;
    this.#store.change((it) => {
      const now = Date.now();
      return deliveries.flowFetched(it, request, fetched, callTimeAfterWait(it.clock, now), now);
    });
    this.#store.flush();
    await this.#send();
  }
}
