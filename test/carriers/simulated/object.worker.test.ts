import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallObject } from '../../../src/calls/object/object.ts';
import type { SimulatedObject } from '../../../src/carriers/simulated/object.ts';
import type { LegEvent } from '../../../src/contracts/carrier.ts';
import { scriptFor } from '../../../src/contracts/script.ts';
import { newId } from '../../../src/lib/ids.ts';
import { legOf } from '../../support/facts.ts';
import { until } from '../../support/until.ts';
import { type Callee, type ContractNetwork, describeBridging, describeCarrier } from '../contract.ts';

const heard = new Map<string, LegEvent[]>();

beforeEach(() => {
  vi.spyOn(CallObject.prototype, 'legEvents').mockImplementation(async function (this: CallObject, events) {
    const leg = this.ctx.id.name ?? '';
    heard.set(leg, [...(heard.get(leg) ?? []), ...events]);
  });
});
afterEach(() => void vi.restoreAllMocks());

const NUMBERS: Record<Callee, string> = {
  answers: '+493023125000',
  'is busy': '+493023125001',
  'never answers': '+493023125002',
  'does not exist': '+493023125003',
  'presses 1 and hangs up': '+493023125000',
};

const PRESSES = scriptFor('+493023125000', { digits: [{ after: 0.05, digits: '1' }], hang_up_after: 0.1 });

const network = (): ContractNetwork => {
  const pressing = new Set<string>();
  return {
    leg: (callee) => {
      const id = newId('CA', Date.now());
      if (callee === 'presses 1 and hangs up') pressing.add(id);
      return { id, to: NUMBERS[callee] };
    },
    carrier: (leg) => ({
      perform: (command) => {
        const instructions = command.instructions.map((it) =>
          it.do === 'dial' && pressing.has(leg) ? { ...it, script: PRESSES } : it,
        );
        return legOf(leg).perform({ ...command, instructions });
      },
    }),
    reported: (leg) => heard.get(leg) ?? [],
  };
};

describeCarrier('the simulated network', network);
describeBridging('the simulated network', network);

describe('a simulated leg', () => {
  const dial = (id: string) =>
    legOf(id).perform({
      leg: id,
      first: 1,
      at: Date.now(),
      instructions: [{ do: 'dial', to: '+493023125000', from: '+31851234567', script: PRESSES }],
    });

  it('plays its script to the end when it is evicted after every event', async () => {
    const id = newId('CA', Date.now());
    vi.mocked(CallObject.prototype.legEvents).mockImplementation(async function (this: CallObject, events) {
      heard.set(id, [...(heard.get(id) ?? []), ...events]);
      setTimeout(() => evictDurableObject(legOf(id)).catch(() => 'it was evicted already'), 0);
    });
    await dial(id);
    await until(() => expect(heard.get(id)?.at(-1)?.type).toBe('leg.ended'));
    const numbers = new Set(heard.get(id)?.map(({ n }) => n));
    expect([...numbers]).toEqual([1, 2, 3, 4]);
  });

  it('reports an event again under the same number when the call did not take it', async () => {
    const id = newId('CA', Date.now());
    vi.mocked(CallObject.prototype.legEvents).mockRejectedValueOnce(
      new Error('the call is being updated (part of this test)'),
    );
    await dial(id);
    await until(() => expect(heard.get(id)?.map(({ n }) => n)).toEqual([1, 2, 3, 4]));
  });

  it('stores nothing for a leg that never was', async () => {
    const id = newId('CA', Date.now());
    await legOf(id).perform({ leg: id, first: 1, at: 0, instructions: [{ do: 'hangup' }] });
    await runInDurableObject(legOf(id), async (_object: SimulatedObject, state) => {
      expect(state.storage.kv.get('line')).toBeUndefined();
      expect(await state.storage.getAlarm()).toBeNull();
    });
  });
});
