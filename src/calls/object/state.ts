import type { CallStatus } from '../../contracts/call.ts';
import type { EndCause, Instruction, LegCommand, LegEvent } from '../../contracts/carrier.ts';
import type { ParticipantEvent } from '../../contracts/conference.ts';
import type { Attempt } from '../../contracts/delivery.ts';
import type { DialEvent } from '../../contracts/orders.ts';
import { withAccount } from '../../contracts/prompt-account.ts';
import { type Clock, callTime, callTimeAfterWait, moveTo, startFreeRun, wallTime } from '../../lib/clock.ts';
import { defined } from '../../lib/defined.ts';
import { copyIfChanged, newObjectState, type ObjectState } from '../../lib/object-state.ts';
import { emptyLane, type Lane, put, sent } from '../../lib/outbox.ts';
import type { Result } from '../../lib/result.ts';
import { clearTimer, earliest, fireTimers, setTimer, type Timers } from '../../lib/timers.ts';
import { timestamp } from '../../lib/timestamp.ts';
import {
  addNotification,
  type DeliveryQueue,
  emptyDeliveryQueue,
  type ReportedAttempt,
} from '../../webhooks/delivery-queue.ts';
import type { PeerMessage } from '../activities/messages.ts';
import { viewCall } from '../api/view.ts';
import { type Call, type FlowRequest, isOver } from '../call.ts';
import type { CallEvent, Effect, TimedEntry, TimelineRecord, TimerName } from '../effects.ts';
import { transition } from '../machine.ts';

/**
 * All that an object keeps of its call, written as one row in one commit: the call, its timers, and what must still
 * leave the object. One row, because the platform bills rows: a row per message would cost three times as much.
 */
export interface CallState extends ObjectState {
  call: Call;
  clock: Clock;
  timers: Timers<TimerName>;
  commands: Lane<Instruction>;
  /** Instructions that the carrier has accepted so far. */
  commanded: number;
  /** The number of the last leg event that was heard; a repeat is dropped. */
  heard: number;
  /** The same for each gateway that has reported of the leg. */
  heardBy?: Record<string, number>;
  fetches: Lane<FlowRequest>;
  /** What other calls and conferences must hear, and the conference of each stay, once it is known. */
  messages: Lane<PeerMessage>;
  conferences: Record<number, string>;
  deliveries: DeliveryQueue;
  timeline: TimedEntry[];
}

const TIMELINE_HEAD = 100;
const TIMELINE_LENGTH = 500;

export const newState = (call: Call, clock: Clock): CallState => ({
  ...newObjectState(),
  call,
  clock,
  commands: emptyLane(),
  commanded: 0,
  heard: 0,
  fetches: emptyLane(),
  messages: emptyLane(),
  conferences: {},
  deliveries: emptyDeliveryQueue(),
  timeline: [],
});

/** Takes one event: the call's next state, with everything that follows from it. `at` is call time, `wall` wall time. */
export function advance(record: CallState, event: CallEvent, at: number, wall: number): CallState {
  const { call, effects } = transition(record.call, event, at);
  const moved = { ...record, call, clock: moveTo(record.clock, at, wall) };
  const applied = effects.reduce((it, effect) => apply(it, effect, at, wall), moved);
  const next = isOver(call) ? { ...applied, fetches: emptyLane<FlowRequest>() } : applied;
  return letTimeRun(copyIfChanged(record, next, shownInLists, wall), wall);
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
      return setTimer(record, effect.name, effect.at);
    case 'timer.clear':
      return clearTimer(record, effect.name);
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

/** What the database's copy shows of a call that changes. */
const shownInLists = ({ call: { status, answeredBy } }: CallState) => [status, answeredBy];

/** A call whose time runs faster tells its network how far it may run; while a document is asked for, time stands still. */
function letTimeRun(record: CallState, wall: number): CallState {
  const { call, clock } = record;
  const isStandingStill = call.flow?.is === 'fetching' || call.flow?.is === 'looking';
  if (clock.speed === 1 || clock.free || isOver(call) || isStandingStill) return record;
  const until = earliest(record.timers);
  const instruction: Instruction = { do: 'wait', ...defined({ until }) };
  return { ...record, commands: put(record.commands, instruction, wall) };
}

/** Fires the call's timers that are due at call time `upTo`. */
export const fireUpTo = (record: CallState, upTo: number, wall: number): CallState =>
  fireTimers<TimerName, CallState>(record, upTo, (it, name, at) =>
    advance(it, { type: `timer.${name}` }, it.clock.speed === 1 ? wall : at, wall),
  );

/** What the network reports. Timers that were due before it come first; a repeat changes nothing. */
export function applyLegEvent(record: CallState, event: LegEvent, wall: number): CallState {
  if (event.n !== undefined && event.n <= lastHeard(record, event.by)) return record;
  const heard = withHeard(record, event);
  if (event.type === 'leg.clock') return tick(heard, event.at, wall);
  return advance(fireUpTo(heard, event.at - 1, wall), event, Math.max(event.at, heard.clock.at), wall);
}

const lastHeard = ({ heard, heardBy = {} }: CallState, by: string | undefined): number =>
  by === undefined ? heard : (heardBy[by] ?? 0);

function withHeard(record: CallState, { n, by }: LegEvent): CallState {
  if (n === undefined) return record;
  return by === undefined ? { ...record, heard: n } : { ...record, heardBy: { ...record.heardBy, [by]: n } };
}

/** Nothing was due after all (a timer moved meanwhile): say again how far time may run. */
function tick(record: CallState, at: number, wall: number): CallState {
  const fired = fireUpTo(record, at, wall);
  return fired === record ? letTimeRun({ ...record, clock: moveTo(record.clock, at, wall) }, wall) : fired;
}

/** Call time of a request that comes from outside the call. */
export const timeOfRequest = ({ clock, timers }: CallState, wall: number): number =>
  callTime(clock, wall, earliest(timers));

/** The unsent instructions as one command. */
export function nextCommand({ call, clock, commands, commanded }: CallState, wall: number): LegCommand {
  const at = clock.speed === 1 || clock.free ? callTime(clock, wall) : clock.at;
  const instructions = commands.messages.map((it) => withAccount(it, call.accountId));
  return { leg: call.id, first: commanded + 1, at, instructions };
}

/** The carrier took the command; or refused it, which ends the leg. */
export function commandTaken(
  record: CallState,
  { instructions: { length } }: LegCommand,
  taken: Result<undefined, EndCause>,
  wall: number,
): CallState {
  const { commands, commanded } = record;
  const accepted = { ...record, commands: sent(commands, length, wall), commanded: commanded + length };
  return taken.ok ? accepted : applyLegEvent(accepted, { type: 'leg.ended', cause: taken.refusal, at: wall }, wall);
}

const AFTER_COMMANDS: ParticipantEvent['type'][] = ['participant.left', 'participant.answered'];

/**
 * Whether the next message waits until the network has taken its commands. A recorded conference goes on recording once
 * somebody has left who did not agree, and begins to once all have agreed: it hears of either only after the network was
 * asked to take them out of its bridge, or into it.
 */
export function waitsForNetwork({ messages, commands }: CallState): boolean {
  const [first] = messages.messages;
  return commands.messages.length > 0 && first?.to === 'conference' && AFTER_COMMANDS.includes(first.event.type);
}

/** How a call's state changes by what the receiver of a message answered. */
export type StateChange = (record: CallState, wall: number) => CallState;

/** The oldest message was received. */
export const messageSent = (record: CallState, _message: PeerMessage, change: StateChange, wall: number): CallState =>
  change({ ...record, messages: sent(record.messages, 1, wall) }, wall);

/** What an attempt to deliver a notification came to is on the timeline. */
export function logDelivery(
  record: CallState,
  { notification, end }: ReportedAttempt,
  { status, error, milliseconds }: Attempt,
  wall: number,
): CallState {
  const { type: event, sequence, attempts } = notification;
  const entry: TimelineRecord = {
    type: `callback.${end ?? 'failed'}`,
    event,
    sequence,
    attempt: attempts,
    ...defined({ http_status: status, error }),
    milliseconds,
  };
  return logEntry(record, entry, wall);
}

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

/** When the next timer is due, wall time. */
export function timerDue({ clock, timers }: CallState): number | undefined {
  const at = earliest(timers);
  return at === undefined ? undefined : wallTime(clock, at);
}
