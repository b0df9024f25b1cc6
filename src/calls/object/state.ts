import type { Instruction, LegCommand, LegEvent } from '../../contracts/carrier.ts';
import type { ParticipantEvent } from '../../contracts/conference.ts';
import type { DialEvent } from '../../contracts/orders.ts';
import { type Clock, callTime, callTimeAfterWait, moveTo, runFreely, wallTime } from '../../lib/clock.ts';
import { emptyLane, failed, isReady, type Lane, put, sent } from '../../lib/outbox.ts';
import { dueTimers, earliest, type Timers } from '../../lib/timers.ts';
import { addNews, emptyMailbox, type Mailbox } from '../../webhooks/delivery-queue.ts';
import type { Word } from '../activities/messages.ts';
import { viewCall } from '../api/view.ts';
import { type Call, type CallStatus, type FlowRequest, isOver } from '../call.ts';
import type { CallEvent, Effect, Note, TimerName } from '../effects.ts';
import { transition } from '../machine.ts';

/**
 * All that an object keeps of its call, written as one row in one commit: the call, its timers, and what must still
 * leave the object. One row, because the platform bills rows: a row per message would cost three times as much.
 */
export interface CallRecord {
  call: Call;
  clock: Clock;
  timers: Timers<TimerName>;
  commands: Lane<Instruction>;
  /** Instructions that the carrier has accepted so far. */
  commanded: number;
  /** The number of the last leg event that was heard; a repeat is dropped. */
  heard: number;
  fetches: Lane<FlowRequest>;
  /** What other calls and rooms must hear, and the room of each visit, once it is known. */
  words: Lane<Word>;
  rooms: Record<number, string>;
  mailbox: Mailbox;
  /** How often something changed that the database's copy shows. */
  version: number;
  /** The version that the database does not have yet, if any. */
  copies: Lane<number>;
  timeline: (Note & { at: number })[];
  /** When the object's alarm is set to; it is only ever moved forward to an earlier time. */
  alarmAt?: number;
}

const TIMELINE_HEAD = 100;
const TIMELINE_LENGTH = 500;

export const newRecord = (call: Call, clock: Clock): CallRecord => ({
  call,
  clock,
  timers: {},
  commands: emptyLane(),
  commanded: 0,
  heard: 0,
  fetches: emptyLane(),
  words: emptyLane(),
  rooms: {},
  mailbox: emptyMailbox(),
  version: 0,
  copies: emptyLane(),
  timeline: [],
});

/** Takes one event: the call's next state, with everything that follows from it. `at` is call time, `wall` wall time. */
export function advance(record: CallRecord, event: CallEvent, at: number, wall: number): CallRecord {
  const { call, effects } = transition(record.call, event, at);
  const moved = { ...record, call, clock: moveTo(record.clock, at, wall) };
  const applied = effects.reduce((it, effect) => apply(it, effect, at, wall), moved);
  const next = isOver(call) ? { ...applied, fetches: emptyLane<FlowRequest>() } : applied;
  return goOn(copyIfChanged(record, next, wall), wall);
}

function apply(record: CallRecord, effect: Effect, at: number, wall: number): CallRecord {
  switch (effect.do) {
    case 'command':
      return command(record, effect.instruction, wall);
    case 'tell':
      return { ...record, words: put(record.words, effect.word, wall) };
    case 'notify':
      return notify(record, effect.call, at, wall);
    case 'fetch':
      return { ...record, fetches: put(emptyLane(), effect.request, wall) };
    case 'timer.set':
      return { ...record, timers: { ...record.timers, [effect.name]: effect.at } };
    case 'timer.clear':
      return { ...record, timers: withoutTimer(record.timers, effect.name) };
    case 'note':
      return note(record, effect.note, at);
  }
}

function command(record: CallRecord, instruction: Instruction, wall: number): CallRecord {
  const { clock, commands } = record;
  const time = instruction.do === 'run' ? runFreely(clock, wall, instruction.speed) : clock;
  return { ...record, clock: time, commands: put(commands, instruction, wall) };
}

const EVENTS: Partial<Record<CallStatus, DialEvent>> = {
  queued: 'initiated',
  ringing: 'ringing',
  'in-progress': 'answered',
};

function notify(record: CallRecord, call: Call, at: number, wall: number): CallRecord {
  const isWanted = call.statusEvents?.includes(EVENTS[call.status] ?? 'completed') ?? true;
  if (call.statusCallback === undefined || !isWanted) return record;
  const timestamp = new Date(at).toISOString();
  const news = { url: call.statusCallback, type: `call.${call.status}`, timestamp, data: viewCall(call) };
  return { ...record, mailbox: addNews(record.mailbox, call.id, news, wall) };
}

/** A timeline has an end: of a very long call the beginning and the latest are kept. */
export function note(record: CallRecord, entry: Note, at: number): CallRecord {
  const timeline = [...record.timeline, { ...entry, at }];
  if (timeline.length > TIMELINE_LENGTH) timeline.splice(TIMELINE_HEAD, 1);
  return { ...record, timeline };
}

/** The database's copy is written again whenever something in it changed. */
function copyIfChanged({ call: old }: CallRecord, after: CallRecord, wall: number): CallRecord {
  const { call, version } = after;
  if (version > 0 && old.status === call.status && old.answeredBy === call.answeredBy) return after;
  return { ...after, version: version + 1, copies: put(emptyLane(), version + 1, wall) };
}

/** A call whose time runs faster tells its network how far it may run; while a document is asked for, time stands still. */
function goOn(record: CallRecord, wall: number): CallRecord {
  const { call, clock } = record;
  const isStandingStill = call.flow?.is === 'fetching' || call.flow?.is === 'looking';
  if (clock.speed === 1 || clock.free || isOver(call) || isStandingStill) return record;
  const until = earliest(record.timers);
  const instruction: Instruction = { do: 'wait', ...(until !== undefined && { until }) };
  return { ...record, commands: put(record.commands, instruction, wall) };
}

/** Fires the call's timers that are due at call time `upTo`. A timer fires once, in the commit that takes its event. */
export function fireTimers(record: CallRecord, upTo: number, wall: number): CallRecord {
  const [name] = dueTimers(record.timers, upTo);
  if (name === undefined) return record;
  const at = record.clock.speed === 1 ? wall : (record.timers[name] ?? wall);
  const fired = { ...record, timers: withoutTimer(record.timers, name) };
  return fireTimers(advance(fired, { type: `timer.${name}` }, at, wall), upTo, wall);
}

/** What the network reports. Timers that were due before it come first; a repeat changes nothing. */
export function hear(record: CallRecord, event: LegEvent, wall: number): CallRecord {
  if (event.n !== undefined && event.n <= record.heard) return record;
  const heard = { ...record, heard: event.n ?? record.heard };
  if (event.type === 'leg.clock') return tick(heard, event.at, wall);
  return advance(fireTimers(heard, event.at - 1, wall), event, Math.max(event.at, heard.clock.at), wall);
}

/** Nothing was due after all (a timer moved meanwhile): say again how far time may run. */
function tick(record: CallRecord, at: number, wall: number): CallRecord {
  const fired = fireTimers(record, at, wall);
  return fired === record ? goOn({ ...record, clock: moveTo(record.clock, at, wall) }, wall) : fired;
}

/** Call time of a request that comes from outside the call. */
export const timeOfRequest = ({ clock, timers }: CallRecord, wall: number): number =>
  callTime(clock, wall, earliest(timers));

/** The unsent instructions as one command; undefined when there are none. */
export function nextCommand({ call, clock, commands, commanded }: CallRecord, wall: number): LegCommand | undefined {
  if (commands.messages.length === 0) return undefined;
  const at = clock.speed === 1 || clock.free ? callTime(clock, wall) : clock.at;
  return { leg: call.id, first: commanded + 1, at, instructions: commands.messages };
}

const WAITING: ParticipantEvent['type'][] = ['participant.left', 'participant.answered'];

/**
 * What is to be said next. A recorded room goes on recording once somebody has left who did not agree, and begins to once all
 * have agreed: it hears of either only after the network was asked to take them out of its bridge, or into it.
 */
export function nextWord(record: CallRecord, wall: number): Word | undefined {
  const { words } = record;
  return isReady(words, wall) && !waitsForNetwork(record) ? words.messages[0] : undefined;
}

function waitsForNetwork({ words, commands }: CallRecord): boolean {
  const [word] = words.messages;
  return commands.messages.length > 0 && word?.to === 'room' && WAITING.includes(word.event.type);
}

/** What was said first of all that waits was heard, or need not be said any more. */
export const wordSaid = (record: CallRecord, wall: number): CallRecord => ({
  ...record,
  words: sent(record.words, 1, wall),
});

/** A room let the call in, whatever has become of the call meanwhile. */
export function roomFound(record: CallRecord, visit: number, room: string, wall: number): CallRecord {
  const found = { ...record, rooms: { ...record.rooms, [visit]: room } };
  return advance(found, { type: 'room.found', visit, room }, timeOfRequest(record, wall), wall);
}

/** What another call, a room, or the placing of a call reports. */
export const hearWord = (record: CallRecord, event: CallEvent, wall: number): CallRecord =>
  advance(record, event, timeOfRequest(record, wall), wall);

/** What the call stood still for. */
export const hearAfterWait = (record: CallRecord, event: CallEvent, wall: number): CallRecord =>
  advance(record, event, callTimeAfterWait(record.clock, wall), wall);

/** The carrier accepted the first `count` instructions. */
export const commanded = (record: CallRecord, count: number, wall: number): CallRecord => ({
  ...record,
  commands: sent(record.commands, count, wall),
  commanded: record.commanded + count,
});

/** When the object must be woken, at the latest; undefined when nothing is left to do. Wall time. */
export function wakeAt(record: CallRecord): number | undefined {
  const { clock, timers, commands, fetches, mailbox, copies } = record;
  // What waits for the network is said when that has answered: until then there is nothing to wake up for.
  const words = waitsForNetwork(record) ? emptyLane<Word>() : record.words;
  const timer = earliest(timers);
  const due = [timer !== undefined ? wallTime(clock, timer) : undefined];
  for (const lane of [commands, fetches, words, mailbox.lane, copies]) due.push(lane.dueAt);
  const times = due.filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

function withoutTimer(timers: Timers<TimerName>, name: TimerName): Timers<TimerName> {
  const { [name]: _gone, ...rest } = timers;
  return rest;
}

/** The database has this version, or the attempt to write it failed. */
export function copied(record: CallRecord, version: number | undefined, wall: number): CallRecord {
  if (version === undefined) return { ...record, copies: failed(record.copies, wall) };
  return record.copies.messages[0] === version ? { ...record, copies: emptyLane() } : record;
}
