import { describe, expect, it } from 'vitest';
import {
  copyAgain,
  copyIfChanged,
  copyLane,
  hasCausedMore,
  laneFailed,
  newObjectState,
  nextIn,
  type ObjectState,
  wakeAt,
} from '../../src/lib/object-state.ts';
import { emptyLane, GUARD_MS, type Lane, put } from '../../src/lib/outbox.ts';

interface Shop extends ObjectState {
  orders: Lane<string>;
  bills: Lane<string>;
  name: string;
}

const NOW = 1_000_000;
const shop: Shop = { ...newObjectState(), orders: emptyLane(), bills: emptyLane(), name: 'a' };
const ordered: Shop = { ...shop, orders: put(shop.orders, 'tea', NOW) };

const first = (name: 'orders' | 'bills') => ({
  next: (state: Shop): string | undefined => state[name].messages[0],
  sent: (state: Shop): Shop => ({ ...state, [name]: emptyLane() }),
});
const lanes = {
  orders: first('orders'),
  bills: { ...first('bills'), isHeldUp: ({ orders }: Shop) => orders.messages.length > 0 },
  copies: copyLane,
};

describe('what is next in a lane', () => {
  it('is what its rules say, as long as the lane is ready and held up by no other one', () => {
    const both = { ...ordered, bills: put(shop.bills, 'bill', NOW) };
    expect(nextIn(both, 'orders', lanes.orders, NOW)).toBe('tea');
    expect(nextIn(both, 'bills', lanes.bills, NOW)).toBeUndefined();
    expect(nextIn({ ...both, orders: emptyLane() }, 'bills', lanes.bills, NOW)).toBe('bill');
    expect(nextIn(shop, 'orders', lanes.orders, NOW)).toBeUndefined();
  });

  it('is nothing after a failure, until the next attempt', () => {
    const failed = laneFailed(ordered, 'orders', NOW);
    expect(nextIn(failed, 'orders', lanes.orders, NOW + 999)).toBeUndefined();
    expect(nextIn(failed, 'orders', lanes.orders, NOW + 1000)).toBe('tea');
  });
});

describe('an object must be woken', () => {
  const waiting: Shop = { ...ordered, timers: { bell: NOW + 5 } };

  it('at the earliest of its timers and lanes, or not at all', () => {
    expect(wakeAt({ lanes }, shop)).toBeUndefined();
    expect(wakeAt({ lanes }, ordered)).toBe(NOW + GUARD_MS);
    expect(wakeAt({ lanes }, waiting)).toBe(NOW + 5);
    expect(wakeAt({ lanes, timerDue: () => 7 }, waiting)).toBe(7);
  });

  it('not for a lane that waits for another one, which wakes it anyway', () => {
    const held = { ...laneFailed(ordered, 'orders', NOW + 5000), bills: put(shop.bills, 'bill', NOW - GUARD_MS) };
    expect(wakeAt({ lanes }, held)).toBe(NOW + 6000);
  });

  it('later for a lane that is being sent at this moment, or the alarm would ring until it is', () => {
    const late = NOW + 2 * GUARD_MS;
    expect(wakeAt({ lanes }, ordered, late)).toBe(NOW + GUARD_MS);
    expect(wakeAt({ lanes }, ordered, late, (name) => name === 'orders')).toBe(late + GUARD_MS);
  });
});

describe("the database's copy", () => {
  const shown = ({ name }: Shop) => name;

  it('is due once, and again whenever what it shows has changed', () => {
    const begun = copyIfChanged(shop, shop, shown, NOW);
    expect(begun).toMatchObject({ version: 1, copies: { messages: [1] } });
    expect(copyIfChanged(begun, { ...begun, orders: ordered.orders }, shown, NOW).version).toBe(1);
    expect(copyIfChanged(begun, { ...begun, name: 'b' }, shown, NOW)).toMatchObject({
      version: 2,
      copies: { messages: [2] },
    });
  });

  it('stays due when an older version was written meanwhile', () => {
    const twice = copyAgain(copyAgain(shop, NOW), NOW);
    expect(copyLane.sent(twice, 1, undefined)).toBe(twice);
    expect(copyLane.sent(twice, 2, undefined).copies).toEqual(emptyLane());
  });
});

describe('what was sent has caused more', () => {
  it('when another lane or a timer is not as it was, and not by the progress of its own lane', () => {
    const progress = { ...ordered, orders: emptyLane<string>(), name: 'b' };
    expect(hasCausedMore<Shop>(ordered, progress, 'orders', lanes)).toBe(false);
    expect(hasCausedMore<Shop>(ordered, { ...progress, bills: put(shop.bills, 'bill', NOW) }, 'orders', lanes)).toBe(
      true,
    );
    expect(hasCausedMore<Shop>(ordered, { ...progress, timers: { bell: NOW } }, 'orders', lanes)).toBe(true);
  });
});
