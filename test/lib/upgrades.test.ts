import { describe, expect, it } from 'vitest';
import { callUpgrades } from '../../src/calls/object/upgrades.ts';
import { legUpgrades, memoryUpgrades } from '../../src/carriers/asterisk/upgrades.ts';
import { endpointUpgrades } from '../../src/carriers/simulated/upgrades.ts';
import { conferenceUpgrades } from '../../src/conferences/object/upgrades.ts';
import {
  NewerRowError,
  type Row,
  renamed,
  stamped,
  type Upgrades,
  upgraded,
  within,
  withinEach,
} from '../../src/lib/upgrades.ts';
import { recordingUpgrades } from '../../src/recordings/object/upgrades.ts';

const doubled = (row: Row): Row => ({ count: Number(row.count) * 2 });
const named = (row: Row): Row => renamed(row, { count: 'total' });
const upgrades: Upgrades = [doubled, named];

describe('a stored value', () => {
  it('that carries no number is of schema 0, and takes every upgrade in order', () => {
    expect(upgraded({ count: 3 }, upgrades)).toEqual({ total: 6 });
  });

  it('takes only the upgrades that came after it', () => {
    expect(upgraded({ schema: 1, count: 3 }, upgrades)).toEqual({ total: 3 });
  });

  it('is read as it was written by the same code', () => {
    expect(stamped({ total: 3 }, upgrades)).toEqual({ schema: 2, total: 3 });
    expect(upgraded(stamped({ total: 3 }, upgrades), upgrades)).toEqual({ total: 3 });
  });

  it('of a release that is newer than this code is refused, and neither guessed nor overwritten', () => {
    expect(() => upgraded({ schema: 3, sum: 3 }, upgrades)).toThrow(NewerRowError);
  });
});

describe('the tools of an upgrade', () => {
  it('rename what is there, and change what is inside, where there is anything', () => {
    expect(renamed({ a: 1, b: 2 }, { a: 'c', x: 'y' })).toEqual({ c: 1, b: 2 });
    expect(within({ a: { count: 1 } }, 'a', doubled)).toEqual({ a: { count: 2 } });
    expect(withinEach({ a: [{ count: 1 }] }, 'a', named)).toEqual({ a: [{ total: 1 }] });
    expect(within({ b: 1 }, 'a', doubled)).toEqual({ b: 1 });
    expect(withinEach({ b: 1 }, 'a', named)).toEqual({ b: 1 });
  });
});

/**
 * The upgrades of every kind, in order. A row that was written after the first two of a list will never take them again: so
 * a list is only appended to, and what was released with it is never moved, renamed or removed. Append here what you append there.
 */
const RELEASED: Record<string, { upgrades: Upgrades; names: string[] }> = {
  call: { upgrades: callUpgrades, names: ['withWhatOlderReleasesLack', 'inFieldWords', 'withActivities', 'withSsml'] },
  conference: {
    upgrades: conferenceUpgrades,
    names: ['withWhatOlderReleasesLack', 'inFieldWords', 'withWholeOrders', 'withSsml'],
  },
  recording: { upgrades: recordingUpgrades, names: ['mailboxToDeliveries'] },
  'leg or bridge of a gateway': {
    upgrades: legUpgrades,
    names: ['legInFieldWords', 'legWithWholeOrders', 'withSsmlMarked'],
  },
  'memory of a gateway': { upgrades: memoryUpgrades, names: ['memoryInFieldWords'] },
  'leg or bridge of the simulated network': {
    upgrades: endpointUpgrades,
    names: ['withWhatOlderReleasesLack', 'inFieldWords', 'withSsmlMarked'],
  },
};

it.each(Object.entries(RELEASED))(
  'the upgrades of a %s are those that were released, in their order',
  (_kind, list) => {
    expect(list.upgrades.map(({ name }) => name)).toEqual(list.names);
  },
);
