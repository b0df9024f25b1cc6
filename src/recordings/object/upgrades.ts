import type { Upgrades } from '../../lib/upgrades.ts';
import { mailboxToDeliveries } from '../../webhooks/upgrade-delivery-queue.ts';

export const recordingUpgrades: Upgrades = [mailboxToDeliveries];
