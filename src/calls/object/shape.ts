import { timeForAlarm } from '../../lib/clock.ts';
import { copyLane, type ObjectShape } from '../../lib/object-state.ts';
import type { DeliveryRules } from '../../webhooks/delivery-lease.ts';
import { deliveryLane, isConsumerComing } from '../../webhooks/delivery-queue.ts';
import type { FlowRequest } from '../call.ts';
import { flowFetched } from './flow-requests.ts';
import {
  type CallState,
  commandTaken,
  fireUpTo,
  logDelivery,
  messageSent,
  nextCommand,
  timerDue,
  waitsForNetwork,
} from './state.ts';
import { callUpgrades } from './upgrades.ts';

const lanes = {
  commands: { next: nextCommand, sent: commandTaken },
  messages: { next: ({ messages }: CallState) => messages.messages[0], sent: messageSent, isHeldUp: waitsForNetwork },
  /** A customer's slow server delays nobody's notifications. */
  fetches: {
    next: ({ fetches }: CallState): FlowRequest | undefined => fetches.messages[0],
    sent: flowFetched,
    isBeside: true as const,
  },
  deliveries: deliveryLane,
  copies: copyLane,
};

export const shape: ObjectShape<CallState, typeof lanes> = {
  table: 'call',
  upgrades: callUpgrades,
  lanes,
  isAboutToCommit: ({ deliveries }) => isConsumerComing(deliveries),
  timerDue,
  fireTimers: (record, wall) => fireUpTo(record, timeForAlarm(record.clock, wall), wall),
  lighten: (record) => ({ ...record, timeline: [] }),
};

export const deliveryRules: DeliveryRules<CallState> = {
  signer: ({ call: { accountId, secrets } }) => ({ accountId, secrets }),
  log: logDelivery,
};
