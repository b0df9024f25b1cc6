import { copyIfChanged, copyLane, newObjectState, type ObjectShape, type ObjectState } from '../../lib/object-state.ts';
import { emptyLane, type Lane, put, sent } from '../../lib/outbox.ts';
import { clearTimer, fireTimers, setTimer, type Timers } from '../../lib/timers.ts';
import { timestamp } from '../../lib/timestamp.ts';
import type { DeliveryRules } from '../../webhooks/delivery-lease.ts';
import {
  addNotification,
  type DeliveryQueue,
  deliveryLane,
  emptyDeliveryQueue,
  isConsumerComing,
} from '../../webhooks/delivery-queue.ts';
import { viewRecording } from '../api/view.ts';
import { type RecordingEffect, type RecordingEvent, type TimerName, transition } from '../machine.ts';
import { type Recording, recordingFacts } from '../recording.ts';
import { recordingUpgrades } from './upgrades.ts';

/** All that an object keeps of its recording, written as one row in one commit, as a call's. */
export interface RecordingState extends ObjectState {
  recording: Recording;
  timers: Timers<TimerName>;
  deliveries: DeliveryQueue;
  /** Times that the bucket must be told to delete the sound. */
  erasures: Lane<true>;
}

export const newState = (recording: Recording): RecordingState => ({
  ...newObjectState(),
  recording,
  deliveries: emptyDeliveryQueue(),
  erasures: emptyLane(),
});

/** Takes one event: the recording's next state, with everything that follows from it. */
export function advance(record: RecordingState, event: RecordingEvent, now: number): RecordingState {
  const { recording, effects } = transition(record.recording, event, now);
  if (recording === record.recording && effects.length === 0) return record;
  const next = effects.reduce((it, effect) => apply(it, effect, now), { ...record, recording });
  return copyIfChanged(record, next, (it) => recordingFacts(it.recording), now);
}

function apply(record: RecordingState, effect: RecordingEffect, now: number): RecordingState {
  switch (effect.do) {
    case 'notify':
      return notify(record, effect, now);
    case 'erase':
      return { ...record, erasures: put(emptyLane(), true, now) };
    case 'timer.set':
      return setTimer(record, effect.name, effect.at);
    case 'timer.clear':
      return clearTimer(record, effect.name);
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

const lanes = {
  erasures: {
    next: ({ erasures }: RecordingState) => erasures.messages[0],
    sent: (record: RecordingState, _sound: true, _answer: unknown, now: number): RecordingState => ({
      ...record,
      erasures: sent(record.erasures, 1, now),
    }),
  },
  deliveries: deliveryLane,
  copies: copyLane,
};

export const shape: ObjectShape<RecordingState, typeof lanes> = {
  table: 'recording',
  upgrades: recordingUpgrades,
  lanes,
  isAboutToCommit: ({ deliveries }) => isConsumerComing(deliveries),
  fireTimers: (record, now) =>
    fireTimers<TimerName, RecordingState>(record, now, (it, name) => advance(it, { type: `timer.${name}` }, now)),
};

export const deliveryRules: DeliveryRules<RecordingState> = {
  signer: ({ recording: { accountId, secrets } }) => ({ accountId, secrets }),
};
