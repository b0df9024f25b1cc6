import { type StoredInstruction, withWholeOrder } from '../../contracts/upgrade-orders.ts';
import { type Row, renamed, type Upgrades, within, withinEach } from '../../lib/upgrades.ts';

/** A leg of any release up to 64f997c: its part became its membership, and more of it got the names that the field knows. */
function inFieldWords(leg: Row): Row {
  const names = {
    todo: 'pending',
    performed: 'instructionCount',
    channels: 'channelCount',
    ringing: 'ringback',
    part: 'membership',
    expected: 'expectedLinks',
    unheard: 'undelivered',
  };
  const named = renamed({ ...leg, status: leg.status === 'over' ? 'ended' : leg.status }, names);
  const dialled = within(named, 'dial', (dial) => renamed(dial, { rest: 'routes', underway: 'progressing' }));
  const joined = within(dialled, 'membership', (membership) => renamed(membership, { coached: 'coachedChannel' }));
  const recorded = withinEach(joined, 'recorders', (recorder) => renamed(recorder, { silence: 'detectsSilence' }));
  return withinEach(recorded, 'pending', (it) => ({ ...withWholeOrder(it as StoredInstruction) }));
}

export const legUpgrades: Upgrades = [inFieldWords];

const memoryInFieldWords = (memory: Row): Row => renamed(memory, { away: 'awaySince', strangers: 'unknownChannels' });

export const memoryUpgrades: Upgrades = [memoryInFieldWords];
