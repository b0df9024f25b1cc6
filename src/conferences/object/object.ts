import { DurableObject } from 'cloudflare:workers';
import type { LegEvent } from '../../contracts/carrier.ts';
import { bridgeCarrier } from '../../contracts/carrier-of.ts';
import type { NewConference, ParticipantEvent, RemovalReason } from '../../contracts/conference.ts';
import { releaseName } from '../../contracts/conference-directory.ts';
import type { Attempt, Delivery } from '../../contracts/delivery.ts';
import { callObject } from '../../contracts/objects.ts';
import { maySee, type Scope } from '../../contracts/scope.ts';
import { idTime } from '../../lib/ids.ts';
import { ObjectShell } from '../../lib/object-shell.ts';
import { done, type Result, refused } from '../../lib/result.ts';
import { sendToRecording } from '../../recordings/api/client.ts';
import { DeliveryLease } from '../../webhooks/delivery-lease.ts';
import { type ConferenceRefusal, checkRequest, isTooMuch } from '../check-request.ts';
import {
  type ConferenceFacts,
  type ConferenceSettings,
  conferenceFacts,
  findParticipant,
  isUnheardOf,
  MAX_PARTICIPANTS,
  newConference,
  type Participant,
} from '../conference.ts';
import type { ConferenceEvent } from '../effects.ts';
import { entryRefusal } from '../machine.ts';
import type { ConferenceMethods } from '../rpc.ts';
import { copyConference } from '../store/queries.ts';
import {
  advance,
  applyBridgeEvent,
  type CallMessage,
  type ConferenceState,
  deliveryRules,
  mayForget,
  newState,
  shape,
} from './state.ts';

/** Whoever asks for something that is committed waits so long until all have heard of it: the database may not answer. */
const PATIENCE_MS = 5000;
/** Between the conference's first write and the call's lies one request. */
const BEGINNING_MS = 5000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The truth about one conference: loads it, takes an event, commits, sends. What is decided, is decided in `machine.ts`. */
export class ConferenceObject extends DurableObject<Env> implements ConferenceMethods {
  readonly #shell = new ObjectShell(this.ctx, shape, {
    messages: (messages) => this.#sendToCalls(messages),
    commands: (command, { conference }) => bridgeCarrier(command.leg, conference, this.env).perform(command),
    recordingMessages: (message, { conference }) => sendToRecording(message, conference, this.env),
    deliveries: (_all, { conference }) => this.env.WEBHOOKS.send({ owner: conference.id }),
    copies: (version, { conference }) => copyConference(this.env.DB, conferenceFacts(conference), version),
  });
  readonly #deliveries = new DeliveryLease(this.#shell, deliveryRules);

  /** Opens a conference by API. Repeating it answers with the conference that exists. */
  async open(facts: ConferenceSettings): Promise<ConferenceFacts> {
    const { conference } = this.#shell.find() ?? this.#found(facts);
    await this.#shell.send();
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
    if (!this.#shell.find() && founding && idTime(founding.id) < Date.now() - DAY_MS)
      return refused('conference_ended');
    const record = this.#shell.find() ?? (founding && this.#found({ ...founding, maxParticipants }));
    if (!record || !maySee(scope, record.conference)) return refused('conference_not_found');
    const refusal = entryRefusal(record.conference, event);
    this.#take(event);
    return refusal === undefined ? done(undefined) : refused(refusal);
  }

  /** What calls report. Resolves once it is committed. */
  async participantEvent(event: ParticipantEvent): Promise<void> {
    this.#take(event);
  }

  /** What the bridge's carrier reports. */
  async legEvents(bridge: string, events: LegEvent[]): Promise<void> {
    this.#shell.change((record, now) => events.reduce((it, event) => applyBridgeEvent(it, bridge, event, now), record));
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
    if (isTooMuch(checked.value, this.#shell.size())) return refused('conference_overloaded');
    this.#take(checked.value);
    await this.#shell.send(PATIENCE_MS);
    return done(undefined);
  }

  /** Its retention is over: nothing of it stays here. False where it must stay. Doing it twice changes nothing. */
  async forget(): Promise<boolean> {
    const record = this.#shell.find();
    if (record && !mayForget(record)) return false;
    const { id = '', friendlyName } = record?.conference ?? {};
    if (record && friendlyName !== undefined) await releaseName(friendlyName, id, record.conference, this.env);
    await this.#shell.erase();
    return true;
  }

  /** Who had agreed to be recorded does not any more. */
  async consentWithdrawn(consent: string): Promise<void> {
    this.#take({ type: 'consent.withdrawn', consent });
    await this.#shell.send();
  }

  nextDelivery(): Delivery | undefined {
    return this.#deliveries.nextDelivery();
  }

  reportDelivery(id: string, attempt: Attempt): Delivery | undefined {
    return this.#deliveries.report(id, attempt);
  }

  override alarm(): Promise<void> {
    const now = Date.now();
    return this.#shell.alarm(async ({ timers: { check = Infinity, arrival = Infinity } }) => {
      if (check <= now) await this.#checkParticipants(() => true);
      else if (arrival <= now) await this.#checkParticipants(isUnheardOf);
    });
  }

  #found(facts: ConferenceSettings): ConferenceState {
    const idleMs = Number(this.env.CONFERENCE_IDLE_HOURS) * HOUR_MS;
    const fresh = newState(newConference(facts));
    return this.#shell.create(advance(fresh, { type: 'conference.opened', idleMs }, Date.now()));
  }

  #find(scope: Scope): ConferenceState | undefined {
    const record = this.#shell.find();
    return record && maySee(scope, record.conference) ? record : undefined;
  }

  #take(event: ConferenceEvent): void {
    this.#shell.change((record, now) => advance(record, event, now));
  }

  /** A call that ended without a word (it should not) must not keep the conference for ever. */
  async #checkParticipants(whom: (participant: Participant) => boolean): Promise<void> {
    const { conference } = this.#shell.find() ?? {};
    // The call of someone who is expected since just now may be about to begin.
    const since = Date.now() - BEGINNING_MS;
    const older = conference?.participants.filter(({ expectedAt = 0 }) => expectedAt <= since) ?? [];
    for (const participant of older.filter(whom)) {
      const isHere = await this.#isHere(participant).catch(() => true);
      if (isHere) continue;
      const { call, stay } = participant;
      const gone = { call, stay, callStatus: 'completed', at: Date.now() } as const;
      await this.participantEvent({ ...gone, type: stay > 0 ? 'participant.left' : 'participant.calling' });
    }
  }

  /** Of one who is being called, that its call goes on; it may never have begun. */
  async #isHere({ call, stay }: Participant): Promise<boolean> {
    const { conference } = this.#shell.find() ?? {};
    const object = callObject(this.env, call);
    if (stay > 0 || !conference) return object.isInConference(stay);
    const seen = await object.facts({ accountId: conference.accountId, mode: conference.mode });
    return seen.ok && seen.value.endedAt === undefined;
  }

  /** Sends to all of these calls side by side; answers with those that were received. */
  async #sendToCalls(messages: CallMessage[]): Promise<CallMessage[]> {
    const sending = messages.map(async (it) => callObject(this.env, it.call).conferenceMessage(it.message));
    const outcomes = await Promise.allSettled(sending);
    return messages.filter((_it, at) => outcomes[at]?.status === 'fulfilled');
  }
}
