import { type Row, renamed, type Upgrades } from '../../lib/upgrades.ts';

/** A leg's part in a bridge became its membership, and what its call has not heard is undelivered. */
const inFieldWords = (leg: Row): Row => renamed(leg, { part: 'membership', unheard: 'undelivered' });

export const legUpgrades: Upgrades = [inFieldWords];

/** What a gateway keeps from one connection to the next was the same in every release up to 64f997c. */
export const memoryUpgrades: Upgrades = [];
