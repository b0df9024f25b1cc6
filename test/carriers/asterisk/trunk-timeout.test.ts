import { describe, expect, it } from 'vitest';
import { type GatewayLeg, newGatewayLeg } from '../../../src/carriers/asterisk/leg.ts';
import {
  mayFailOver,
  NO_RESPONSE_MS,
  parseSipStatus,
  TRYING_MS,
  trunkTimeout,
} from '../../../src/carriers/asterisk/trunk-timeout.ts';
import { newId } from '../../../src/lib/ids.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');
const ROUTE = { gateway: 'gw-1', trunk: 'b', capacity: 1, gatewayCapacity: 5 };
const dial = { to: '+493023125100', from: '+31851234567', routes: [ROUTE] };
const dialing = (change: Partial<GatewayLeg> = {}): GatewayLeg => ({
  ...newGatewayLeg(newId('CA', NOW), NOW),
  status: 'dialing',
  dial,
  ...change,
});

describe('a trunk that is asked to place a call', () => {
  it.each([
    [0, NO_RESPONSE_MS],
    [100, TRYING_MS],
    [undefined, TRYING_MS],
    [180, Number.POSITIVE_INFINITY],
    [183, Number.POSITIVE_INFINITY],
    [200, Number.POSITIVE_INFINITY],
  ])('and whose last SIP status is %s has %s ms', (status, timeout) => expect(trunkTimeout(status)).toBe(timeout));

  it('has the SIP status that Asterisk keeps of its last response, or none', () => {
    const kept = ['SIP 100 Trying', 'SIP 183 Session Progress', '', undefined, 'SIP'];
    expect(kept.map(parseSipStatus)).toEqual([100, 183, 0, 0, 0]);
  });

  it('is left only where there is another, before anything rang, for a call that somebody still wants', () => {
    expect(mayFailOver(dialing())).toBe(true);
    expect(mayFailOver(dialing({ dial: { ...dial, routes: [] } }))).toBe(false);
    expect(mayFailOver(dialing({ dial: { ...dial, progressing: true } }))).toBe(false);
    expect(mayFailOver(dialing({ status: 'ringing' }))).toBe(false);
    expect(mayFailOver(dialing({ pending: [{ do: 'hangup' }] }))).toBe(false);
  });
});
