import { describe, expect, it } from 'vitest';
import { nextTrunk } from '../../../src/carriers/asterisk/next-trunk.ts';

const route = { gateway: 'gw-1', trunk: 'a', capacity: 1, gatewayCapacity: 5 };
const load = { gateway: 'gw-1', connected: true, calls: 1, callsOf: (trunk: string) => (trunk === 'a' ? 1 : 0) };
const away = { ...load, connected: false };

describe('the next trunk of a call', () => {
  it('is the first that has room', () => {
    expect(nextTrunk([route, { ...route, trunk: 'b' }], load)).toMatchObject({ do: 'dial', route: { trunk: 'b' } });
  });

  it('is none when all are full, which refuses the call as congested', () => {
    expect(nextTrunk([route], load)).toEqual({ do: 'refuse', cause: 'congestion' });
    const full = { ...load, calls: 5, callsOf: () => 0 };
    expect(nextTrunk([route], full)).toEqual({ do: 'refuse', cause: 'congestion' });
  });

  it('is none on a gateway that is away, but may be on another one', () => {
    expect(nextTrunk([route], away)).toEqual({ do: 'refuse', cause: 'no-gateway' });
    expect(nextTrunk([route, { ...route, gateway: 'gw-2' }], away)).toMatchObject({
      do: 'hand-over',
      gateway: 'gw-2',
    });
  });
});
