import { describe, expect, it } from 'vitest';
import {
  asEnded,
  type GatewayLeg,
  inboundLeg,
  newGatewayLeg,
  withNewChannel,
} from '../../../src/carriers/asterisk/leg.ts';
import { overdue, reconcileBridges, reconcileChannels } from '../../../src/carriers/asterisk/reconcile.ts';
import { newId } from '../../../src/lib/ids.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');
const ID = newId('CA', NOW);
const leg = (change: Partial<GatewayLeg> = {}): GatewayLeg => ({ ...newGatewayLeg(ID, NOW), status: 'up', ...change });
const sipChannel = (id: string, state = 'Up') => ({ id, name: 'PJSIP/phones-1', state });
const nothing = { missed: [], hangUp: [], unknown: [] };

describe('a gateway that comes back with its channels', () => {
  it('ends legs whose channel is gone, has channels of ended legs hung up, and tells which are unknown', () => {
    const ended = leg({ id: 'ended', channel: 'ended', status: 'ended' });
    const undialled = leg({ id: 'n', channel: 'n', status: 'new' });
    const found = reconcileChannels([leg(), ended, undialled], [sipChannel('ended'), sipChannel('1.9')], NOW);
    expect(found.missed).toMatchObject([{ leg: { id: ID }, facts: [{ type: 'leg.ended', cause: 'network-failure' }] }]);
    expect(found.hangUp).toEqual(['ended']);
    expect(found.unknown).toEqual(['1.9']);
  });

  it('leaves live legs alone', () => {
    expect(reconcileChannels([leg()], [sipChannel(ID)], NOW)).toEqual(nothing);
    const inbound = inboundLeg(ID, '1.2', 'phones', NOW);
    expect(reconcileChannels([inbound], [sipChannel('1.2', 'Ring')], NOW)).toEqual(nothing);
  });

  it('has a channel that its leg has left for another one hung up', () => {
    const dialing = withNewChannel(leg({ status: 'dialing' }));
    const channels = [ID, dialing.channel, '1.9'].map((id) => sipChannel(id, 'Down'));
    expect(reconcileChannels([dialing], channels, NOW)).toEqual({ missed: [], hangUp: [ID], unknown: ['1.9'] });
  });

  it('keeps a channel that is unknown for some time', () => {
    expect(overdue({ a: NOW - 20_000, b: NOW - 5000 }, NOW, 15_000)).toEqual(['a']);
  });

  it('keeps the channels of a recorder as long as it is open and its leg lives', () => {
    const [open, closed] = [newId('RE', NOW), newId('RE', NOW + 1)];
    const recorders = [
      { id: open, channels: 2 as const, detectsSilence: true },
      { id: closed, channels: 1 as const, closed: true },
    ];
    const channels = [`rec-${open}.in`, `rec-${open}.out`, `silence-${open}`, `rec-${closed}`].map((id) => ({
      id,
      name: `Snoop/${id}`,
      state: 'Up',
    }));
    const orphaned = (legs: GatewayLeg[]) => reconcileBridges(legs, [], channels).orphanedSnoops;
    expect(orphaned([leg({ recorders })])).toEqual([`rec-${closed}`]);
    expect(orphaned([asEnded(leg({ recorders }), NOW)])).toHaveLength(4);
    expect(orphaned([])).toHaveLength(4);
  });
});
