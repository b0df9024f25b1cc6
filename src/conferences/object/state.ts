import type { Instruction, LegCommand, LegEvent } from '../../contracts/carrier.ts';
import type { ConferenceMessage } from '../../contracts/conference.ts';
import { withAccount } from '../../contracts/prompt-account.ts';
import type { RecordingMessage } from '../../contracts/recording.ts';
import { copyIfChanged, copyLane, newObjectState, type ObjectShape, type ObjectState } from '../../lib/object-state.ts';
import { emptyLane, failed, type Lane, left, put, sent } from '../../lib/outbox.ts';
import { clearTimer, fireTimers, setTimer, type Timers } from '../../lib/timers.ts';
import { timestamp } from '../../lib/timestamp.ts';
import type { DeliveryRules } from '../../webhooks/delivery-lease.ts';
import {
  addNotification,
  type DeliveryQueue,
  deliveryLane,
  emptyDeliveryQueue,
  isConsumerComing,
  latestOnly,
} from '../../webhooks/delivery-queue.ts';
import { viewConference, viewParticipant } from '../api/view.ts';
import { type Conference, conferenceFacts } from '../conference.ts';
import type { ConferenceEffect, ConferenceEvent, TimerName } from '../effects.ts';
import { transition } from '../machine.ts';
import { conferenceUpgrades } from './upgrades.ts';

/** All that an object keeps of its conference, written as one row in one commit, as a call's. */
export interface ConferenceState extends ObjectState {
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
}

/** What one call must hear. */
export interface CallMessage {
  call: string;
  message: ConferenceMessage;
}

export const newState = (conference: Conference): ConferenceState => ({
  ...newObjectState(),
  conference,
  messages: emptyLane(),
  commands: emptyLane(),
  commanded: 0,
  heard: 0,
  recordingMessages: emptyLane(),
  deliveries: emptyDeliveryQueue(),
});

/** Takes one event: the conference's next state, with everything that follows from it. */
export function advance(record: ConferenceState, event: ConferenceEvent, now: number): ConferenceState {
  const { conference, effects } = transition(record.conference, event, now);
  if (conference === record.conference && effects.length === 0) return record;
  const next = effects.reduce((it, effect) => apply(it, effect, now), { ...record, conference });
  return copyIfChanged(record, next, (it) => conferenceFacts(it.conference), now);
}

function apply(record: ConferenceState, effect: ConferenceEffect, now: number): ConferenceState {
  switch (effect.do) {
    case 'send':
      // A new message is tried at once, whoever was not reached before.
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
      return setTimer(record, effect.name, effect.at);
    case 'timer.clear':
      return clearTimer(record, effect.name);
  }
}

/** A new bridge counts its instructions anew; what was meant for the one before is pointless. */
function command(record: ConferenceState, bridge: string, instruction: Instruction, now: number): ConferenceState {
  const isNew = record.bridge !== bridge;
  const commands = put(isNew ? emptyLane<Instruction>() : record.commands, instruction, now);
  return { ...record, bridge, commands, ...(isNew && { commanded: 0, heard: 0 }) };
}

/** Of what waits for a customer who is away, so much is kept where the row is full. */
const LATEST = 20;

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
  if (deliveries.messages.length >= MOST_WAITING && notice.kind !== 'end')
    return { ...record, deliveries: { ...deliveries, sequence: deliveries.sequence + 1 } };
  const data = {
    conference: viewConference(conferenceFacts(conference)),
    ...(notice.participant && { participant: viewParticipant(notice.participant) }),
    ...notice.details,
  };
  const told = { url, type: notice.type, timestamp: timestamp(now), data };
  return { ...record, deliveries: addNotification(record.deliveries, conference.id, told, now) };
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

/** The recording has received the oldest message; of the consents that it named, these were withdrawn meanwhile. */
export const recordingTold = (
  record: ConferenceState,
  _message: RecordingMessage,
  withdrawn: string[],
  now: number,
): ConferenceState =>
  withdrawn.reduce((it, consent) => advance(it, { type: 'consent.withdrawn', consent }, now), {
    ...record,
    recordingMessages: sent(record.recordingMessages, 1, now),
  });

/** The unsent instructions as one command. */
export function nextCommand(
  { conference, bridge, commands, commanded }: ConferenceState,
  now: number,
): LegCommand | undefined {
  if (bridge === undefined) return undefined;
  const instructions = commands.messages.map((it) => withAccount(it, conference.accountId));
  return { leg: bridge, first: commanded + 1, at: now, instructions };
}

/** The carrier took the command, unless it was meant for a bridge that another has replaced meanwhile. */
export function commandTaken(
  record: ConferenceState,
  { leg, instructions: { length } }: LegCommand,
  _taken: unknown,
  now: number,
): ConferenceState {
  if (leg !== record.bridge) return record;
  return { ...record, commands: sent(record.commands, length, now), commanded: record.commanded + length };
}

/** Each call's oldest message: a call that cannot be reached keeps no other from receiving its own. */
export function nextMessages({ messages }: ConferenceState): CallMessage[] {
  const oldest = new Map<string, CallMessage>();
  for (const message of messages.messages) if (!oldest.has(message.call)) oldest.set(message.call, message);
  return [...oldest.values()];
}

/** Of the messages that were sent, these were received. When no call receives any, the rest waits. */
export function messagesSent(
  record: ConferenceState,
  _all: CallMessage[],
  received: CallMessage[],
  now: number,
): ConferenceState {
  if (received.length === 0) return { ...record, messages: failed(record.messages, now) };
  const numbers = new Set(received.map(({ message }) => message.n));
  const rest = record.messages.messages.filter(({ message }) => !numbers.has(message.n));
  return { ...record, messages: left(rest, now) };
}

/** Whether everything about the conference may go: it is over, and the database and its recordings know all that outlives it. */
export const mayForget = ({ conference, copies, recordingMessages }: ConferenceState): boolean =>
  conference.status === 'completed' && copies.messages.length === 0 && recordingMessages.messages.length === 0;

const lanes = {
  messages: { next: nextMessages, sent: messagesSent },
  commands: { next: nextCommand, sent: commandTaken },
  recordingMessages: {
    next: ({ recordingMessages }: ConferenceState) => recordingMessages.messages[0],
    sent: recordingTold,
  },
  deliveries: deliveryLane,
  copies: copyLane,
};

export const shape: ObjectShape<ConferenceState, typeof lanes> = {
  // A word of the first release, which cannot change: there live conferences are stored.
  table: 'room',
  upgrades: conferenceUpgrades,
  lanes,
  isAboutToCommit: ({ deliveries }) => isConsumerComing(deliveries),
  // A conference whose row is too large all the same must end: those in it go on with their flows.
  lighten: [
    ({ deliveries, ...it }) => ({ ...it, deliveries: latestOnly(deliveries, LATEST) }),
    (record, now) => advance(record, { type: 'user.end' }, now),
  ],
  fireTimers: (record, now) =>
    fireTimers<TimerName, ConferenceState>(record, now, (it, name) => advance(it, { type: `timer.${name}` }, now)),
};

export const deliveryRules: DeliveryRules<ConferenceState> = {
  signer: ({ conference: { accountId, secrets } }) => ({ accountId, secrets }),
};
