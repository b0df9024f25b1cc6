import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { CallObject } from '../../../src/calls/object/object.ts';
import { SimulatedObject } from '../../../src/carriers/simulated/object.ts';
import type { LegFact } from '../../../src/contracts/carrier.ts';
import { newId } from '../../../src/lib/ids.ts';
import { done } from '../../../src/lib/result.ts';
import { aCustomer, aCustomerAlone, flow } from '../../support/customer.ts';
import { callOf, SCOPE, someFacts, typesOf } from '../../support/facts.ts';
import { until } from '../../support/until.ts';

const MENU = [{ verb: 'gather', numDigits: 2, action: '/menu', prompts: [{ verb: 'say', text: 'Kies' }] }];
const BYE = [{ verb: 'say', text: 'Dag' }, { verb: 'hangup' }];
const FLOW = { url: 'https://hook.example/flow' };

/** The network of these tests is the test itself: it takes commands and says what happens. */
let perform: MockInstance<SimulatedObject['perform']>;
beforeEach(() => {
  perform = vi.spyOn(SimulatedObject.prototype, 'perform').mockResolvedValue(done(undefined));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Far in the future, so that no alarm fires by itself. */
const inTheFuture = () => vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2100-01-01T12:00:00Z') });

/** What was asked of the network for a call: those of other tests may still be asking. */
const instructions = (id: string) =>
  perform.mock.calls.flatMap(([command]) => (command.leg === id ? command.instructions.map((it) => it.do) : []));

/** The network answers the first command for a call like this, and takes everything else. */
function answerOnce(id: string, answer: () => Promise<Awaited<ReturnType<SimulatedObject['perform']>>>): void {
  let isFirst = true;
  perform.mockImplementation(async ({ leg }) => {
    if (leg !== id || !isFirst) return done(undefined);
    isFirst = false;
    return answer();
  });
}

const untilNote = (id: string, type: string, count = 1) =>
  until(async () => expect((await typesOf(id)).filter((it) => it === type)).toHaveLength(count));
const copyOf = (id: string) => env.DB.prepare('SELECT status FROM calls WHERE id = ?').bind(id).first();

const hear = (id: string, n: number, fact: LegFact) => callOf(id).legEvents([{ ...fact, at: Date.now(), n }]);

/** A whole call, one event at a time, with something in between each. */
async function wholeCall(id: string, between: () => Promise<void> = async () => {}): Promise<void> {
  await callOf(id).begin(someFacts({ id, ...FLOW }));
  const story: [LegFact, string, number][] = [
    [{ type: 'leg.ringing' }, 'callback.delivered', 1],
    [{ type: 'leg.answered' }, 'verb.started', 1],
    [{ type: 'leg.playback-ended', playback: `${id}-1` }, 'verb.started', 1],
    [{ type: 'leg.digit', digit: '4' }, 'verb.started', 1],
    [{ type: 'leg.digit', digit: '2' }, 'verb.started', 2],
    [{ type: 'leg.playback-ended', playback: `${id}-2` }, 'call.completed', 1],
  ];
  for (const [index, [fact, note, count]] of story.entries()) {
    await between();
    await hear(id, index + 1, fact);
    await untilNote(id, note, count);
  }
}

describe("a call's object", () => {
  it('comes to the same end when it is evicted after every event', async () => {
    const customer = aCustomer({ '/flow': flow(MENU), '/menu': flow(BYE) });
    const [calm, restless] = [newId('CA', Date.now()), newId('CA', Date.now())];
    await wholeCall(calm);
    await untilNote(calm, 'callback.delivered', 3);
    const heardByCalm = customer.posted.splice(0);
    await wholeCall(restless, () => evictDurableObject(callOf(restless)));
    await untilNote(restless, 'callback.delivered', 3);
    const story = (posted: typeof heardByCalm) =>
      posted.map(({ type, sequence, data }) => [type, sequence ?? data.event, data.digits]).sort();
    expect(story(customer.posted)).toEqual(story(heardByCalm));
    expect([...new Set(instructions(restless))]).toEqual([...new Set(instructions(calm))]);
    const own = (types: string[]) => types.filter((type) => !type.startsWith('callback.'));
    expect(own(await typesOf(restless))).toEqual(own(await typesOf(calm)));
  });

  it('asks again for a document when it died while it waited for one', async () => {
    let requests = 0;
    const customer = aCustomerAlone({
      '/flow': () => (++requests === 1 ? new Promise<Response>(() => {}) : flow(BYE)()),
    });
    inTheFuture();
    const { statusCallback: _none, ...facts } = someFacts({ url: `${customer.url}/flow` });
    await begin(facts);
    await hear(facts.id, 1, { type: 'leg.answered' });
    await until(() => expect(requests).toBe(1));
    await abortAllDurableObjects();
    vi.setSystemTime(Date.now() + 10_000);
    await runDurableObjectAlarm(callOf(facts.id));
    await untilNote(facts.id, 'verb.started');
  });

  it('answers a repeated start with the call that exists, and dials once', async () => {
    aCustomer();
    const facts = someFacts();
    await callOf(facts.id).begin(facts);
    await callOf(facts.id).begin(facts);
    expect(instructions(facts.id)).toEqual(['dial']);
  });

  it('does not exist for another account, nor for a key of the other kind', async () => {
    aCustomer();
    const { id } = await begin();
    for (const scope of [
      { ...SCOPE, accountId: 'AC00000000000070008000000000000002' },
      { ...SCOPE, mode: 'live' as const },
    ]) {
      const stranger = { ok: false, refusal: 'call_not_found' };
      expect(await callOf(id).facts(scope)).toEqual(stranger);
      expect(await callOf(id).timeline(scope)).toEqual(stranger);
      expect(await callOf(id).hangUp(scope)).toEqual(stranger);
    }
    expect(await callOf(id).facts(SCOPE)).toMatchObject({ ok: true, value: { status: 'queued' } });
  });

  it('can be hung up twice', async () => {
    aCustomer();
    const { id } = await begin();
    expect(await callOf(id).hangUp(SCOPE)).toEqual({ ok: true });
    expect(await callOf(id).hangUp(SCOPE)).toEqual({ ok: true });
    expect(instructions(id)).toEqual(['dial', 'hangup']);
  });

  it('stores nothing when it is asked about a call that never was', async () => {
    const stub = callOf(newId('CA', Date.now()));
    await stub.facts(SCOPE);
    await stub.hangUp(SCOPE);
    await stub.legEvents([{ type: 'leg.answered', at: 0 }]);
    expect(await stub.nextDelivery()).toBeUndefined();
    await runInDurableObject(stub, async (_object: CallObject, state) => {
      expect(state.storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table'").toArray()).toEqual([]);
      expect(await state.storage.getAlarm()).toBeNull();
    });
  });
});

const begin = (facts = someFacts()) => callOf(facts.id).begin(facts);

describe('the answer timeout', () => {
  it('is kept by the alarm', async () => {
    aCustomer();
    inTheFuture();
    const { id } = await begin(someFacts({ timeout: 20 }));
    vi.setSystemTime(Date.now() + 19_000);
    await runDurableObjectAlarm(callOf(id));
    expect(await callOf(id).facts(SCOPE)).toMatchObject({ value: { status: 'queued' } });
    vi.setSystemTime(Date.now() + 1000);
    await runDurableObjectAlarm(callOf(id));
    expect(await callOf(id).facts(SCOPE)).toMatchObject({ value: { status: 'no-answer', endReason: 'timeout' } });
    expect(instructions(id)).toEqual(['dial', 'hangup']);
  });
});

describe('the time limit', () => {
  it('is what a call is charged for at most, also when the clock stood still for ten hours', async () => {
    aCustomer();
    inTheFuture();
    const { id } = await begin(someFacts({ timeLimit: 8 }));
    await hear(id, 1, { type: 'leg.answered' });
    vi.setSystemTime(Date.now() + 36_000_000);
    await runDurableObjectAlarm(callOf(id));
    const seen = await callOf(id).facts(SCOPE);
    expect(seen).toMatchObject({ value: { status: 'completed', endReason: 'time-limit', priceMicros: 8000 } });
    const { answeredAt = 0, endedAt } = seen.ok ? seen.value : {};
    expect(endedAt).toBe(answeredAt + 8000);
    expect(instructions(id)).toEqual(['dial', 'hangup']);
  });
});

describe('when a part of the platform is down', () => {
  it('a call goes on without the database, and its copy is written later', async () => {
    aCustomer({ '/flow': flow(MENU), '/menu': flow(BYE) });
    const id = newId('CA', Date.now());
    await env.DB.exec('ALTER TABLE calls RENAME TO calls_away');
    await wholeCall(id);
    await env.DB.exec('ALTER TABLE calls_away RENAME TO calls');
    expect(await copyOf(id)).toBeNull();
    await until(async () => expect(await copyOf(id)).toEqual({ status: 'completed' }));
  });

  it('an older copy never overwrites a newer one', async () => {
    aCustomer();
    const { id } = await begin();
    await callOf(id).hangUp(SCOPE);
    await env.DB.prepare('UPDATE calls SET version = 99, status = ? WHERE id = ?').bind('failed', id).run();
    await hear(id, 1, { type: 'leg.ringing' });
    expect(await copyOf(id)).toEqual({ status: 'failed' });
  });

  it('a command that the network did not take is given again by the alarm', async () => {
    aCustomer();
    const facts = someFacts();
    answerOnce(facts.id, () => Promise.reject(new Error('the network is overloaded (part of this test)')));
    await begin(facts);
    expect(instructions(facts.id)).toEqual(['dial']);
    await until(() => expect(instructions(facts.id)).toEqual(['dial', 'dial']));
  });

  it('a network that refuses a command ends the call, and the customer hears of it before any alarm', async () => {
    const customer = aCustomerAlone();
    inTheFuture();
    const facts = someFacts({ statusCallback: `${customer.url}/status` });
    const { id } = facts;
    answerOnce(id, async () => ({ ok: false, refusal: 'no-gateway' }));
    await begin(facts);
    await until(async () =>
      expect(await callOf(id).facts(SCOPE)).toMatchObject({ value: { status: 'failed', endReason: 'no-gateway' } }),
    );
    await until(() => expect(customer.types()).toEqual(['call.failed']));
  });

  it('a wake-up that the queue did not take is sent again', async () => {
    const customer = aCustomerAlone();
    const { id } = await begin(someFacts({ statusCallback: `${customer.url}/status` }));
    const { send } = env.WEBHOOKS;
    let refused = 0;
    vi.spyOn(env.WEBHOOKS, 'send').mockImplementation(async (wakeUp, options) => {
      if ((wakeUp as { owner: string }).owner === id && ++refused === 1) throw new Error('Too Many Requests');
      return send.call(env.WEBHOOKS, wakeUp, options);
    });
    await hear(id, 1, { type: 'leg.ringing' });
    await until(() => expect(customer.types()).toEqual(['call.ringing']));
    expect(refused).toBe(2);
  });
});
