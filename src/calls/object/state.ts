import type { CallStatus } from '../../contracts/call.ts';
import type { Instruction, LegCommand, LegEvent } from '../../contracts/carrier.ts';
import type { ParticipantEvent } from '../../contracts/conference.ts';
import type { DialEvent } from '../../contracts/orders.ts';
import { type Clock, callTime, callTimeAfterWait, moveTo, startFreeRun, wallTime } from '../../lib/clock.ts';
import { defined } from '../../lib/defined.ts';
import { emptyLane, failed, isReady, type Lane, put, sent } from '../../lib/outbox.ts';
import { dueTimers, earliest, type Timers } from '../../lib/timers.ts';
import { timestamp } from '../../lib/timestamp.ts';
import { addNotification, type DeliveryQueue, emptyDeliveryQueue } from '../../webhooks/delivery-queue.ts';
import type { PeerMessage } from '../activities/messages.ts';
import { viewCall } from '../api/view.ts';
import { type Call, type FlowRequest, isOver } from '../call.ts';
import type { CallEvent, Effect, TimedEntry, TimelineRecord, TimerName } from '../effects.ts';
import { transition } from '../machine.ts';

/**
 * All that an object keeps of its call, written as one row in one commit: the call, its timers, and what must still
 * leave the object. One row, because the platform bills rows: a row per message would cost three times as much.
 */
export interface CallState {
  call: Call;
  clock: Clock;
  timers: Timers<TimerName>;
  commands: Lane<Instruction>;
  /** Instructions that the carrier has accepted so far. */
  commanded: number;
  /** The number of the last leg event that was heard; a repeat is dropped. */
  heard: number;
  fetches: Lane<FlowRequest>;
  /** What other calls and conferences must hear, and the conference of each stay, once it is known. */
  messages: Lane<PeerMessage>;
  conferences: Record<number, string>;
  deliveries: DeliveryQueue;
  /** How often something changed that the database's copy shows. */
  version: number;
  /** The version that the database does not have yet, if any. */
  copies: Lane<number>;
  timeline: TimedEntry[];
  /** When the object's alarm is set to; it is only ever moved forward to an earlier time. */
  alarmAt?: number;
}

const TIMELINE_HEAD = 100;
const TIMELINE_LENGTH = 500;

export const newState = (call: Call, clock: Clock): CallState => ({
  call,
  clock,
  timers: {},
  commands: emptyLane(),
  commanded: 0,
  heard: 0,
  fetches: emptyLane(),
  messages: emptyLane(),
  conferences: {},
  deliveries: emptyDeliveryQueue(),
  version: 0,
  copies: emptyLane(),
  timeline: [],
});

/** Takes one event: the call's next state, with everything that follows from it. `at` is call time, `wall` wall time. */
export function advance(record: CallState, event: CallEvent, at: number, wall: number): CallState {
  const { call, effects } = transition(record.call, event, at);
  const moved = { ...record, call, clock: moveTo(record.clock, at, wall) };
  const applied = effects.reduce((it, effect) => apply(it, effect, at, wall), moved);
  const next = isOver(call) ? { ...applied, fetches: emptyLane<FlowRequest>() } : applied;
  return letTimeRun(copyIfChanged(record, next, wall), wall);
}

function apply(record: CallState, effect: Effect, at: number, wall: number): CallState {
  switch (effect.do) {
    case 'command':
      return command(record, effect.instruction, wall);
    case 'send':
      return { ...record, messages: put(record.messages, effect.message, wall) };
    case 'notify':
      return notify(record, effect.call, at, wall);
    case 'fetch':
      return { ...record, fetches: put(emptyLane(), effect.request, wall) };
    case 'timer.set':
      return { ...record, timers: { ...record.timers, [effect.name]: effect.at } };
    case 'timer.clear':
      return { ...record, timers: withoutTimer(record.timers, effect.name) };
    case 'log':
      return logEntry(record, effect.entry, at);
  }
}

function command(record: CallState, instruction: Instruction, wall: number): CallState {
  const { clock, commands } = record;
  const time = instruction.do === 'run' ? startFreeRun(clock, wall, instruction.speed) : clock;
  return { ...record, clock: time, commands: put(commands, instruction, wall) };
}

const EVENTS: Partial<Record<CallStatus, DialEvent>> = {
  queued: 'initiated',
  ringing: 'ringing',
  'in-progress': 'answered',
};

function notify(record: CallState, call: Call, at: number, wall: number): CallState {
  const isWanted = call.statusEvents?.includes(EVENTS[call.status] ?? 'completed') ?? true;
  if (call.statusCallback === undefined || !isWanted) return record;
  const news = {
    url: call.statusCallback,
    type: `call.${call.status}`,
    timestamp: timestamp(at),
    data: viewCall(call),
  };
  return { ...record, deliveries: addNotification(record.deliveries, call.id, news, wall) };
}

/** A timeline has an end: of a very long call the beginning and the latest are kept. */
export function logEntry(record: CallState, entry: TimelineRecord, at: number): CallState {
  const timeline = [...record.timeline, { ...entry, at }];
  if (timeline.length > TIMELINE_LENGTH) timeline.splice(TIMELINE_HEAD, 1);
  return { ...record, timeline };
}

/** The database's copy is written again whenever something in it changed. */
function copyIfChanged({ call: old }: CallState, after: CallState, wall: number): CallState {
  const { call, version } = after;
  if (version > 0 && old.status === call.status && old.answeredBy === call.answeredBy) return after;
  return { ...after, version: version + 1, copies: put(emptyLane(), version + 1, wall) };
}

/** A call whose time runs faster tells its network how far it may run; while a document is asked for, time stands still. */
function letTimeRun(record: CallState, wall: number): CallState {
  const { call, clock } = record;
  const isStandingStill = call.flow?.is === 'fetching' || call.flow?.is === 'looking';
  if (clock.speed === 1 || clock.free || isOver(call) || isStandingStill) return record;
  const until = earliest(record.timers);
  const instruction: Instruction = { do: 'wait', ...defined({ until }) };
  return { ...record, commands: put(record.commands, instruction, wall) };
}

/** Fires the call's timers that are due at call time `upTo`. A timer fires once, in the commit that takes its event. */
export function fireTimers(record: CallState, upTo: number, wall: number): CallState {
  const [name] = dueTimers(record.timers, upTo);
  if (name === undefined) return record;
  const at = record.clock.speed === 1 ? wall : (record.timers[name] ?? wall);
  const fired = { ...record, timers: withoutTimer(record.timers, name) };
  return fireTimers(advance(fired, { type: `timer.${name}` }, at, wall), upTo, wall);
}

/** What the network reports. Timers that were due before it come first; a repeat changes nothing. */
export function applyLegEvent(record: CallState, event: LegEvent, wall: number): CallState {
  if (event.n !== undefined && event.n <= record.heard) return record;
  const heard = { ...record, heard: event.n ?? record.heard };
  if (event.type === 'leg.clock') return tick(heard, event.at, wall);
  return advance(fireTimers(heard, event.at - 1, wall), event, Math.max(event.at, heard.clock.at), wall);
}

/** Nothing was due after all (a timer moved meanwhile): say again how far time may run. */
function tick(record: CallState, at: number, wall: number): CallState {
  const fired = fireTimers(record, at, wall);
  return fired === record ? letTimeRun({ ...record, clock: moveTo(record.clock, at, wall) }, wall) : fired;
}

/** Call time of a request that comes from outside the call. */
export const timeOfRequest = ({ clock, timers }: CallState, wall: number): number =>
  callTime(clock, wall, earliest(timers));

/** The unsent instructions as one command; undefined when there are none. */
export function nextCommand({ call, clock, commands, commanded }: CallState, wall: number): LegCommand | undefined {
  if (commands.messages.length === 0) return undefined;
  const at = clock.speed === 1 || clock.free ? callTime(clock, wall) : clock.at;
  return { leg: call.id, first: commanded + 1, at, instructions: commands.messages };
}

const WAITING: ParticipantEvent['type'][] = ['participant.left', 'participant.answered'];

/**
 * What is to be said next. A recorded conference goes on recording once somebody has left who did not agree, and begins to once all
 * have agreed: it hears of either only after the network was asked to take them out of its bridge, or into it.
 */
export function nextMessage(record: CallState, wall: number): PeerMessage | undefined {
  const { messages } = record;
  return isReady(messages, wall) && !waitsForNetwork(record) ? messages.messages[0] : undefined;
}

function waitsForNetwork({ messages, commands }: CallState): boolean {
  const [word] = messages.messages;
  return commands.messages.length > 0 && word?.to === 'conference' && WAITING.includes(word.event.type);
}

/** What was said first of all that waits was heard, or need not be said any more. */
export const messageSent = (record: CallState, wall: number): CallState => ({
  ...record,
  messages: sent(record.messages, 1, wall),
});

/** A conference let the call in, whatever has become of the call meanwhile. */
export function conferenceFound(record: CallState, stay: number, conference: string, wall: number): CallState {
  const found = { ...record, conferences: { ...record.conferences, [stay]: conference } };
  return advance(found, { type: 'conference.found', stay, conference }, timeOfRequest(record, wall), wall);
}

/** What another call, a conference, or the placing of a call reports. */
export const applyMessage = (record: CallState, event: CallEvent, wall: number): CallState =>
  advance(record, event, timeOfRequest(record, wall), wall);

/** What the call stood still for. */
export const applyAfterWait = (record: CallState, event: CallEvent, wall: number): CallState =>
  advance(record, event, callTimeAfterWait(record.clock, wall), wall);

/** The carrier accepted the first `count` instructions. */
export const commanded = (record: CallState, count: number, wall: number): CallState => ({
  ...record,
  commands: sent(record.commands, count, wall),
  commanded: record.commanded + count,
});

/** When the object must be woken, at the latest; undefined when nothing is left to do. Wall time. */
export function wakeAt(record: CallState): number | undefined {
  const { clock, timers, commands, fetches, deliveries, copies } = record;
  // What waits for the network is said when that has answered: until then there is nothing to wake up for.
  const words = waitsForNetwork(record) ? emptyLane<PeerMessage>() : record.messages;
  const timer = earliest(timers);
  const due = [timer !== undefined ? wallTime(clock, timer) : undefined];
  for (const lane of [commands, fetches, words, deliveries.lane, copies]) due.push(lane.dueAt);
  const times = due.filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

function withoutTimer(timers: Timers<TimerName>, name: TimerName): Timers<TimerName> {
  const { [name]: _gone, ...rest } = timers;
  return rest;
}

/** The database has this version, or the attempt to write it failed. */
export function copied(record: CallState, version: number | undefined, wall: number): CallState {
  if (version === undefined) return { ...record, copies: failed(record.copies, wall) };
  return record.copies.messages[0] === version ? { ...record, copies: emptyLane() } : record;
}
