import { describe, expect, it } from 'vitest';
import { EventDelivery } from '../../../src/carriers/asterisk/event-delivery.ts';
import { newGatewayLeg } from '../../../src/carriers/asterisk/leg.ts';
import { LegStore } from '../../../src/carriers/asterisk/leg-store.ts';
import type { LegEvent, LegFact } from '../../../src/contracts/carrier.ts';
import { newId } from '../../../src/lib/ids.ts';

const ID = newId('CA', Date.parse('2100-01-01T12:00:00Z'));
const DIGIT: LegFact = { type: 'leg.digit', digit: '1' };

/** The legs of a gateway with one of them, and its owner, who accepts events once it is back. */
function gateway() {
  const kv = { list: () => [], put: () => {}, delete: () => true } as unknown as SyncKvStorage;
  const legs = new LegStore({ kv } as DurableObjectStorage);
  legs.save({ ...newGatewayLeg(ID, 0), status: 'up' });
  const accepted: LegEvent[] = [];
  const owner = { isAway: false };
  const delivery = new EventDelivery('gw-1', legs, async (_leg, events) => {
    if (owner.isAway) throw new Error('away (part of this test)');
    accepted.push(...events);
  });
  return { delivery, accepted, owner, legs };
}

describe('events of a leg', () => {
  it('carry their gateway, and numbers that only grow and keep to the clock, however many there are', async () => {
    const { delivery, accepted } = gateway();
    const began = Date.now();
    await delivery.report(
      ID,
      Array.from({ length: 2000 }, () => DIGIT),
    );
    const numbers = accepted.map(({ n = 0 }) => n);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers[0]).toBeGreaterThanOrEqual(began * 1000);
    expect(numbers.at(-1)).toBeLessThan((Date.now() + 10) * 1000);
    expect(new Set(accepted.map(({ by }) => by))).toEqual(new Set(['gw-1']));
  });

  it('wait in bounded number for an owner who is away, and the end is not among what is dropped', async () => {
    const { delivery, accepted, owner, legs } = gateway();
    owner.isAway = true;
    for (let n = 0; n < 700; n++) await delivery.report(ID, [DIGIT]);
    await delivery.report(ID, [{ type: 'leg.ended', cause: 'normal' }]);
    expect(legs.find(ID)?.undelivered?.length).toBe(501);
    owner.isAway = false;
    expect(await delivery.retryUndelivered()).toBe(true);
    expect(accepted).toHaveLength(501);
    expect(accepted.at(-1)).toMatchObject({ type: 'leg.ended' });
  });
});
