import { describe, expect, it } from 'vitest';
import { applyAriEvent, endLeg } from '../../../src/carriers/asterisk/events.ts';
import { applyCommand, type GatewayLeg, isLive, newGatewayLeg } from '../../../src/carriers/asterisk/leg.ts';
import { reconcileBridges, reconcileChannels } from '../../../src/carriers/asterisk/reconcile.ts';
import { legUpgrades, memoryUpgrades } from '../../../src/carriers/asterisk/upgrades.ts';
import { oldWordsIn, readRow, storedRows } from '../../fixtures/rows.ts';
import { NOW } from '../../support/call.ts';

const read = (stored: Parameters<typeof readRow>[0]): GatewayLeg => readRow(stored, legUpgrades);

describe.each(storedRows('gateway-leg'))('the value %s of a leg', (_name, stored) => {
  const leg = read(stored);

  it('has every field that a leg has, under its name of today', () => {
    expect(Object.keys(leg)).toEqual(expect.arrayContaining(Object.keys(newGatewayLeg('CA1', 0))));
    expect(leg).not.toHaveProperty('part');
    expect(oldWordsIn(leg)).toEqual([]);
  });

  it('takes the hang-up of its call, and ends when its channel does', () => {
    const command = {
      leg: leg.id,
      first: leg.instructionCount + 1,
      at: NOW,
      instructions: [{ do: 'hangup' } as const],
    };
    if (leg.status !== 'ended') expect(applyCommand(leg, command).leg.pending).toEqual([{ do: 'hangup' }]);
    if (!isLive(leg)) return;
    const gone = { type: 'ChannelDestroyed', channel: { id: leg.channel, state: 'Up' }, cause: 16 };
    for (const { leg: after, facts } of [applyAriEvent(leg, gone, NOW), endLeg(leg, 'network-failure', NOW)]) {
      expect(after.status).toBe('ended');
      expect(facts.at(-1)).toMatchObject({ type: 'leg.ended' });
    }
  });
});

it('a gateway that comes back with nothing ends every leg that a release had stored, and tells its call', () => {
  for (const release of ['05a1f9a', '4b9697c', 'd1925d8', '64f997c']) {
    const legs = storedRows('gateway-leg').flatMap(([, stored]) => (stored.release === release ? [read(stored)] : []));
    const missed = reconcileChannels(legs, [], NOW).missed.filter(({ facts }) =>
      facts.some(({ type }) => type === 'leg.ended'),
    );
    expect(missed.length).toBe(legs.filter((leg) => isLive(leg) && leg.status !== 'new').length);
    expect(reconcileBridges(legs, [], []).orphanedBridges).toEqual([]);
  }
});

describe.each(storedRows('gateway-memory'))('the memory %s of a gateway', (_name, stored) => {
  it('has what was stored, under its name of today', () => {
    const { away: awaySince, strangers: unknownChannels, ...rest } = stored.row;
    expect(unknownChannels).toBeTypeOf('object');
    const expected = awaySince === undefined ? { ...rest, unknownChannels } : { ...rest, awaySince, unknownChannels };
    expect(readRow(stored, memoryUpgrades)).toEqual(expected);
  });
});
