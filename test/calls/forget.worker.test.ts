import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NewCallFacts } from '../../src/calls/call.ts';
import { SimulatedObject } from '../../src/carriers/simulated/object.ts';
import { scriptFor } from '../../src/contracts/script.ts';
import { forgetEach } from '../../src/lib/forget-each.ts';
import { newId } from '../../src/lib/ids.ts';
import { aCustomer } from '../support/customer.ts';
import { callOf, legOf, SCOPE, someFacts } from '../support/facts.ts';
import { documentOf } from '../support/flow.ts';
import { NOTHING_STORED, storedOf } from '../support/stored.ts';
import { until } from '../support/until.ts';

beforeEach(() => void aCustomer());
afterEach(() => void vi.restoreAllMocks());

const OUT = scriptFor('+493023125000', { speed: 100 });

async function placed(facts: Partial<NewCallFacts> = {}): Promise<string> {
  const call = someFacts({ to: '+493023125000', script: OUT, inline: documentOf([{ verb: 'hangup' }]), ...facts });
  await callOf(call.id).begin(call);
  return call.id;
}

/** Over, with its copy in the database. */
async function ended(facts: Partial<NewCallFacts> = {}): Promise<string> {
  const id = await placed(facts);
  await untilOver(id);
  return id;
}

const untilOver = (id: string) =>
  until(async () => {
    const row = await env.DB.prepare('SELECT ended_at, expires_at FROM calls WHERE id = ?').bind(id).first();
    expect(row).toMatchObject({ ended_at: expect.any(Number), expires_at: expect.any(Number) });
  });

const forget = async (id: string) => callOf(id).forget();

describe('a call that is over', () => {
  it('leaves nothing in its object, nor in that of its leg', async () => {
    const id = await ended();
    expect(await storedOf(callOf(id))).not.toEqual(NOTHING_STORED);
    expect(await callOf(id).forget()).toBe(true);
    expect(await storedOf(callOf(id))).toEqual(NOTHING_STORED);
    expect(await storedOf(legOf(id))).toEqual(NOTHING_STORED);
    expect(await callOf(id).facts(SCOPE)).toEqual({ ok: false, refusal: 'call_not_found' });
    expect(await legOf(id).heard()).toEqual([]);
  });

  it('takes its refusals with it, and leaves what proves that a recording was lawful', async () => {
    const key = (digits: string) => ({ after: 0.5, digits, after_prompt: true });
    const script = scriptFor('+493023125000', { speed: 100, digits: [key('1'), key('2')] });
    const id = await ended({ inline: documentOf([{ verb: 'consent' }, { verb: 'consent' }]), script });
    const decisions = async () => {
      const kept = env.DB.prepare('SELECT decision FROM consents WHERE call_id = ? ORDER BY id').bind(id);
      return (await kept.all<{ decision: string }>()).results.map(({ decision }) => decision);
    };
    await until(async () => expect(await decisions()).toEqual(['granted', 'refused']));
    await until(async () => expect(await callOf(id).forget()).toBe(true));
    expect(await decisions()).toEqual(['granted']);
  });

  it('is forgotten twice without harm, also after an eviction', async () => {
    const id = await ended();
    expect(await callOf(id).forget()).toBe(true);
    await evictDurableObject(callOf(id));
    expect(await callOf(id).forget()).toBe(true);
    expect(await storedOf(callOf(id))).toEqual(NOTHING_STORED);
  });

  it('takes callbacks that nobody took with it', async () => {
    vi.mocked(fetch).mockImplementation(async () => new Response(null, { status: 500 }));
    const id = await ended();
    await callOf(id).forget();
    expect(await callOf(id).nextDelivery()).toBeUndefined();
    expect(await storedOf(callOf(id))).toEqual(NOTHING_STORED);
  });

  it('does not come back by what is heard of it late', async () => {
    const id = await ended();
    await callOf(id).forget();
    await callOf(id).legEvents([{ type: 'leg.digit', digit: '4', at: Date.now() }]);
    await callOf(id).peerEvent({ type: 'dial-leg.ready', leg: newId('CA', Date.now()) });
    expect(await callOf(id).hangUp(SCOPE)).toMatchObject({ ok: false });
    expect(await callOf(id).setLegalHold(SCOPE, true)).toMatchObject({ ok: false });
    expect(await storedOf(callOf(id))).toEqual(NOTHING_STORED);
  });

  it('is not forgotten where the network cannot forget its leg, but the next time', async () => {
    const id = await ended();
    const forgetLeg = SimulatedObject.prototype.forget;
    const away = vi.spyOn(SimulatedObject.prototype, 'forget').mockImplementation(async function (
      this: SimulatedObject,
    ) {
      if (this.ctx.id.name === id) throw new Error('no network (part of this test)');
      return forgetLeg.call(this);
    } as never);
    const other = await ended();
    expect(await forgetEach([id, other], forget)).toEqual([id]);
    away.mockRestore();
    expect(await callOf(id).facts(SCOPE)).toMatchObject({ ok: true });
    expect(await forgetEach([id], forget)).toEqual([]);
  });
});

describe('a call stays as it is', () => {
  it('while it goes on', async () => {
    const id = await placed({ to: '+493023125002', script: scriptFor('+493023125002') });
    expect(await forgetEach([id], forget)).toEqual([id]);
    expect(await callOf(id).facts(SCOPE)).toMatchObject({ ok: true });
    await callOf(id).hangUp(SCOPE);
  });

  it('while it is on hold, until that is lifted', async () => {
    const id = await ended();
    expect(await callOf(id).setLegalHold(SCOPE, true)).toMatchObject({ ok: true, value: { legalHold: true } });
    expect(await callOf(id).forget()).toBe(false);
    expect(await callOf(id).facts(SCOPE)).toMatchObject({ ok: true, value: { to: '+493023125000' } });
    await callOf(id).setLegalHold(SCOPE, false);
    expect(await callOf(id).forget()).toBe(true);
  });
});

const holdOf = async (id: string) =>
  (await env.DB.prepare('SELECT legal_hold FROM calls WHERE id = ?').bind(id).first<{ legal_hold: 0 | 1 | null }>())
    ?.legal_hold;

describe('a legal hold', () => {
  it('of a live call is in the database, and stays there when the call goes on and ends', async () => {
    const id = await placed({ to: '+493023125002', script: scriptFor('+493023125002') });
    await callOf(id).setLegalHold(SCOPE, true);
    expect(await holdOf(id)).toBe(1);
    await callOf(id).hangUp(SCOPE);
    await untilOver(id);
    expect(await holdOf(id)).toBe(1);
    await callOf(id).setLegalHold(SCOPE, false);
    expect(await holdOf(id)).toBe(0);
  });

  it('is for nobody else to set', async () => {
    const id = await ended();
    for (const scope of [
      { ...SCOPE, mode: 'live' as const },
      { ...SCOPE, accountId: newId('AC', 0) },
    ]) {
      expect(await callOf(id).setLegalHold(scope, true)).toEqual({ ok: false, refusal: 'call_not_found' });
    }
    expect(await holdOf(id)).toBeNull();
  });
});

describe('calls that were connected', () => {
  it('are forgotten one by one, and with the last of them what their bridge knew', async () => {
    const dial = documentOf([{ verb: 'dial', number: '+493023125000' }]);
    const id = await placed({ inline: dial, script: scriptFor('+493023125000', { speed: 20 }) });
    const bridge = legOf(`${id}-d1`);
    await until(async () => expect((await bridge.history())?.presences).toHaveLength(2));
    const found = await callOf(id).timeline(SCOPE);
    const leg = String(found.ok && found.value.find(({ type }) => type === 'dial.placed')?.call);
    await callOf(leg).hangUp(SCOPE);
    await Promise.all([untilOver(id), untilOver(leg)]);
    expect(await callOf(id).forget()).toBe(true);
    expect((await bridge.history())?.presences).toMatchObject([{ leg }]);
    expect(await legOf(leg).heard()).not.toContainEqual(expect.objectContaining({ what: 'voice' }));
    expect(await callOf(leg).forget()).toBe(true);
    expect(await storedOf(bridge)).toEqual(NOTHING_STORED);
  });
});
