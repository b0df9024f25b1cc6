import { describe, expect, it } from 'vitest';
import { isTooLate } from '../../../src/carriers/asterisk/events.ts';
import { callOf, incomingLeg, type Leg, newLeg, onNewChannel } from '../../../src/carriers/asterisk/leg.ts';
import { reconcile } from '../../../src/carriers/asterisk/reconcile.ts';
import {
  mayLoseTrunk,
  SILENT_MS,
  sipStatusIn,
  TRYING_MS,
  waitFor,
} from '../../../src/carriers/asterisk/trunk-timeout.ts';
import { newId } from '../../../src/lib/ids.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');
const ID = newId('CA', NOW);
const ROUTE = { gateway: 'gw-1', trunk: 'b', capacity: 1, gatewayCapacity: 5 };
const dialing = (change: Partial<Leg> = {}): Leg => ({
  ...newLeg(ID, NOW),
  status: 'dialing',
  dial: { to: '+493023125100', from: '+31851234567', rest: [ROUTE] },
  ...change,
});

describe('a trunk that is asked to place a call', () => {
  it.each([
    [0, SILENT_MS],
    [100, TRYING_MS],
    [undefined, TRYING_MS],
    [180, Number.POSITIVE_INFINITY],
    [183, Number.POSITIVE_INFINITY],
    [200, Number.POSITIVE_INFINITY],
  ])('that has said %s has %s ms', (said, patience) => expect(waitFor(said)).toBe(patience));

  it('has said what Asterisk kept of its last answer, or nothing', () => {
    expect(['SIP 100 Trying', 'SIP 183 Session Progress', '', undefined, 'SIP'].map(sipStatusIn)).toEqual([
      100, 183, 0, 0, 0,
    ]);
  });

  it('is left only where there is another, before anything rang, for a call that somebody still wants', () => {
    const dial = { to: '', from: '', rest: [ROUTE] };
    expect(mayLoseTrunk(dialing())).toBe(true);
    expect(mayLoseTrunk(dialing({ dial: { ...dial, rest: [] } }))).toBe(false);
    expect(mayLoseTrunk(dialing({ dial: { ...dial, underway: true } }))).toBe(false);
    expect(mayLoseTrunk(dialing({ status: 'ringing' }))).toBe(false);
    expect(mayLoseTrunk(dialing({ todo: [{ do: 'hangup' }] }))).toBe(false);
  });
});

describe('a channel that its leg has left', () => {
  const second = onNewChannel(dialing());
  const third = onNewChannel(second);
  const start = { type: 'StasisStart', args: ['outbound', ID], channel: { id: ID, state: 'Up' } };

  it('has another name than those that follow, and belongs to the same call', () => {
    expect(new Set([ID, second.channel, third.channel]).size).toBe(3);
    expect([second.channel, third.channel].map(callOf)).toEqual([ID, ID]);
  });

  it('is hung up when a phone answers it, and no other is', () => {
    expect(isTooLate(start, undefined)).toBe(true);
    expect(isTooLate(start, dialing({ status: 'moved' }))).toBe(true);
    expect(isTooLate(start, dialing({ status: 'over' }))).toBe(true);
    expect(isTooLate(start, second)).toBe(false);
    expect(isTooLate({ ...start, args: ['inbound', '+31', 'phones'] }, undefined)).toBe(false);
    expect(isTooLate({ ...start, args: ['link', 'meet1'] }, undefined)).toBe(false);
    expect(isTooLate({ ...start, type: 'ChannelDestroyed' }, undefined)).toBe(false);
  });

  it('is hung up when the gateway comes back with it, at once', () => {
    const named = (id: string) => ({ id, name: 'PJSIP/phones-1', state: 'Down' });
    const found = reconcile([second], [named(ID), named(second.channel), named('1.9')], NOW);
    expect(found).toEqual({ told: [], hangUp: [ID], strangers: ['1.9'] });
    const inbound = incomingLeg(ID, '1.2', 'phones', NOW);
    expect(reconcile([inbound], [named('1.2')], NOW).hangUp).toEqual([]);
  });
});
