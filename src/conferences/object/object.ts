import { DurableObject } from 'cloudflare:workers';
import type { Scope } from '../../calls/call.ts';
import type { LegEvent } from '../../contracts/carrier.ts';
import { bridgeCarrier } from '../../contracts/carrier-of.ts';
import type { Founding, OutReason, ParticipantEvent } from '../../contracts/conference.ts';
import { forgetName } from '../../contracts/conference-directory.ts';
import { callObject } from '../../contracts/objects.ts';
import { madeAt } from '../../lib/ids.ts';
import { RowStore } from '../../lib/object-store.ts';
import { failed, isReady } from '../../lib/outbox.ts';
import { done, type Outcome, refused } from '../../lib/result.ts';
import { Senders } from '../../lib/single-flight.ts';
import { tellRecording } from '../../recordings/object/client.ts';
import type { Attempt } from '../../webhooks/backoff.ts';
import { Postbox } from '../../webhooks/delivery-lease.ts';
import type { Delivery } from '../../webhooks/delivery-queue.ts';
import type { ConferenceRefusal } from '../api/errors.ts';
import type { ConferenceView, ParticipantView } from '../api/schemas.ts';
import { viewConference, viewParticipant } from '../api/view.ts';
import { refusalOf } from '../check-request.ts';
import { factsOf, findParticipant, MAX_PARTICIPANTS, newRoom, type Participant, type Room } from '../conference.ts';
import type { RoomEvent } from '../effects.ts';
import { entryRefusal } from '../machine.ts';
import { copyConference } from '../store/queries.ts';
import * as records from './state.ts';

type RoomRecord = records.RoomRecord;
type Work = 'words' | 'commands' | 'recordings' | 'wake-up' | 'copies';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The truth about one room: loads it, takes an event, commits, sends. What is decided, is decided in `machine.ts`. */
export class ConferenceObject extends DurableObject<Env> {
  readonly #store = new RowStore(this.ctx.storage, 'room', records.wakeAt);
  readonly #senders = new Senders<Work>();
  readonly #postbox = new Postbox(this.#store, { next: records.nextDelivery, reported: records.reportDelivery });

  /** Opens a room by API. Repeating it answers with the room that exists. */
  async open(facts: Parameters<typeof newRoom>[0]): Promise<ConferenceView> {
    const { room } = this.#store.find() ?? this.#found(facts);
    await this.#send();
    return viewConference(factsOf(room));
  }

  /** A call wants to enter; with `founding`, the room is made if it does not exist. */
  async enter(
    event: Extract<ParticipantEvent, { type: 'participant.entered' }>,
    scope: Scope,
    founding?: Founding,
  ): Promise<Outcome<undefined, OutReason>> {
    const { maxParticipants = MAX_PARTICIPANTS } = event.entry;
    // A name may still lead to a room that was forgotten just now: it is not made again under its old id.
    if (!this.#store.find() && founding && madeAt(founding.id) < Date.now() - DAY_MS)
      return refused('conference_ended');
    const record = this.#store.find() ?? (founding && this.#found({ ...founding, maxParticipants }));
    if (!record || !isOf(record.room, scope)) return refused('conference_not_found');
    const refusal = entryRefusal(record.room, event);
    this.#take(record, event);
    return refusal === undefined ? done(undefined) : refused(refusal);
  }

  /** What calls report. Resolves once it is committed. */
  async participantSays(event: ParticipantEvent): Promise<void> {
    const record = this.#store.find();
    if (record) this.#take(record, event);
  }

  /** What the bridge's carrier reports. */
  async legEvents(bridge: string, events: LegEvent[]): Promise<void> {
    const record = this.#store.find();
    if (record) this.#commit(events.reduce((it, event) => records.hear(it, bridge, event, Date.now()), record));
  }

  view(scope: Scope): Outcome<ConferenceView, ConferenceRefusal> {
    const record = this.#find(scope);
    return record ? done(viewConference(factsOf(record.room))) : refused('conference_not_found');
  }

  participants(scope: Scope): Outcome<ParticipantView[], ConferenceRefusal> {
    const record = this.#find(scope);
    return record ? done(record.room.participants.map(viewParticipant)) : refused('conference_not_found');
  }

  participant(scope: Scope, who: string): Outcome<ParticipantView, ConferenceRefusal> {
    const record = this.#find(scope);
    if (!record) return refused('conference_not_found');
    const found = findParticipant(record.room, who);
    return found ? done(viewParticipant(found)) : refused('participant_not_found');
  }

  /** Does what the API asks, or says why not. `who` is a call id or a label. */
  async request(scope: Scope, event: RoomEvent, who?: string): Promise<Outcome<undefined, ConferenceRefusal>> {
    const record = this.#find(scope);
    if (!record) return refused('conference_not_found');
    const checked = refusalOf(record.room, event, who);
    if (!checked.ok) return checked;
    this.#store.commit(records.advance(record, checked.value, Date.now()));
    await this.#send();
    return done(undefined);
  }

  /** Its retention is over: nothing of it stays here. False where it must stay. Doing it twice changes nothing. */
  async forget(): Promise<boolean> {
    const record = this.#store.find();
    if (record && !records.mayForget(record)) return false;
    const { id = '', friendlyName } = record?.room ?? {};
    if (record && friendlyName !== undefined) await forgetName(friendlyName, id, record.room, this.env);
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

  #found(facts: Parameters<typeof newRoom>[0]): RoomRecord {
    const idleMs = Number(this.env.CONFERENCE_IDLE_HOURS) * HOUR_MS;
    const fresh = records.newRecord(newRoom(facts));
    return this.#store.create(records.advance(fresh, { type: 'room.opened', idleMs }, Date.now()));
  }

  #find(scope: Scope): RoomRecord | undefined {
    const record = this.#store.find();
    return record && isOf(record.room, scope) ? record : undefined;
  }

  #take(record: RoomRecord, event: RoomEvent): void {
    this.#commit(records.advance(record, event, Date.now()));
  }

  #commit(record: RoomRecord): void {
    if (record === this.#store.find()) return;
    this.#store.commit(record);
    this.ctx.waitUntil(this.#send());
  }

  /** A call that ended without a word (it should not) must not keep the room for ever. */
  async #checkParticipants(): Promise<void> {
    const { room } = this.#store.find() ?? {};
    for (const participant of room?.participants ?? []) {
      const isHere = await this.#isHere(participant).catch(() => true);
      if (isHere) continue;
      const { call, visit } = participant;
      const gone = { call, visit, callStatus: 'completed', at: Date.now() } as const;
      await this.participantSays({ ...gone, type: visit > 0 ? 'participant.left' : 'participant.calling' });
    }
  }

  /** Of one who is being called, that its call goes on; it may never have begun. */
  async #isHere({ call, visit }: Participant): Promise<boolean> {
    const { room } = this.#store.find() ?? {};
    const object = callObject(this.env, call);
    if (visit > 0 || !room) return object.isInRoom(visit);
    const seen = await object.view({ accountId: room.accountId, mode: room.mode });
    return seen.ok && seen.value.end_time === undefined;
  }

  /** Sends what the last commits left to send. Never rejects: what could not be sent stays, and the alarm tries again. */
  async #send(): Promise<void> {
    await Promise.all([
      this.#run('words', (record) => this.#say(record)),
      this.#run('commands', (record) => this.#command(record)),
      this.#run('recordings', (record) => this.#tellRecording(record)),
      this.#run('wake-up', (record) => this.#postbox.wake(this.env.WEBHOOKS, record.room.id)),
      this.#run('copies', (record) => this.#copy(record)),
    ]);
    this.#store.flush();
  }

  #run(work: Work, step: (record: RoomRecord) => Promise<boolean>): Promise<void> {
    return this.#senders.run(work, async () => {
      const record = this.#store.find();
      return record !== undefined && step(record);
    });
  }

  async #say(record: RoomRecord): Promise<boolean> {
    const words = records.nextWords(record, Date.now());
    if (words.length === 0) return false;
    const said = words.map(async (word) => {
      await callObject(this.env, word.call).roomTells(word.message);
      return word;
    });
    const heard = (await Promise.allSettled(said)).flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    this.#store.change((it) => records.wordsSaid(it, heard, Date.now()));
    return heard.length > 0;
  }

  async #tellRecording({ recorded, room }: RoomRecord): Promise<boolean> {
    const [word] = recorded.messages;
    if (!word || !isReady(recorded, Date.now())) return false;
    const withdrawn = await tellRecording(word, room, this.env).catch(() => undefined);
    this.#store.change((it) =>
      withdrawn ? records.recordingTold(it, Date.now()) : { ...it, recorded: failed(it.recorded, Date.now()) },
    );
    for (const consent of withdrawn ?? []) await this.consentWithdrawn(consent);
    return withdrawn !== undefined;
  }

  async #command(record: RoomRecord): Promise<boolean> {
    const command = isReady(record.commands, Date.now()) ? records.nextCommand(record, Date.now()) : undefined;
    if (!command) return false;
    const performed = await bridgeCarrier(command.leg, record.room, this.env)
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

  async #copy({ copies, room, version }: RoomRecord): Promise<boolean> {
    if (!isReady(copies, Date.now())) return false;
    const copied = await copyConference(this.env.DB, factsOf(room), version).then(
      () => true,
      () => false,
    );
    this.#store.change((it) => records.copied(it, copied ? version : undefined, Date.now()));
    return copied;
  }
}

const isOf = (room: Room, scope: Scope): boolean => room.accountId === scope.accountId && room.mode === scope.mode;
