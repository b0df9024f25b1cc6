import type { Instruction, LegCommand, LegEvent } from '../../contracts/carrier.ts';
import type { ConferenceMessage } from '../../contracts/conference.ts';
import type { Attempt, Delivery } from '../../contracts/delivery.ts';
import type { RecordingMessage } from '../../contracts/recording.ts';
import { emptyLane, failed, GUARD_MS, isReady, type Lane, put, sent } from '../../lib/outbox.ts';
import { dueTimers, earliest, type Timers } from '../../lib/timers.ts';
import { timestamp } from '../../lib/timestamp.ts';
import {
  addNotification,
  bodyOf,
  type DeliveryQueue,
  emptyDeliveryQueue,
  reportAttempt,
} from '../../webhooks/delivery-queue.ts';
import { viewConference, viewParticipant } from '../api/view.ts';
import { type Conference, conferenceFacts } from '../conference.ts';
import type { ConferenceEffect, ConferenceEvent, TimerName } from '../effects.ts';
import { transition } from '../machine.ts';

/** All that an object keeps of its conference, written as one row in one commit, as a call's. */
export interface ConferenceState {
  conference: Conference;
  timers: Timers<TimerName>;
  /** What calls must hear. */
  messages: Lane<CallMessage>;
  /** What the bridge must play, of the bridge that was named last. */
  commands: Lane<Instruction>;
  bridge?: string;
  /** Instructions that this bridge's carrier has accepted, and the number of the last event heard of it. */
  commanded: number;
  heard: number;
  /** What recordings must hear. */
  recordingMessages: Lane<RecordingMessage>;
  deliveries: DeliveryQueue;
  version: number;
  copies: Lane<number>;
  alarmAt?: number;
}

interface CallMessage {
  call: string;
  message: ConferenceMessage;
}

export const newState = (conference: Conference): ConferenceState => ({
  conference,
  timers: {},
  messages: emptyLane(),
  commands: emptyLane(),
  commanded: 0,
  heard: 0,
  recordingMessages: emptyLane(),
  deliveries: emptyDeliveryQueue(),
  version: 0,
  copies: emptyLane(),
});

/** Takes one event: the conference's next state, with everything that follows from it. */
export function advance(record: ConferenceState, event: ConferenceEvent, now: number): ConferenceState {
  const { conference, effects } = transition(record.conference, event, now);
  if (conference === record.conference && effects.length === 0) return record;
  const next = effects.reduce((it, effect) => apply(it, effect, now), { ...record, conference });
  return copyIfChanged(record, next, now);
}

function apply(record: ConferenceState, effect: ConferenceEffect, now: number): ConferenceState {
  switch (effect.do) {
    case 'send':
      // A new word is tried at once, whoever was not reached before.
      return {
        ...record,
        messages: put({ ...record.messages, attempts: 0 }, { call: effect.call, message: effect.message }, now),
      };
    case 'command':
      return command(record, effect.bridge, effect.instruction, now);
    case 'tell-recording':
      return { ...record, recordingMessages: put(record.recordingMessages, effect.message, now) };
    case 'notify':
      return notify(record, effect, now);
    case 'timer.set':
      return { ...record, timers: { ...record.timers, [effect.name]: effect.at } };
    case 'timer.clear':
      return { ...record, timers: withoutTimer(record.timers, effect.name) };
  }
}

/** A new bridge counts its instructions anew; what was meant for the one before is pointless. */
function command(record: ConferenceState, bridge: string, instruction: Instruction, now: number): ConferenceState {
  const isNew = record.bridge !== bridge;
  const commands = put(isNew ? emptyLane<Instruction>() : record.commands, instruction, now);
  return { ...record, bridge, commands, ...(isNew && { commanded: 0, heard: 0 }) };
}

/** How much may wait for a customer who is away: a row holds 2 MB, and a conference must go on. */
const MOST_WAITING = 500;

function notify(
  record: ConferenceState,
  { conference, notice }: Extract<ConferenceEffect, { do: 'notify' }>,
  now: number,
): ConferenceState {
  const { statusCallback: url, statusEvents } = conference;
  const { deliveries } = record;
  if (url === undefined || !(statusEvents?.includes(notice.kind) ?? true)) return record;
  // The end is told in any case, and a gap before it is seen by the sequence.
  if (deliveries.lane.messages.length >= MOST_WAITING && notice.kind !== 'end')
    return { ...record, deliveries: { ...deliveries, sequence: deliveries.sequence + 1 } };
  const data = {
    conference: viewConference(conferenceFacts(conference)),
    ...(notice.participant && { participant: viewParticipant(notice.participant) }),
    ...notice.details,
  };
  const told = { url, type: notice.type, timestamp: timestamp(now), data };
  return { ...record, deliveries: addNotification(record.deliveries, conference.id, told, now) };
}

/** The database's copy is written again whenever something in it changed. */
function copyIfChanged(
  { conference: old, version: known }: ConferenceState,
  next: ConferenceState,
  now: number,
): ConferenceState {
  const isSame = JSON.stringify(conferenceFacts(old)) === JSON.stringify(conferenceFacts(next.conference));
  if (known > 0 && isSame) return next;
  return { ...next, version: known + 1, copies: put(emptyLane(), known + 1, now) };
}

/** Fires the timers that are due. A timer fires once, in the commit that takes its event. */
export function fireTimers(record: ConferenceState, now: number): ConferenceState {
  const [name] = dueTimers(record.timers, now);
  if (name === undefined) return record;
  const fired = { ...record, timers: withoutTimer(record.timers, name) };
  return fireTimers(advance(fired, { type: `timer.${name}` }, now), now);
}

/** What the bridge's carrier reports: the end of a sound, and what became of the recorder. */
export function applyBridgeEvent(
  record: ConferenceState,
  bridge: string,
  event: LegEvent,
  now: number,
): ConferenceState {
  const isOld = bridge !== record.bridge || (event.n !== undefined && event.n <= record.heard);
  const told = isOld ? undefined : conferenceEventFor(event);
  return told ? advance({ ...record, heard: event.n ?? record.heard }, told, now) : record;
}

function conferenceEventFor(event: LegEvent): ConferenceEvent | undefined {
  const { type } = event;
  if (type === 'leg.playback-ended') return { type: 'sound.ended', playback: event.playback };
  if (type === 'leg.recorder-paused') return { type: 'recorder.paused', recording: event.recording };
  if (type !== 'leg.recorder-failed') return undefined;
  return { type: 'recorder.failed', recording: event.recording, reason: event.reason };
}

/** The recording has heard the first word that waits. */
export const recordingTold = (record: ConferenceState, now: number): ConferenceState => ({
  ...record,
  recordingMessages: sent(record.recordingMessages, 1, now),
});

/** The unsent instructions as one command; undefined when there are none. */
export function nextCommand({ bridge, commands, commanded }: ConferenceState, now: number): LegCommand | undefined {
  if (bridge === undefined || commands.messages.length === 0) return undefined;
  return { leg: bridge, first: commanded + 1, at: now, instructions: commands.messages };
}

/** The carrier accepted the first `count` instructions of this bridge. */
export function commanded(record: ConferenceState, { leg, instructions }: LegCommand, now: number): ConferenceState {
  if (leg !== record.bridge) return record;
  const count = instructions.length;
  return { ...record, commands: sent(record.commands, count, now), commanded: record.commanded + count };
}

/** Each call's oldest word: one that cannot be reached keeps no other from hearing its own. */
export function nextMessages({ messages }: ConferenceState, now: number): CallMessage[] {
  if (!isReady(messages, now)) return [];
  const oldest = new Map<string, CallMessage>();
  for (const word of messages.messages) if (!oldest.has(word.call)) oldest.set(word.call, word);
  return [...oldest.values()];
}

/** Of those that were said, these were heard. When nobody hears any more, the rest waits. */
export function messagesSent(record: ConferenceState, heard: CallMessage[], now: number): ConferenceState {
  const { messages: words } = record;
  if (heard.length === 0) return { ...record, messages: failed(words, now) };
  const numbers = new Set(heard.map(({ message }) => message.n));
  const messages = words.messages.filter(({ message }) => !numbers.has(message.n));
  return {
    ...record,
    messages: messages.length === 0 ? emptyLane() : { messages, attempts: 0, dueAt: now + GUARD_MS },
  };
}

/** Whether everything about the conference may go: it is over, and the database and its recordings know all that outlives it. */
export const mayForget = ({ conference, copies, recordingMessages }: ConferenceState): boolean =>
  conference.status === 'completed' && copies.messages.length === 0 && recordingMessages.messages.length === 0;

/** The database has this version, or the attempt to write it failed. */
export function copied(record: ConferenceState, version: number | undefined, now: number): ConferenceState {
  if (version === undefined) return { ...record, copies: failed(record.copies, now) };
  return record.copies.messages[0] === version ? { ...record, copies: emptyLane() } : record;
}

/** When the object must be woken, at the latest; undefined when nothing is left to do. */
export function wakeAt({
  timers,
  messages,
  commands,
  recordingMessages,
  deliveries,
  copies,
}: ConferenceState): number | undefined {
  const due = [
    earliest(timers),
    ...[messages, commands, recordingMessages, deliveries.lane, copies].map((lane) => lane.dueAt),
  ];
  const times = due.filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** The oldest undelivered notification, unless a failed one waits for its next attempt. */
export function nextDelivery({ conference, deliveries }: ConferenceState): Delivery | undefined {
  const [first] = deliveries.lane.messages;
  if (!first || deliveries.state === 'resting') return undefined;
  return {
    id: first.id,
    url: first.url,
    body: bodyOf(first),
    accountId: conference.accountId,
    secrets: conference.secrets,
  };
}

/** Takes the report of a delivery; one that is no longer awaited changes nothing. */
export function reportDelivery(
  record: ConferenceState,
  id: string,
  attempt: Attempt,
  now: number,
  random: number,
): ConferenceState {
  const reported = reportAttempt(record.deliveries, id, attempt, now, random);
  return reported ? { ...record, deliveries: reported.box } : record;
}

function withoutTimer(timers: Timers<TimerName>, name: TimerName): Timers<TimerName> {
  const { [name]: _gone, ...rest } = timers;
  return rest;
}
