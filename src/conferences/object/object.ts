import { DurableObject } from 'cloudflare:workers';
import type { LegEvent } from '../../contracts/carrier.ts';
import { bridgeCarrier } from '../../contracts/carrier-of.ts';
import type { NewConference, ParticipantEvent, RemovalReason } from '../../contracts/conference.ts';
import { releaseName } from '../../contracts/conference-directory.ts';
import type { Attempt, Delivery } from '../../contracts/delivery.ts';
import { callObject } from '../../contracts/objects.ts';
import type { Scope } from '../../contracts/scope.ts';
import { madeAt } from '../../lib/ids.ts';
import { ObjectStore } from '../../lib/object-store.ts';
import { failed, isReady } from '../../lib/outbox.ts';
import { done, type Result, refused } from '../../lib/result.ts';
import { SingleFlight } from '../../lib/single-flight.ts';
import { sendToRecording } from '../../recordings/api/client.ts';
import { DeliveryLease } from '../../webhooks/delivery-lease.ts';
import type { ConferenceRefusal } from '../check-request.ts';
import { checkRequest } from '../check-request.ts';
import type { ConferenceFacts, ConferenceSettings } from '../conference.ts';
import {
  type Conference,
  conferenceFacts,
  findParticipant,
  MAX_PARTICIPANTS,
  newConference,
  type Participant,
} from '../conference.ts';
import type { ConferenceEvent } from '../effects.ts';
import { entryRefusal } from '../machine.ts';
import type { ConferenceMethods } from '../rpc.ts';
import { copyConference } from '../store/queries.ts';
import * as records from './state.ts';

type ConferenceState = records.ConferenceState;
type Work = 'words' | 'commands' | 'recordings' | 'wake-up' | 'copies';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The truth about one conference: loads it, takes an event, commits, sends. What is decided, is decided in `machine.ts`. */
export class ConferenceObject extends DurableObject<Env> implements ConferenceMethods {
  readonly #store = new ObjectStore(this.ctx.storage, 'room', records.wakeAt);
  readonly #senders = new SingleFlight<Work>();
  readonly #postbox = new DeliveryLease(this.#store, { next: records.nextDelivery, reported: records.reportDelivery });

  /** Opens a conference by API. Repeating it answers with the conference that exists. */
  async open(facts: ConferenceSettings): Promise<ConferenceFacts> {
    const { conference } = this.#store.find() ?? this.#found(facts);
    await this.#send();
    return conferenceFacts(conference);
  }

  /** A call wants to enter; with `founding`, the conference is made if it does not exist. */
  async enter(
    event: Extract<ParticipantEvent, { type: 'participant.entered' }>,
    scope: Scope,
    founding?: NewConference,
  ): Promise<Result<undefined, RemovalReason>> {
    const { maxParticipants = MAX_PARTICIPANTS } = event.entry;
    // A name may still lead to a conference that was forgotten just now: it is not made again under its old id.
    if (!this.#store.find() && founding && madeAt(founding.id) < Date.now() - DAY_MS)
      return refused('conference_ended');
    const record = this.#store.find() ?? (founding && this.#found({ ...founding, maxParticipants }));
    if (!record || !isOf(record.conference, scope)) return refused('conference_not_found');
    const refusal = entryRefusal(record.conference, event);
    this.#take(record, event);
    return refusal === undefined ? done(undefined) : refused(refusal);
  }

  /** What calls report. Resolves once it is committed. */
  async participantEvent(event: ParticipantEvent): Promise<void> {
    const record = this.#store.find();
    if (record) this.#take(record, event);
  }

  /** What the bridge's carrier reports. */
  async legEvents(bridge: string, events: LegEvent[]): Promise<void> {
    const record = this.#store.find();
    if (record)
      this.#commit(events.reduce((it, event) => records.applyBridgeEvent(it, bridge, event, Date.now()), record));
  }

  facts(scope: Scope): Result<ConferenceFacts, ConferenceRefusal> {
    const record = this.#find(scope);
    return record ? done(conferenceFacts(record.conference)) : refused('conference_not_found');
  }

  participants(scope: Scope): Result<Participant[], ConferenceRefusal> {
    const record = this.#find(scope);
    return record ? done(record.conference.participants) : refused('conference_not_found');
  }

  participant(scope: Scope, who: string): Result<Participant, ConferenceRefusal> {
    const record = this.#find(scope);
    if (!record) return refused('conference_not_found');
    const found = findParticipant(record.conference, who);
    return found ? done(found) : refused('participant_not_found');
  }

  /** Does what the API asks, or says why not. `who` is a call id or a label. */
  async request(scope: Scope, event: ConferenceEvent, who?: string): Promise<Result<undefined, ConferenceRefusal>> {
    const record = this.#find(scope);
    if (!record) return refused('conference_not_found');
    const checked = checkRequest(record.conference, event, who);
    if (!checked.ok) return checked;
    this.#store.commit(records.advance(record, checked.value, Date.now()));
    await this.#send();
    return done(undefined);
  }

  /** Its retention is over: nothing of it stays here. False where it must stay. Doing it twice changes nothing. */
  async forget(): Promise<boolean> {
    const record = this.#store.find();
    if (record && !records.mayForget(record)) return false;
    const { id = '', friendlyName } = record?.conference ?? {};
    if (record && friendlyName !== undefined) await releaseName(friendlyName, id, record.conference, this.env);
    await this.#store.erase();
    return true;
  }

  /** Who had agreed to be recorded does not any more. */
  async consentWithdrawn(consent: string): Promise<void> {
    const record = this.#store.find();
    if (!record) return;
    this.#commit(records.advance(record, { type: 'consent.withdrawn', consent }, Date.now()));
    await this.#send();
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
    const now = Date.now();
    const { alarmAt: _rung, ...rung } = record;
    const isTimeToCheck = (rung.timers.check ?? Number.POSITIVE_INFINITY) <= now;
    this.#store.commit(records.fireTimers(rung, now));
    await this.#send();
    if (isTimeToCheck) await this.#checkParticipants();
  }

  #found(facts: ConferenceSettings): ConferenceState {
    const idleMs = Number(this.env.CONFERENCE_IDLE_HOURS) * HOUR_MS;
    const fresh = records.newState(newConference(facts));
    return this.#store.create(records.advance(fresh, { type: 'conference.opened', idleMs }, Date.now()));
  }

  #find(scope: Scope): ConferenceState | undefined {
    const record = this.#store.find();
    return record && isOf(record.conference, scope) ? record : undefined;
  }

  #take(record: ConferenceState, event: ConferenceEvent): void {
    this.#commit(records.advance(record, event, Date.now()));
  }

  #commit(record: ConferenceState): void {
    if (record === this.#store.find()) return;
    this.#store.commit(record);
    this.ctx.waitUntil(this.#send());
  }

  /** A call that ended without a word (it should not) must not keep the conference for ever. */
  async #checkParticipants(): Promise<void> {
    const { conference } = this.#store.find() ?? {};
    for (const participant of conference?.participants ?? []) {
      const isHere = await this.#isHere(participant).catch(() => true);
      if (isHere) continue;
      const { call, stay } = participant;
      const gone = { call, stay, callStatus: 'completed', at: Date.now() } as const;
      await this.participantEvent({ ...gone, type: stay > 0 ? 'participant.left' : 'participant.calling' });
    }
  }

  /** Of one who is being called, that its call goes on; it may never have begun. */
  async #isHere({ call, stay }: Participant): Promise<boolean> {
    const { conference } = this.#store.find() ?? {};
    const object = callObject(this.env, call);
    if (stay > 0 || !conference) return object.isInConference(stay);
    const seen = await object.facts({ accountId: conference.accountId, mode: conference.mode });
    return seen.ok && seen.value.endedAt === undefined;
  }

  /** Sends what the last commits left to send. Never rejects: what could not be sent stays, and the alarm tries again. */
  async #send(): Promise<void> {
    await Promise.all([
      this.#run('words', (record) => this.#say(record)),
      this.#run('commands', (record) => this.#command(record)),
      this.#run('recordings', (record) => this.#tellRecording(record)),
      this.#run('wake-up', (record) => this.#postbox.wake(this.env.WEBHOOKS, record.conference.id)),
      this.#run('copies', (record) => this.#copy(record)),
    ]);
    this.#store.flush();
  }

  #run(work: Work, step: (record: ConferenceState) => Promise<boolean>): Promise<void> {
    return this.#senders.run(work, async () => {
      const record = this.#store.find();
      return record !== undefined && step(record);
    });
  }

  async #say(record: ConferenceState): Promise<boolean> {
    const words = records.nextMessages(record, Date.now());
    if (words.length === 0) return false;
    const said = words.map(async (word) => {
      await callObject(this.env, word.call).conferenceMessage(word.message);
      return word;
    });
    const heard = (await Promise.allSettled(said)).flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    this.#store.change((it) => records.messagesSent(it, heard, Date.now()));
    return heard.length > 0;
  }

  async #tellRecording({ recordingMessages, conference }: ConferenceState): Promise<boolean> {
    const [word] = recordingMessages.messages;
    if (!word || !isReady(recordingMessages, Date.now())) return false;
    const withdrawn = await sendToRecording(word, conference, this.env).catch(() => undefined);
    this.#store.change((it) =>
      withdrawn
        ? records.recordingTold(it, Date.now())
        : { ...it, recordingMessages: failed(it.recordingMessages, Date.now()) },
    );
    for (const consent of withdrawn ?? []) await this.consentWithdrawn(consent);
    return withdrawn !== undefined;
  }

  async #command(record: ConferenceState): Promise<boolean> {
    const command = isReady(record.commands, Date.now()) ? records.nextCommand(record, Date.now()) : undefined;
    if (!command) return false;
    const performed = await bridgeCarrier(command.leg, record.conference, this.env)
      .perform(command)
      .then(
        () => true,
        () => false,
      );
    this.#store.change((it) =>
      performed ? records.commanded(it, command, Date.now()) : { ...it, commands: failed(it.commands, Date.now()) },
    );
    return performed;
  }

  async #copy({ copies, conference, version }: ConferenceState): Promise<boolean> {
    if (!isReady(copies, Date.now())) return false;
    const copied = await copyConference(this.env.DB, conferenceFacts(conference), version).then(
      () => true,
      () => false,
    );
    this.#store.change((it) => records.copied(it, copied ? version : undefined, Date.now()));
    return copied;
  }
}

const isOf = (conference: Conference, scope: Scope): boolean =>
  conference.accountId === scope.accountId && conference.mode === scope.mode;
