import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hashKey } from '../../../src/accounts/keys.ts';
import { CallObject } from '../../../src/calls/object/object.ts';
import { GatewayObject } from '../../../src/carriers/asterisk/object.ts';
import { REGISTRY_MS } from '../../../src/carriers/asterisk/supervisor.ts';
import type { LegEvent } from '../../../src/contracts/carrier.ts';
import worker from '../../../src/index.ts';
import { newId } from '../../../src/lib/ids.ts';
import { gatewayObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';
import { NUMBERS, ScriptedAsterisk } from './scripted.ts';

const heard = new Map<string, LegEvent[]>();
const causes = (leg: string) => (heard.get(leg) ?? []).flatMap((it) => ('cause' in it ? [it.cause] : []));
const types = (leg: string) => (heard.get(leg) ?? []).map(({ type }) => type);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  vi.spyOn(GatewayObject.prototype, 'mayConnect');
  vi.spyOn(CallObject.prototype, 'legEvents').mockImplementation(async function (this: CallObject, events) {
    const leg = this.ctx.id.name ?? '';
    heard.set(leg, [...(heard.get(leg) ?? []), ...events]);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

let gateways = 0;

async function aGateway(): Promise<ScriptedAsterisk> {
  gateways += 1;
  const id = `gw-registered-${gateways}`;
  const insert = env.DB.prepare('INSERT INTO gateways VALUES (?, ?, ?, ?, ?)');
  await insert.bind(id, await hashKey('token'), 'here', 10, 0).run();
  const asterisk = new ScriptedAsterisk(id);
  asterisk.take(await connect(id, 'token'));
  await until(async () => expect(await asterisk.connected()).toBe(true));
  return asterisk;
}

function connect(id: string, token: string): Promise<Response> {
  const authorization = `Basic ${btoa(`${id}:${token}`)}`;
  const headers = { upgrade: 'websocket', 'sec-websocket-protocol': 'ari', authorization };
  return worker.fetch(new Request('http://edge.example/v1/gateway', { headers }) as never, env);
}

async function dial({ id: gateway }: ScriptedAsterisk): Promise<string> {
  const id = newId('CA', Date.now());
  const routes = [{ gateway, trunk: 'phones', capacity: 10, gatewayCapacity: 10 }];
  const instructions = [{ do: 'dial', to: NUMBERS.answers, from: '+31851234567', routes } as const];
  await gatewayObject(env, gateway).perform({ leg: id, first: 1, at: Date.now(), instructions: [...instructions] });
  return id;
}

async function pass(milliseconds: number, { id }: ScriptedAsterisk): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds);
  await runDurableObjectAlarm(gatewayObject(env, id));
}

const remove = ({ id }: ScriptedAsterisk) => env.DB.prepare('DELETE FROM gateways WHERE id = ?').bind(id).run();
const looks = () => vi.mocked(GatewayObject.prototype.mayConnect).mock.calls.length;

describe('a connected gateway', () => {
  it('stays connected while it is registered, and the registry is asked once a minute, not by calls', async () => {
    const asterisk = await aGateway();
    for (const id of [await dial(asterisk), await dial(asterisk), await dial(asterisk)]) {
      await until(() => expect(types(id)).toContain('leg.answered'));
    }
    await pass(REGISTRY_MS / 2, asterisk);
    expect(looks()).toBe(0);
    await pass(REGISTRY_MS / 2, asterisk);
    await pass(REGISTRY_MS / 2, asterisk);
    expect(looks()).toBe(1);
    await evictDurableObject(gatewayObject(env, asterisk.id));
    await pass(REGISTRY_MS / 2, asterisk);
    expect(looks()).toBe(2);
    expect(await asterisk.connected()).toBe(true);
  });

  it('is looked up in time, also when the alarm rang for something else before', async () => {
    const connected = Date.now();
    const asterisk = await aGateway();
    await pass(15_000, asterisk);
    const alarm = await runInDurableObject(gatewayObject(env, asterisk.id), (_, { storage }) => storage.getAlarm());
    expect(alarm).toBeLessThanOrEqual(connected + REGISTRY_MS + 1000);
  });

  it('that was removed is cut off, gets no more calls, and those that it has end as failed', async () => {
    const asterisk = await aGateway();
    const id = await dial(asterisk);
    await until(() => expect(types(id)).toContain('leg.answered'));
    await remove(asterisk);
    await pass(REGISTRY_MS, asterisk);
    const reason = 'the gateway was removed, or its token was changed';
    await until(() => expect(asterisk.closed).toEqual({ code: 4003, reason }));
    expect((await gatewayObject(env, asterisk.id).status()).lastError?.message).toBe(reason);
    expect((await connect(asterisk.id, 'token')).status).toBe(401);
    const later = await dial(asterisk);
    expect(types(later)).toEqual([]);
    await pass(120_000, asterisk);
    await until(() => expect(causes(id)).toEqual(['network-failure']));
  });

  it('whose token was changed is cut off, and goes on with its calls when it comes back with the new one', async () => {
    const asterisk = await aGateway();
    const id = await dial(asterisk);
    await until(() => expect(types(id)).toContain('leg.answered'));
    const change = env.DB.prepare('UPDATE gateways SET token_hash = ? WHERE id = ?');
    await change.bind(await hashKey('new token'), asterisk.id).run();
    await pass(REGISTRY_MS, asterisk);
    await until(() => expect(asterisk.closed).toMatchObject({ code: 4003 }));
    expect((await connect(asterisk.id, 'token')).status).toBe(401);
    asterisk.take(await connect(asterisk.id, 'new token'));
    await until(async () => expect(await asterisk.connected()).toBe(true));
    asterisk.press(id, '5');
    await until(() => expect(types(id)).toEqual(['leg.ringing', 'leg.answered', 'leg.digit']));
    await pass(REGISTRY_MS, asterisk);
    expect(await asterisk.connected()).toBe(true);
  });

  it('is not cut off because the database cannot be had', async () => {
    const asterisk = await aGateway();
    vi.mocked(GatewayObject.prototype.mayConnect).mockRejectedValue(new Error('D1 is away (part of this test)'));
    await pass(REGISTRY_MS, asterisk);
    expect(looks()).toBe(1);
    expect(await asterisk.connected()).toBe(true);
  });
});
