import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { hashKey } from '../../../src/accounts/keys.ts';
import { GatewayObject } from '../../../src/carriers/asterisk/object.ts';
import { REGISTRY_CHECK_MS } from '../../../src/carriers/asterisk/supervisor.ts';
import worker from '../../../src/index.ts';
import { gatewayObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';
import * as harness from './gateway-harness.ts';
import { heard, route, stubCalls, typesOf, untilConnected } from './gateway-harness.ts';
import { ScriptedAsterisk } from './scripted-asterisk.ts';

const causes = (leg: string) => (heard.get(leg) ?? []).flatMap((it) => ('cause' in it ? [it.cause] : []));

let log: MockInstance<typeof console.error>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  vi.spyOn(GatewayObject.prototype, 'mayConnect');
  log = vi.spyOn(console, 'error').mockImplementation(() => {});
  stubCalls();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

let gateways = 0;

async function registeredGateway(): Promise<ScriptedAsterisk> {
  gateways += 1;
  const id = `gw-registered-${gateways}`;
  const insert = env.DB.prepare('INSERT INTO gateways VALUES (?, ?, ?, ?, ?)');
  await insert.bind(id, await hashKey('token'), 'here', 10, 0).run();
  const asterisk = new ScriptedAsterisk(id);
  asterisk.attach(await connect(id, 'token'));
  await untilConnected(asterisk);
  return asterisk;
}

function connect(id: string, token: string): Promise<Response> {
  const authorization = `Basic ${btoa(`${id}:${token}`)}`;
  const headers = { upgrade: 'websocket', 'sec-websocket-protocol': 'ari', authorization };
  return worker.fetch(new Request('http://edge.example/v1/gateway', { headers }) as never, env);
}

const dial = async (gateway: ScriptedAsterisk): Promise<string> => (await harness.dial([route(gateway)])).id;

/** Time passes, and the gateway's alarm rings. */
async function pass(milliseconds: number, { id }: ScriptedAsterisk): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds);
  await runDurableObjectAlarm(gatewayObject(env, id));
}

const remove = ({ id }: ScriptedAsterisk) => env.DB.prepare('DELETE FROM gateways WHERE id = ?').bind(id).run();
const registryChecks = () => vi.mocked(GatewayObject.prototype.mayConnect).mock.calls.length;

describe('a connected gateway', () => {
  it('stays connected while it is registered, and asks the registry once a minute, however many calls it has', async () => {
    const asterisk = await registeredGateway();
    for (const id of [await dial(asterisk), await dial(asterisk), await dial(asterisk)]) {
      await until(() => expect(typesOf(id)).toContain('leg.answered'));
    }
    await pass(REGISTRY_CHECK_MS / 2, asterisk);
    expect(registryChecks()).toBe(0);
    await pass(REGISTRY_CHECK_MS / 2, asterisk);
    await pass(REGISTRY_CHECK_MS / 2, asterisk);
    expect(registryChecks()).toBe(1);
    await evictDurableObject(gatewayObject(env, asterisk.id));
    await pass(REGISTRY_CHECK_MS / 2, asterisk);
    expect(registryChecks()).toBe(2);
    expect(await asterisk.isConnected()).toBe(true);
  });

  it('asks the registry in time, also when the alarm rang for something else before', async () => {
    const connected = Date.now();
    const asterisk = await registeredGateway();
    await pass(15_000, asterisk);
    const alarm = await runInDurableObject(gatewayObject(env, asterisk.id), (_, { storage }) => storage.getAlarm());
    expect(alarm).toBeLessThanOrEqual(connected + REGISTRY_CHECK_MS + 1000);
  });

  it('that was removed is cut off and gets no more calls, and the calls that it has end as failed', async () => {
    const asterisk = await registeredGateway();
    const id = await dial(asterisk);
    await until(() => expect(typesOf(id)).toContain('leg.answered'));
    await remove(asterisk);
    await pass(REGISTRY_CHECK_MS, asterisk);
    const reason = 'the gateway was removed, or its token was changed';
    await until(() => expect(asterisk.closed).toEqual({ code: 4003, reason }));
    expect((await gatewayObject(env, asterisk.id).status()).lastError?.message).toBe(reason);
    expect(log.mock.calls).toEqual([['gateway cut off', asterisk.id, reason]]);
    expect((await connect(asterisk.id, 'token')).status).toBe(401);
    const later = await dial(asterisk);
    expect(typesOf(later)).toEqual([]);
    await pass(120_000, asterisk);
    await until(() => expect(causes(id)).toEqual(['network-failure']));
  });

  it('whose token was changed is cut off, and goes on with its calls when it comes back with the new one', async () => {
    const asterisk = await registeredGateway();
    const id = await dial(asterisk);
    await until(() => expect(typesOf(id)).toContain('leg.answered'));
    const change = env.DB.prepare('UPDATE gateways SET token_hash = ? WHERE id = ?');
    await change.bind(await hashKey('new token'), asterisk.id).run();
    await pass(REGISTRY_CHECK_MS, asterisk);
    await until(() => expect(asterisk.closed).toMatchObject({ code: 4003 }));
    expect((await connect(asterisk.id, 'token')).status).toBe(401);
    asterisk.attach(await connect(asterisk.id, 'new token'));
    await untilConnected(asterisk);
    asterisk.press(id, '5');
    await until(() => expect(typesOf(id)).toEqual(['leg.ringing', 'leg.answered', 'leg.digit']));
    await pass(REGISTRY_CHECK_MS, asterisk);
    expect(await asterisk.isConnected()).toBe(true);
  });

  it('is not cut off because the database cannot be reached', async () => {
    const asterisk = await registeredGateway();
    vi.mocked(GatewayObject.prototype.mayConnect).mockRejectedValue(new Error('D1 is away (part of this test)'));
    await pass(REGISTRY_CHECK_MS, asterisk);
    expect(registryChecks()).toBe(1);
    expect(await asterisk.isConnected()).toBe(true);
  });
});
