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
import { maySee, type Scope } from '../../contracts/scope.ts';
import { startClock } from '../../lib/clock.ts';
import { ObjectShell } from '../../lib/object-shell.ts';
import { done, type Result, refused } from '../../lib/result.ts';
import { languagesOf } from '../../speech/speech.ts';
import { DeliveryLease } from '../../webhooks/delivery-lease.ts';
import { isInConference } from '../activities/conference.ts';
import type { DialLegEvent, ParentEvent } from '../activities/messages.ts';
import { callFacts, type FlowRequest, isOver, type NewCallFacts, newCall } from '../call.ts';
import type { CallEvent, TimedEntry } from '../effects.ts';
import { evidenceIdsOf, numbersOn } from '../recording/parties.ts';
import { isOpenRecorder, recordRefusal } from '../recording/recorder.ts';
import type { CallMethods } from '../rpc.ts';
import { copyCall } from '../store/queries.ts';
import { type FetchedFlow, fetchFlow } from './fetch-flow.ts';
import { flowDelivery } from './flow-requests.ts';
import { mayForget, setLegalHold } from './legal-hold.ts';
import { sendMessage } from './send-message.ts';
import { deliveryRules, shape } from './shape.ts';
import { advance, applyLegEvent, applyMessage, type CallState, newState } from './state.ts';

/** Whoever asks for something that is committed waits so long until all have heard of it: the database may not answer. */
const PATIENCE_MS = 5000;

/** The truth about one call: loads it, takes an event, commits, sends. What is decided, is decided in `machine.ts`. */
export class CallObject extends DurableObject<Env> implements CallMethods {
  readonly #shell = new ObjectShell(this.ctx, shape, {
    commands: (command, { call }) => carrierOf(call, this.env).perform(command),
    messages: (message, state) =>
      sendMessage(message, state, (): CallState | undefined => this.#shell.find(), this.env),
    fetches: (request, state) => this.#fetchFlow(request, state),
    deliveries: (_all, { call }) => this.env.WEBHOOKS.send({ owner: call.id }),
    copies: (version, { call }) => copyCall(this.env.DB, call, version),
  });
  readonly #deliveries = new DeliveryLease(this.#shell, deliveryRules);

  async begin(facts: NewCallFacts): Promise<CallFacts> {
    const { call } = this.#shell.find() ?? this.#create(facts);
    await this.#shell.send();
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
    if (!isOver(record.call)) await this.#take({ type: 'user.hangup' });
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
    // Read before anything is sent: the network may refuse the recorder at once, and the recording exists nevertheless.
    const recorder = this.#apply({ type: 'user.record', order, consentOnFile })?.call.attachments.recorder;
    await this.#shell.send();
    return recorder ? done(recorder.id) : refused('recording_consent_required');
  }

  /** Pauses, resumes or stops the recorder that made this recording. */
  async changeRecorder(
    scope: Scope,
    recording: string,
    is: RecorderState,
  ): Promise<Result<undefined, RecorderRefusal>> {
    const record = this.#find(scope);
    if (!record) return refused('call_not_found');
    if (!isOpenRecorder(record.call, recording)) return refused('recording_not_open');
    await this.#take({ type: 'user.recorder', is });
    return done(undefined);
  }

  /** Resolves once it is committed, and the network was told. */
  async consentWithdrawn(consent: string): Promise<void> {
    await this.#take({ type: 'consent.withdrawn', consent });
  }

  /** Keeps the call past its retention, or no longer. */
  async setLegalHold(scope: Scope, isHeld: boolean): Promise<Result<CallFacts, CallRefusal>> {
    const record = this.#find(scope);
    if (!record) return refused('call_not_found');
    const { call } = this.#shell.change((it, now) => setLegalHold(it, isHeld, now)) ?? record;
    await this.#shell.send();
    return done(callFacts(call));
  }

  /** Its retention is over: nothing of it stays here. False where it must stay. Doing it twice changes nothing. */
  async forget(): Promise<boolean> {
    const record = this.#shell.find();
    if (record && !mayForget(record)) return false;
    if (record?.call.mode === 'test') await simulatedObject(this.env, record.call.id).forget();
    if (record) await dropRefusals(this.env.DB, record.call, evidenceIdsOf(record.call));
    // Looked at again: a hold may have come meanwhile.
    const last = this.#shell.find();
    if (last && !mayForget(last)) return false;
    await this.#shell.erase();
    return true;
  }

  /** What the network reports, in order. Resolves once it is committed. */
  async legEvents(events: LegEvent[]): Promise<void> {
    this.#shell.change((record, now) => events.reduce((it, event) => applyLegEvent(it, event, now), record));
  }

  /** What a call that belongs to this one says. Resolves once it is committed. */
  async peerEvent(event: DialLegEvent | ParentEvent): Promise<void> {
    this.#apply(event);
  }

  /** What the conference says that this call is in. Resolves once it is committed. */
  async conferenceMessage(message: ConferenceMessage): Promise<void> {
    this.#apply({ type: 'conference.message', message });
  }

  /** Whether it is still in the conference of this stay. */
  isInConference(stay: number): boolean {
    const record = this.#shell.find();
    return record !== undefined && isInConference(record.call, stay);
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

  #create(facts: NewCallFacts): CallState {
    const now = Date.now();
    const fresh = newState(newCall(facts), startClock(now, facts.script?.speed ?? 1));
    const event: CallEvent = { type: facts.direction === 'outbound' ? 'call.placed' : 'call.received' };
    return this.#shell.create(advance(fresh, event, now, now));
  }

  #find(scope: Scope): CallState | undefined {
    const record = this.#shell.find();
    return record && maySee(scope, record.call) ? record : undefined;
  }

  #apply(event: CallEvent): CallState | undefined {
    return this.#shell.change((record, now) => applyMessage(record, event, now));
  }

  /** Resolves once the event is committed, and all that it causes was sent, or is taking too long. */
  #take(event: CallEvent): Promise<void> {
    this.#apply(event);
    return this.#shell.send(PATIENCE_MS);
  }

  async #fetchFlow(request: FlowRequest, state: CallState): Promise<FetchedFlow> {
    const delivery = flowDelivery(state, request, Date.now());
    const secrets = await signingSecrets(this.env.DB, delivery);
    return fetchFlow({ ...delivery, secrets }, this.env.WEBHOOK_URLS, languagesOf(this.env));
  }
}
