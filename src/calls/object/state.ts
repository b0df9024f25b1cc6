import type { CallStatus } from '../../contracts/call.ts';
import type { EndCause, Instruction, LegCommand, LegEvent } from '../../contracts/carrier.ts';
import type { ParticipantEvent } from '../../contracts/conference.ts';
import type { Attempt } from '../../contracts/delivery.ts';
import type { DialEvent } from '../../contracts/orders.ts';
import { withAccount } from '../../contracts/prompt-account.ts';
import { type Clock, callTime, callTimeAfterWait, moveTo, startFreeRun, wallTime } from '../../lib/clock.ts';
import { cut } from '../../lib/cut.ts';
import { defined } from '../../lib/defined.ts';
import { idTime } from '../../lib/ids.ts';
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
import { wantsLeg } from '../activities/dial.ts';
import type { DialLegOrder, PeerMessage } from '../activities/messages.ts';
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
/** A row holds two million bytes, and a character may be three of them. */
const TIMELINE_CHARACTERS = 250_000;
const MAX_TEXT = 500;
const MAX_WORDS = 20;

/** So many instructions may wait for the network, and so many messages for others: enough for any document, and for a while. */
const MAX_WAITING = 2500;

/** The conferences of so many stays are remembered: what was left to tell an older one is told, or does not matter. */
const STAYS_REMEMBERED = 50;

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
  const next = isOver(call) ? { ...applied, fetches: lastOf(applied.fetches) } : applied;
  const advanced = letTimeRun(copyIfChanged(record, next, shownInLists, wall), wall);
  return isStuck(advanced) ? advance(advanced, { type: 'call.unreachable' }, at, wall) : advanced;
}

/** A live call that nobody takes anything from goes on filling its row. */
const isStuck = ({ call, commands, messages }: CallState): boolean =>
  !isOver(call) && (commands.messages.length > MAX_WAITING || messages.messages.length > MAX_WAITING);

/** Of a call that is over, only the request leaves that tells how its last verb went. */
const lastOf = (fetches: Lane<FlowRequest>): Lane<FlowRequest> =>
  fetches.messages.some(({ last }) => last) ? fetches : emptyLane();

function apply(record: CallState, effect: Effect, at: number, wall: number): CallState {
  switch (effect.do) {
    case 'command':
      return command(record, effect.instruction, wall);
    case 'send':
      return sendLater(record, effect.message, wall);
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

/** Who speaks at the moment is of no interest later on: where a conference cannot be reached, it is not kept for it. */
const MAX_TALKING = 100;

function sendLater(record: CallState, message: PeerMessage, wall: number): CallState {
  const isTalking = message.to === 'conference' && message.event.type === 'participant.talking';
  if (isTalking && record.messages.messages.length >= MAX_TALKING) return record;
  return { ...record, messages: put(record.messages, message, wall) };
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

/** A timeline has an end: of a very long call the beginning and the latest are kept, and of a very long text, too. */
export function logEntry(record: CallState, entry: TimelineRecord, at: number): CallState {
  // What a network reports may be a little older than what was noted since. A timeline never goes back.
  const latest = Math.max(at, record.timeline.at(-1)?.at ?? at);
  const timeline = [...record.timeline, { ...bounded(entry), at: latest }];
  let characters = timeline.reduce((sum, it) => sum + lengthOf(it), 0);
  while (timeline.length > 1 && (timeline.length > TIMELINE_LENGTH || characters > TIMELINE_CHARACTERS)) {
    const [dropped] = timeline.splice(Math.min(TIMELINE_HEAD, timeline.length - 2), 1);
    characters -= dropped ? lengthOf(dropped) : 0;
  }
  return { ...record, timeline };
}

/** An entry with what a customer or a network can make long cut off. */
const bounded = (entry: TimelineRecord): TimelineRecord =>
  Object.fromEntries(
    Object.entries(entry).map(([name, value]) => {
      if (Array.isArray(value)) return [name, value.slice(0, MAX_WORDS).map((word) => cut(word, MAX_TEXT))];
      return [name, typeof value === 'string' ? cut(value, MAX_TEXT) : value];
    }),
  ) as TimelineRecord;

const lengthOf = (entry: TimedEntry): number =>
  Object.values(entry).reduce<number>((sum, value) => {
    if (typeof value === 'string') return sum + value.length + 20;
    return sum + (Array.isArray(value) ? value.reduce((all, word) => all + word.length + 3, 20) : 30);
  }, 20);

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
  { first, instructions: { length } }: LegCommand,
  taken: Result<undefined, EndCause>,
  wall: number,
): CallState {
  const { commands, commanded } = record;
  // Some of them may have been given up meanwhile.
  const count = Math.max(0, first - 1 + length - commanded);
  const accepted = { ...record, commands: sent(commands, count, wall), commanded: commanded + count };
  return taken.ok ? accepted : applyLegEvent(accepted, { type: 'leg.ended', cause: taken.refusal, at: wall }, wall);
}

/** What a network that took nothing for so long is still to be asked, once it does. */
const LAST_COMMANDS = 10;

/** A call whose row is too large must end, hang up and answer: of what the network has not taken only the latest is kept. */
export function endTooLarge(record: CallState, wall: number): CallState {
  const ended = applyMessage({ ...record, timeline: [] }, { type: 'call.too-large' }, wall);
  const { commands, commanded } = ended;
  const messages = commands.messages.slice(-LAST_COMMANDS);
  return {
    ...ended,
    commands: { ...commands, messages },
    commanded: commanded + commands.messages.length - messages.length,
  };
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
  return logEntry(record, entry, callTimeAfterWait(record.clock, wall));
}

/** A conference let the call in, whatever has become of the call meanwhile. */
export function conferenceFound(record: CallState, stay: number, conference: string, wall: number): CallState {
  const known = Object.entries(record.conferences).slice(1 - STAYS_REMEMBERED);
  const found = { ...record, conferences: { ...Object.fromEntries(known), [stay]: conference } };
  return advance(found, { type: 'conference.found', stay, conference }, timeOfRequest(record, wall), wall);
}

/** How long a leg that was ordered may still ring, in whole seconds; undefined when nobody wants it any more. */
export function secondsToRing(
  { id, timeout }: DialLegOrder,
  record: Pick<CallState, 'call' | 'clock'> | undefined,
  wall: number,
): number | undefined {
  if (!record || !wantsLeg(record.call, id)) return undefined;
  // Where time runs faster, the database takes a longer time of it, which is nobody's fault.
  const waited = record.clock.speed === 1 ? wall - idTime(id) : 0;
  return Math.ceil(timeout - waited / 1000);
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
