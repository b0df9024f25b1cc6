import { describe, expect, it } from 'vitest';
import { newBridge, stepInBridge, takeNotes } from '../../../src/carriers/simulated/bridge.ts';
import type { SimulatedEndpoint } from '../../../src/carriers/simulated/endpoint.ts';
import { newLeg } from '../../../src/carriers/simulated/leg.ts';
import { nextWall, perform, step } from '../../../src/carriers/simulated/machine.ts';
import { transcriptOf } from '../../../src/carriers/simulated/transcript.ts';
import { endpointUpgrades } from '../../../src/carriers/simulated/upgrades.ts';
import { scriptFor } from '../../../src/contracts/script.ts';
import { readRow, storedRows } from '../../fixtures/rows.ts';
import { NOW } from '../../support/call.ts';

const read = (stored: Parameters<typeof readRow>[0]): SimulatedEndpoint => readRow(stored, endpointUpgrades);
const fieldsOf = (value: object) => Object.keys(value);

describe.each(storedRows('simulated-leg'))('the value %s of a leg', (_name, stored) => {
  const { leg } = read(stored);
  if (!leg) throw new Error('the fixture is no leg');

  it('has every field that a leg has, under its name of today', () => {
    expect(fieldsOf(leg)).toEqual(expect.arrayContaining(fieldsOf(newLeg('CA1', scriptFor('+493023125000'), 0, 0))));
    expect(transcriptOf(leg, {}, leg.now)).toBeInstanceOf(Array);
  });

  it('ends when it is hung up, and tells its call', () => {
    if (leg.status === 'over') return;
    const command = { leg: leg.id, first: leg.performed + 1, at: leg.now, instructions: [{ do: 'hangup' } as const] };
    let ending = perform(leg, command, leg.wall);
    const told: string[] = [];
    for (let due = nextWall(ending); due !== undefined && ending.status !== 'over'; due = nextWall(ending)) {
      const stepped = step(ending, due);
      ending = stepped.leg;
      told.push(...stepped.events.map(({ type }) => type));
    }
    expect(ending.status).toBe('over');
    expect(told.at(-1)).toBe('leg.ended');
  });
});

describe.each(storedRows('simulated-bridge'))('the value %s of a bridge', (_name, stored) => {
  const { mixing } = read(stored);
  if (!mixing) throw new Error('the fixture is no bridge');

  it('has every field that a bridge has, and is empty once the last has left', () => {
    expect(fieldsOf(mixing)).toEqual(expect.arrayContaining(fieldsOf(newBridge('CF1-1', 0))));
    const wall = NOW;
    const left = Object.entries(mixing.noted).reduce(
      (it, [leg, n]) => takeNotes(it, [{ n: n + 1, leg, bridge: mixing.id, wall, is: 'out' }]),
      mixing,
    );
    expect(left.presences.filter(({ to }) => to === undefined)).toEqual([]);
    expect(left.recorders?.every(({ is }) => is === 'off') ?? true).toBe(true);
    expect(stepInBridge(left, wall).mixing.id).toBe(mixing.id);
  });
});
