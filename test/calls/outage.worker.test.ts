import { runDurableObjectAlarm } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { hashKey } from '../../src/accounts/keys.ts';
import { SimulatedObject } from '../../src/carriers/simulated/object.ts';
import type { LegFact } from '../../src/contracts/carrier.ts';
import { newId } from '../../src/lib/ids.ts';
import { done } from '../../src/lib/result.ts';
import { aCustomer } from '../support/customer.ts';
import { callOf, SCOPE, someFacts, typesOf } from '../support/facts.ts';
import { documentOf } from '../support/flow.ts';
import { until } from '../support/until.ts';

/** The tables without which nobody can be admitted, seen or called. */
const TABLES = ['rates', 'calls', 'api_keys', 'accounts', 'numbers'];
const KEY = 'tf_test_outageoutage';

const rename = (from: (name: string) => string, to: (name: string) => string) =>
  env.DB.batch(TABLES.map((name) => env.DB.prepare(`ALTER TABLE ${from(name)} RENAME TO ${to(name)}`)));
const away = (name: string) => `${name}_away`;
const itself = (name: string) => name;

let isAway = false;
async function databaseGoes(): Promise<void> {
  await rename(itself, away);
  isAway = true;
}
async function databaseReturns(): Promise<void> {
  if (isAway) await rename(away, itself);
  isAway = false;
}

/** The network of these tests is the test itself. */
let perform: MockInstance<SimulatedObject['perform']>;
beforeAll(async () => {
  await env.DB.batch([
    env.DB.prepare("INSERT OR IGNORE INTO accounts VALUES (?, 'Outage', '[]', 0)").bind(SCOPE.accountId),
    env.DB.prepare("INSERT INTO api_keys VALUES (?, ?, 'test', 0, NULL)").bind(await hashKey(KEY), SCOPE.accountId),
  ]);
});
beforeEach(() => {
  perform = vi.spyOn(SimulatedObject.prototype, 'perform').mockResolvedValue(done(undefined));
  aCustomer();
});
afterEach(async () => {
  await databaseReturns();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const dialled = () =>
  perform.mock.calls.flatMap(([{ leg, instructions }]) => (instructions.some((it) => it.do === 'dial') ? [leg] : []));

/** A call that is in progress and dials, with the ids of the legs that it has ordered. */
async function aCallThatDials(timeout: number): Promise<{ id: string; legs: string[] }> {
  const inline = documentOf([
    { verb: 'dial', timeout, targets: ['0', '1', '2'].map((n) => ({ noun: 'number', to: `+3120123450${n}` })) },
    { verb: 'pause', length: 60 },
  ]);
  const { statusCallback: _quiet, ...facts } = someFacts({ inline });
  await callOf(facts.id).begin(facts);
  await hear(facts.id, { type: 'leg.answered' });
  const seen = await callOf(facts.id).timeline(SCOPE);
  const legs = seen.ok ? seen.value.flatMap(({ type, call }) => (type === 'dial.placed' ? [String(call)] : [])) : [];
  expect(legs).toHaveLength(3);
  return { id: facts.id, legs };
}

const hear = (id: string, fact: LegFact) => callOf(id).legEvents([{ ...fact, at: Date.now() }]);

/** Far in the future, so that no alarm rings by itself. */
const inTheFuture = () => vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2100-01-01T12:00:00Z') });
async function pass(id: string, seconds: number): Promise<void> {
  vi.setSystemTime(Date.now() + seconds * 1000);
  await runDurableObjectAlarm(callOf(id));
}

describe('while the database is away', () => {
  it('nobody is phoned once it returns for a caller who has hung up', async () => {
    inTheFuture();
    await databaseGoes();
    const { id, legs } = await aCallThatDials(30);
    await hear(id, { type: 'leg.ended', cause: 'normal' });
    await databaseReturns();
    for (let n = 0; n < 5; n++) await pass(id, 60);
    expect(dialled().filter((leg) => legs.includes(leg))).toEqual([]);
    for (const leg of legs) expect(await callOf(leg).facts(SCOPE)).toMatchObject({ ok: false });
  });

  it('a dial gives up after its timeout, counted from the order', async () => {
    inTheFuture();
    await databaseGoes();
    const { id, legs } = await aCallThatDials(10);
    await pass(id, 9);
    expect(await typesOf(id)).not.toContain('dial.ended');
    await pass(id, 1);
    expect(await typesOf(id)).toContain('dial.ended');
    await databaseReturns();
    for (let n = 0; n < 3; n++) await pass(id, 15);
    expect(dialled().filter((leg) => legs.includes(leg))).toEqual([]);
    expect(await callOf(id).facts(SCOPE)).toMatchObject({ value: { status: 'in-progress' } });
  });

  it('a dial that is admitted late rings only for as long as is left', async () => {
    inTheFuture();
    await databaseGoes();
    const { id, legs } = await aCallThatDials(30);
    await pass(id, 22);
    await databaseReturns();
    await pass(id, 5);
    await until(() =>
      expect(
        dialled()
          .filter((leg) => legs.includes(leg))
          .sort(),
      ).toEqual(legs),
    );
    const [leg = ''] = legs;
    await pass(leg, 2);
    expect(await callOf(leg).facts(SCOPE)).toMatchObject({ value: { status: 'queued' } });
    await pass(leg, 2);
    expect(await callOf(leg).facts(SCOPE)).toMatchObject({ value: { status: 'no-answer' } });
  });

  it('a live call can be seen and hung up, also long after the key was asked for', async () => {
    const ask = async (method: string, path: string) => {
      const answer = await exports.default.fetch(`https://api.test/v1/voice${path}`, {
        method,
        headers: { 'x-api-key': KEY },
      });
      return { status: answer.status, text: await answer.text() };
    };
    inTheFuture();
    const { statusCallback: _quiet, ...facts } = someFacts({ id: newId('CA', Date.now()) });
    await callOf(facts.id).begin(facts);
    expect((await ask('GET', `/calls/${facts.id}`)).status).toBe(200);
    await databaseGoes();
    vi.setSystemTime(Date.now() + 3_000_000);
    expect((await ask('GET', `/calls/${facts.id}`)).status).toBe(200);
    expect((await ask('GET', `/calls/${facts.id}/events`)).status).toBe(200);
    expect((await ask('DELETE', `/calls/${facts.id}`)).status).toBe(204);
    const seen = await ask('GET', `/calls/${facts.id}`);
    expect(JSON.parse(seen.text)).toMatchObject({ status: 'canceled', end_reason: 'api' });
    expect((await ask('GET', '/calls')).status).toBe(503);
  });
});
