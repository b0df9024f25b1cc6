import { withWholeOrder } from '../../contracts/upgrade-orders.ts';
import { type Row, renamed, type Upgrades, within, withinEach } from '../../lib/upgrades.ts';
import { withSsmlMarked } from '../../speech/upgrade-markup.ts';

/** A leg's part in a bridge became its membership, its status `over` became `ended`, and what it has to do is pending. */
function legInFieldWords(leg: Row): Row {
  const named = renamed(leg, {
    performed: 'instructionCount',
    todo: 'pending',
    channels: 'channelCount',
    ringing: 'ringback',
    part: 'membership',
    expected: 'expectedLinks',
    unheard: 'undelivered',
  });
  const dialled = within(named, 'dial', (dial) => renamed(dial, { rest: 'routes', underway: 'progressing' }));
  const joined = within(dialled, 'membership', (part) => renamed(part, { coached: 'coachedChannel' }));
  const recorded = withinEach(joined, 'recorders', (recorder) => renamed(recorder, { silence: 'detectsSilence' }));
  return { ...recorded, status: leg.status === 'over' ? 'ended' : leg.status };
}

/** An instruction that opens a recorder carries the recording's order whole. */
const legWithWholeOrders = (leg: Row): Row => withinEach(leg, 'pending', withWholeOrder);

export const legUpgrades: Upgrades = [legInFieldWords, legWithWholeOrders, withSsmlMarked];

/** Strangers became unknown channels. */
const memoryInFieldWords = (memory: Row): Row => renamed(memory, { away: 'awaySince', strangers: 'unknownChannels' });

export const memoryUpgrades: Upgrades = [memoryInFieldWords];
