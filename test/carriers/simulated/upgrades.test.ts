import { describe, expect, it } from 'vitest';
import { applyBridgeUpdates, newBridge, performInBridge } from '../../../src/carriers/simulated/bridge.ts';
import {
  advanceEndpoint,
  claimRendering,
  nextAlarm,
  type SimulatedEndpoint,
  settleRendering,
} from '../../../src/carriers/simulated/endpoint.ts';
import { newSimulatedLeg, type SimulatedLeg } from '../../../src/carriers/simulated/leg.ts';
import { livedUntil, performOnLeg } from '../../../src/carriers/simulated/machine.ts';
import { mixPlanOfBridge, mixPlanOfLeg } from '../../../src/carriers/simulated/mix-plan.ts';
import { transcriptOf } from '../../../src/carriers/simulated/transcript.ts';
import { endpointUpgrades } from '../../../src/carriers/simulated/upgrades.ts';
import type { Instruction } from '../../../src/contracts/carrier.ts';
import { oldWordsIn, readRow, storedRows } from '../../fixtures/rows.ts';

const OLD_FIELDS =
  'plan patient granted free part speaks stays voice pressed notes noted silent is stretches silence hasTold listensFrom mixing unheard';

/** The names of all fields, but for those of what is heard and of what the customer or the contract named. */
function fieldsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsIn);
  if (typeof value !== 'object' || value === null) return [];
  const own = Object.entries(value).filter(([name]) => !['sounds', 'script', 'fact', 'undelivered'].includes(name));
  return own.flatMap(([name, inner]) => [name, ...fieldsIn(inner)]);
}

const oldFieldsIn = (endpoint: SimulatedEndpoint): string[] => {
  // An update of a bridge says by `is` what it is about.
  const { leg } = endpoint;
  const fields = leg ? fieldsIn({ ...leg, bridgeUpdates: [] }) : fieldsIn(endpoint);
  return fields.filter((field) => OLD_FIELDS.split(' ').includes(field));
};

/** One instruction of each kind that is given to legs and bridges. */
const INSTRUCTIONS: Instruction[] = [
  { do: 'play', playback: 'p1', prompts: [{ say: 'Hallo', language: 'nl-NL', times: 1 }, { digits: '1' }] },
  { do: 'stop', playback: 'p1' },
  { do: 'join', bridge: { id: 'CF1-1' }, muted: false },
  { do: 'recorder', recording: 'RE1', is: 'paused' },
  { do: 'leave' },
  { do: 'wait' },
  { do: 'run', speed: 2 },
];

/** Lets an endpoint live for so long, and counts the events that it reports. */
function live(
  endpoint: SimulatedEndpoint,
  wall: number,
  seconds: number,
): { endpoint: SimulatedEndpoint; types: string[] } {
  const types: string[] = [];
  let now = { ...endpoint, undelivered: [] } as SimulatedEndpoint;
  for (let at = nextAlarm(now, wall); at !== undefined && at <= wall + seconds * 1000; at = nextAlarm(now, wall)) {
    const next = advanceEndpoint(now, at);
    if (next === now) break;
    types.push(...next.undelivered.map(({ type }) => type));
    now = { ...next, undelivered: [] } as SimulatedEndpoint;
  }
  return { endpoint: now, types };
}

describe.each(storedRows('simulated-leg'))('the row %s of a simulated leg', (_name, stored) => {
  const endpoint: SimulatedEndpoint = readRow(stored, endpointUpgrades);
  const leg = endpoint.leg as SimulatedLeg;
  const later = leg.wall + 60_000;
  const command = (...instructions: Instruction[]) => ({
    leg: leg.id,
    first: leg.performed + 1,
    at: leg.now + 60_000,
    instructions,
  });

  it('has every field that a leg has, under its name of today', () => {
    for (const [field, value] of Object.entries(newSimulatedLeg(leg.id, leg.script, leg.now, leg.wall)))
      expect(typeof leg[field as keyof SimulatedLeg], field).toBe(typeof value);
    expect(endpoint.undelivered).toBeInstanceOf(Array);
    expect(oldWordsIn(endpoint)).toEqual([]);
    expect(oldFieldsIn(endpoint)).toEqual([]);
  });

  it('performs whatever its call asks of it, and tells what it heard', () => {
    for (const instruction of INSTRUCTIONS) {
      const after = performOnLeg(leg, command(instruction), later);
      expect(after.performed, instruction.do).toBe(leg.performed + 1);
      expect(JSON.parse(JSON.stringify(after)), instruction.do).toEqual(after);
      expect(transcriptOf(after, {}, livedUntil(after, later))).toBeInstanceOf(Array);
    }
  });

  it('is told to a bridge of today: how it takes part, and its voice', () => {
    const joined = performOnLeg(leg, command({ do: 'join', bridge: { id: 'CF1-1' }, muted: false }), later);
    const updates = joined.bridgeUpdates.filter(({ bridge }) => bridge === 'CF1-1');
    const { presences } = applyBridgeUpdates(newBridge('CF1-1', later), updates);
    if (leg.status === 'ended') return;
    expect(presences).toMatchObject([{ leg: leg.id, isSilent: leg.script.talks !== undefined && !leg.isSpeaking }]);
    expect(presences[0]?.pitch).toBe(leg.pitch);
  });

  it('ends when it is hung up, and its recordings can be rendered', () => {
    const hungUp = performOnLeg(leg, command({ do: 'hangup' }), later);
    const { endpoint: over, types } = live({ undelivered: [], leg: hungUp }, later, 60);
    expect(over.leg?.status).toBe('ended');
    if (leg.status !== 'ended') expect(types.at(-1)).toBe('leg.ended');
    const recorders = over.leg?.recorders ?? [];
    expect(recorders).toHaveLength(leg.recorders?.length ?? 0);
    for (const recorder of recorders) {
      expect(recorder.state).toBe('off');
      if (!recorder.job) continue;
      expect(mixPlanOfLeg(over.leg as SimulatedLeg, recorder, {}).frames).toBeGreaterThan(0);
      const claimed = claimRendering(over, later + 3_600_000);
      expect(
        claimed && settleRendering(claimed.endpoint, claimed.recorder, 'done', later).leg?.recorders?.[0]?.job,
      ).toBe(undefined);
    }
  });
});

describe.each(storedRows('simulated-bridge'))('the row %s of a simulated bridge', (_name, stored) => {
  const endpoint: SimulatedEndpoint = readRow(stored, endpointUpgrades);
  const bridge = endpoint.bridge as NonNullable<SimulatedEndpoint['bridge']>;
  const later = bridge.clock.wall + 60_000;
  const command = (...instructions: Instruction[]) => ({
    leg: bridge.id,
    first: bridge.performed + 1,
    at: bridge.clock.at,
    instructions,
  });

  it('has every field that a bridge has, under its name of today', () => {
    for (const [field, value] of Object.entries(newBridge(bridge.id, later)))
      expect(typeof bridge[field as keyof typeof bridge], field).toBe(typeof value);
    for (const presence of bridge.presences) expect(presence.isSilent).toBeTypeOf('boolean');
    expect(oldWordsIn(endpoint)).toEqual([]);
    expect(oldFieldsIn(endpoint)).toEqual([]);
  });

  it('performs whatever its owner asks of it', () => {
    for (const instruction of INSTRUCTIONS) {
      const after = performInBridge(bridge, command(instruction), later);
      expect(after.performed, instruction.do).toBe(bridge.performed + 1);
      expect(JSON.parse(JSON.stringify(after)), instruction.do).toEqual(after);
    }
  });

  it('reports the end of what is played, and that its recorder has paused', () => {
    const [recorder] = bridge.recorders ?? [];
    const asked = performInBridge(
      bridge,
      command(
        { do: 'play', playback: 'p1', prompts: [{ pause: 1 }] },
        { do: 'recorder', recording: recorder?.recording ?? 'RE1', is: 'paused' },
      ),
      later,
    );
    const { types } = live({ undelivered: [], bridge: asked }, later, 60);
    expect(types[0]).toBe('leg.recorder-paused');
    expect(types.at(-1)).toBe('leg.playback-ended');
  });

  it('closes its recorders when its last leg leaves, and they can be rendered', () => {
    const legs = bridge.presences.filter(({ to }) => to === undefined).map(({ leg }) => leg);
    const updates = legs.map((leg) => {
      const n = (bridge.lastUpdates[leg] ?? 0) + 1;
      return { n, leg, bridge: bridge.id, wall: later, is: 'out' as const };
    });
    const left = applyBridgeUpdates(bridge, updates);
    expect(left.presences.every(({ to }) => to !== undefined)).toBe(true);
    expect(left.recorders?.length).toBe(bridge.recorders?.length);
    for (const recorder of left.recorders ?? []) {
      expect(recorder.state).toBe('off');
      if (recorder.job) expect(mixPlanOfBridge(left, recorder).frames).toBeGreaterThan(0);
    }
  });
});
