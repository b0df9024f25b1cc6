import type { Instruction, LegCommand, LegEvent } from '../../contracts/carrier.ts';
import type { RoomMessage } from '../../contracts/conference.ts';
import { emptyLane, failed, GUARD_MS, isReady, type Lane, put, sent } from '../../lib/outbox.ts';
import { dueTimers, earliest, type Timers } from '../../lib/timers.ts';
import type { RecordingWord } from '../../recordings/object/client.ts';
import type { Attempt } from '../../webhooks/backoff.ts';
import { addNews, bodyOf, type Delivery, emptyMailbox, type Mailbox, report } from '../../webhooks/delivery-queue.ts';
import { viewConference, viewParticipant } from '../api/view.ts';
import { factsOf, type Room } from '../conference.ts';
import type { Effect, RoomEvent, TimerName } from '../effects.ts';
import { transition } from '../machine.ts';

/** All that an object keeps of its room, written as one row in one commit, as a call's. */
export interface RoomRecord {
  room: Room;
  timers: Timers<TimerName>;
  /** What calls must hear. */
  words: Lane<Word>;
  /** What the bridge must play, of the bridge that was named last. */
  commands: Lane<Instruction>;
  bridge?: string;
  /** Instructions that this bridge's carrier has accepted, and the number of the last event heard of it. */
  commanded: number;
  heard: number;
  /** What recordings must hear. */
  recorded: Lane<RecordingWord>;
  mailbox: Mailbox;
  version: number;
  copies: Lane<number>;
  alarmAt?: number;
}

interface Word {
  call: string;
  message: RoomMessage;
}

export const newRecord = (room: Room): RoomRecord => ({
  room,
  timers: {},
  words: emptyLane(),
  commands: emptyLane(),
  commanded: 0,
  heard: 0,
  recorded: emptyLane(),
  mailbox: emptyMailbox(),
  version: 0,
  copies: emptyLane(),
});

/** Takes one event: the room's next state, with everything that follows from it. */
export function advance(record: RoomRecord, event: RoomEvent, now: number): RoomRecord {
  const { room, effects } = transition(record.room, event, now);
  if (room === record.room && effects.length === 0) return record;
  const next = effects.reduce((it, effect) => apply(it, effect, now), { ...record, room });
  return copyIfChanged(record, next, now);
}

function apply(record: RoomRecord, effect: Effect, now: number): RoomRecord {
  switch (effect.do) {
    case 'say':
      // A new word is tried at once, whoever was not reached before.
      return {
        ...record,
        words: put({ ...record.words, attempts: 0 }, { call: effect.call, message: effect.message }, now),
      };
    case 'command':
      return command(record, effect.bridge, effect.instruction, now);
    case 'record':
      return { ...record, recorded: put(record.recorded, effect.word, now) };
    case 'notify':
      return notify(record, effect, now);
    case 'timer.set':
      return { ...record, timers: { ...record.timers, [effect.name]: effect.at } };
    case 'timer.clear':
      return { ...record, timers: withoutTimer(record.timers, effect.name) };
  }
}

/** A new bridge counts its instructions anew; what was meant for the one before is pointless. */
function command(record: RoomRecord, bridge: string, instruction: Instruction, now: number): RoomRecord {
  const isNew = record.bridge !== bridge;
  const commands = put(isNew ? emptyLane<Instruction>() : record.commands, instruction, now);
  return { ...record, bridge, commands, ...(isNew && { commanded: 0, heard: 0 }) };
}

/** How much may wait for a customer who is away: a row holds 2 MB, and a room must go on. */
const MOST_WAITING = 500;

function notify(record: RoomRecord, { room, news }: Extract<Effect, { do: 'notify' }>, now: number): RoomRecord {
  const { statusCallback: url, statusEvents } = room;
  const { mailbox } = record;
  if (url === undefined || !(statusEvents?.includes(news.kind) ?? true)) return record;
  // The end is told in any case, and a gap before it is seen by the sequence.
  if (mailbox.lane.messages.length >= MOST_WAITING && news.kind !== 'end')
    return { ...record, mailbox: { ...mailbox, sequence: mailbox.sequence + 1 } };
  const data = {
    conference: viewConference(factsOf(room)),
    ...(news.participant && { participant: viewParticipant(news.participant) }),
    ...news.more,
  };
  const told = { url, type: news.type, timestamp: new Date(now).toISOString(), data };
  return { ...record, mailbox: addNews(record.mailbox, room.id, told, now) };
}

/** The database's copy is written again whenever something in it changed. */
function copyIfChanged({ room: old, version: known }: RoomRecord, next: RoomRecord, now: number): RoomRecord {
  const isSame = JSON.stringify(factsOf(old)) === JSON.stringify(factsOf(next.room));
  if (known > 0 && isSame) return next;
  return { ...next, version: known + 1, copies: put(emptyLane(), known + 1, now) };
}

/** Fires the timers that are due. A timer fires once, in the commit that takes its event. */
export function fireTimers(record: RoomRecord, now: number): RoomRecord {
  const [name] = dueTimers(record.timers, now);
  if (name === undefined) return record;
  const fired = { ...record, timers: withoutTimer(record.timers, name) };
  return fireTimers(advance(fired, { type: `timer.${name}` }, now), now);
}

/** What the bridge's carrier reports: the end of a sound, and what became of the recorder. */
export function hear(record: RoomRecord, bridge: string, event: LegEvent, now: number): RoomRecord {
  const isOld = bridge !== record.bridge || (event.n !== undefined && event.n <= record.heard);
  const told = isOld ? undefined : roomEventFor(event);
  return told ? advance({ ...record, heard: event.n ?? record.heard }, told, now) : record;
}

function roomEventFor(event: LegEvent): RoomEvent | undefined {
  const { type } = event;
  if (type === 'leg.playback-ended') return { type: 'sound.ended', playback: event.playback };
  if (type === 'leg.recorder-paused') return { type: 'recorder.paused', recording: event.recording };
  if (type !== 'leg.recorder-failed') return undefined;
  return { type: 'recorder.failed', recording: event.recording, reason: event.reason };
}

/** The recording has heard the first word that waits. */
export const recordingTold = (record: RoomRecord, now: number): RoomRecord => ({
  ...record,
  recorded: sent(record.recorded, 1, now),
});

/** The unsent instructions as one command; undefined when there are none. */
export function nextCommand({ bridge, commands, commanded }: RoomRecord, now: number): LegCommand | undefined {
  if (bridge === undefined || commands.messages.length === 0) return undefined;
  return { leg: bridge, first: commanded + 1, at: now, instructions: commands.messages };
}

/** The carrier accepted the first `count` instructions of this bridge. */
export function commanded(record: RoomRecord, { leg, instructions }: LegCommand, now: number): RoomRecord {
  if (leg !== record.bridge) return record;
  const count = instructions.length;
  return { ...record, commands: sent(record.commands, count, now), commanded: record.commanded + count };
}

/** Each call's oldest word: one that cannot be reached keeps no other from hearing its own. */
export function nextWords({ words }: RoomRecord, now: number): Word[] {
  if (!isReady(words, now)) return [];
  const oldest = new Map<string, Word>();
  for (const word of words.messages) if (!oldest.has(word.call)) oldest.set(word.call, word);
  return [...oldest.values()];
}

/** Of those that were said, these were heard. When nobody hears any more, the rest waits. */
export function wordsSaid(record: RoomRecord, heard: Word[], now: number): RoomRecord {
  const { words } = record;
  if (heard.length === 0) return { ...record, words: failed(words, now) };
  const numbers = new Set(heard.map(({ message }) => message.n));
  const messages = words.messages.filter(({ message }) => !numbers.has(message.n));
  return { ...record, words: messages.length === 0 ? emptyLane() : { messages, attempts: 0, dueAt: now + GUARD_MS } };
}

/** Whether everything about the room may go: it is over, and the database and its recordings know all that outlives it. */
export const mayForget = ({ room, copies, recorded }: RoomRecord): boolean =>
  room.status === 'completed' && copies.messages.length === 0 && recorded.messages.length === 0;

/** The database has this version, or the attempt to write it failed. */
export function copied(record: RoomRecord, version: number | undefined, now: number): RoomRecord {
  if (version === undefined) return { ...record, copies: failed(record.copies, now) };
  return record.copies.messages[0] === version ? { ...record, copies: emptyLane() } : record;
}

/** When the object must be woken, at the latest; undefined when nothing is left to do. */
export function wakeAt({ timers, words, commands, recorded, mailbox, copies }: RoomRecord): number | undefined {
  const due = [earliest(timers), ...[words, commands, recorded, mailbox.lane, copies].map((lane) => lane.dueAt)];
  const times = due.filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** The oldest undelivered notification, unless a failed one waits for its next attempt. */
export function nextDelivery({ room, mailbox }: RoomRecord): Delivery | undefined {
  const [first] = mailbox.lane.messages;
  if (!first || mailbox.state === 'resting') return undefined;
  return { id: first.id, url: first.url, body: bodyOf(first), accountId: room.accountId, secrets: room.secrets };
}

/** Takes the report of a delivery; one that is no longer awaited changes nothing. */
export function reportDelivery(
  record: RoomRecord,
  id: string,
  attempt: Attempt,
  now: number,
  random: number,
): RoomRecord {
  const reported = report(record.mailbox, id, attempt, now, random);
  return reported ? { ...record, mailbox: reported.box } : record;
}

function withoutTimer(timers: Timers<TimerName>, name: TimerName): Timers<TimerName> {
  const { [name]: _gone, ...rest } = timers;
  return rest;
}
