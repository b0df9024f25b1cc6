import type { Attempt, Delivery } from '../../contracts/delivery.ts';
import { emptyLane, failed, type Lane, put, sent } from '../../lib/outbox.ts';
import { dueTimers, earliest, type Timers } from '../../lib/timers.ts';
import { timestamp } from '../../lib/timestamp.ts';
import {
  addNotification,
  bodyOf,
  type DeliveryQueue,
  emptyDeliveryQueue,
  reportAttempt,
} from '../../webhooks/delivery-queue.ts';
import { viewRecording } from '../api/view.ts';
import { type RecordingEffect, type RecordingEvent, type TimerName, transition } from '../machine.ts';
import { type Recording, recordingFacts } from '../recording.ts';

/** All that an object keeps of its recording, written as one row in one commit, as a call's. */
export interface RecordingState {
  recording: Recording;
  timers: Timers<TimerName>;
  deliveries: DeliveryQueue;
  /** Times that the bucket must be told to delete the sound. */
  erasures: Lane<true>;
  version: number;
  copies: Lane<number>;
  alarmAt?: number;
}

export const newState = (recording: Recording): RecordingState => ({
  recording,
  timers: {},
  deliveries: emptyDeliveryQueue(),
  erasures: emptyLane(),
  version: 0,
  copies: emptyLane(),
});

/** Takes one event: the recording's next state, with everything that follows from it. */
export function advance(record: RecordingState, event: RecordingEvent, now: number): RecordingState {
  const { recording, effects } = transition(record.recording, event, now);
  if (recording === record.recording && effects.length === 0) return record;
  const next = effects.reduce((it, effect) => apply(it, effect, now), { ...record, recording });
  return copyIfChanged(record, next, now);
}

function apply(record: RecordingState, effect: RecordingEffect, now: number): RecordingState {
  switch (effect.do) {
    case 'notify':
      return notify(record, effect, now);
    case 'erase':
      return { ...record, erasures: put(emptyLane(), true, now) };
    case 'timer.set':
      return { ...record, timers: { ...record.timers, [effect.name]: effect.at } };
    case 'timer.clear':
      return { ...record, timers: withoutTimer(record.timers, effect.name) };
  }
}

function notify(record: RecordingState, { recording, kind }: Extract<RecordingEffect, { do: 'notify' }>, now: number) {
  const { statusCallback: url, statusEvents } = recording;
  const isWanted = statusEvents?.includes(kind) ?? kind !== 'in-progress';
  if (url === undefined || !isWanted) return record;
  const told = {
    url,
    type: `recording.${kind}`,
    timestamp: timestamp(now),
    data: viewRecording(recordingFacts(recording), recording.consents),
  };
  return { ...record, deliveries: addNotification(record.deliveries, recording.id, told, now) };
}

/** The database's copy is written again whenever something in it changed. */
function copyIfChanged({ recording: old, version: known }: RecordingState, next: RecordingState, now: number) {
  const isSame = JSON.stringify(recordingFacts(old)) === JSON.stringify(recordingFacts(next.recording));
  if (known > 0 && isSame) return next;
  return { ...next, version: known + 1, copies: put(emptyLane<number>(), known + 1, now) };
}

/** Fires the timers that are due. A timer fires once, in the commit that takes its event. */
export function fireTimers(record: RecordingState, now: number): RecordingState {
  const [name] = dueTimers(record.timers, now);
  if (name === undefined) return record;
  const fired = { ...record, timers: withoutTimer(record.timers, name) };
  return fireTimers(advance(fired, { type: `timer.${name}` }, now), now);
}

/** The bucket has deleted the sound, or could not be reached. */
export const erased = (record: RecordingState, isDone: boolean, now: number): RecordingState => ({
  ...record,
  erasures: isDone ? sent(record.erasures, 1, now) : failed(record.erasures, now),
});

/** The database has this version, or the attempt to write it failed. */
export function copied(record: RecordingState, version: number | undefined, now: number): RecordingState {
  if (version === undefined) return { ...record, copies: failed(record.copies, now) };
  return record.copies.messages[0] === version ? { ...record, copies: emptyLane() } : record;
}

/** When the object must be woken, at the latest; undefined when nothing is left to do. */
export function wakeAt({ timers, deliveries, erasures, copies }: RecordingState): number | undefined {
  const due = [earliest(timers), ...[deliveries.lane, erasures, copies].map((lane) => lane.dueAt)];
  const times = due.filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** The oldest undelivered notification, unless a failed one waits for its next attempt. */
export function nextDelivery({ recording, deliveries }: RecordingState): Delivery | undefined {
  const [first] = deliveries.lane.messages;
  if (!first || deliveries.state === 'resting') return undefined;
  const { accountId, secrets } = recording;
  return { id: first.id, url: first.url, body: bodyOf(first), accountId, secrets };
}

/** Takes the report of a delivery; one that is no longer awaited changes nothing. */
export function reportDelivery(
  record: RecordingState,
  id: string,
  attempt: Attempt,
  now: number,
  random: number,
): RecordingState {
  const reported = reportAttempt(record.deliveries, id, attempt, now, random);
  return reported ? { ...record, deliveries: reported.box } : record;
}

function withoutTimer(timers: Timers<TimerName>, name: TimerName): Timers<TimerName> {
  const { [name]: _gone, ...rest } = timers;
  return rest;
}
