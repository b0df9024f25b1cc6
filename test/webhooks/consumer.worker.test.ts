import {
  createExecutionContext,
  createMessageBatch,
  evictDurableObject,
  getQueueResult,
  runDurableObjectAlarm,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallObject } from '../../src/calls/object/object.ts';
import { SimulatedObject } from '../../src/carriers/simulated/object.ts';
import worker from '../../src/index.ts';
import { newId } from '../../src/lib/ids.ts';
import { done } from '../../src/lib/result.ts';
import type { WakeUp } from '../../src/webhooks/consumer.ts';
import { aCustomerAlone } from '../support/customer.ts';
import { callOf, SCOPE, someFacts, typesOf } from '../support/facts.ts';
import { until } from '../support/until.ts';

beforeEach(() => {
  vi.spyOn(SimulatedObject.prototype, 'perform').mockResolvedValue(done(undefined));
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => void vi.restoreAllMocks());

/** A call with these status changes to tell a customer; the queue is left to the test. */
async function aCallThatTells(
  { url, accountId = SCOPE.accountId }: { url: string; accountId?: string },
  ...changes: ('leg.ringing' | 'leg.answered')[]
): Promise<string> {
  vi.spyOn(env.WEBHOOKS, 'send').mockResolvedValue(undefined as never);
  const facts = someFacts({ accountId, statusCallback: `${url}/status` });
  const { id } = await callOf(facts.id).begin(facts);
  for (const [index, type] of changes.entries()) await callOf(id).legEvents([{ type, at: Date.now(), n: index + 1 }]);
  return id;
}

async function wake(...ids: string[]) {
  const messages = ids.map((owner, index) => ({ id: `${index}`, timestamp: new Date(), attempts: 1, body: { owner } }));
  const batch = createMessageBatch<WakeUp>('telefoon-webhooks', messages);
  const ctx = createExecutionContext();
  await worker.queue(batch, env, ctx);
  const result = await getQueueResult(batch, ctx);
  await waitOnExecutionContext(ctx);
  return result;
}

const answering = (...statuses: number[]) => {
  const customer = aCustomerAlone({ '/status': () => new Response(null, { status: statuses.shift() ?? 200 }) });
  return customer;
};

describe('a wake-up', () => {
  it('delivers all notifications that wait, in order, and is acknowledged', async () => {
    const customer = answering();
    const id = await aCallThatTells(customer, 'leg.ringing', 'leg.answered');
    expect(await wake(id)).toMatchObject({ explicitAcks: ['0'] });
    expect(customer.posted.map(({ type, sequence, id: key }) => [type, sequence, key])).toEqual([
      ['call.ringing', 1, `${id}-1`],
      ['call.in-progress', 2, `${id}-2`],
    ]);
  });

  it('posts with a signature that the public library accepts', async () => {
    const customer = answering();
    // Of an account that no other test has secrets for: they are believed for half a minute.
    const id = await aCallThatTells({ ...customer, accountId: newId('AC', Date.now()) }, 'leg.ringing');
    await wake(id);
    const [, init] = vi.mocked(fetch).mock.calls.find(([url]) => url === `${customer.url}/status`) ?? [];
    const headers = Object.fromEntries(new Headers(init?.headers));
    const verified = new Webhook('whsec_dGVsZWZvb24tbG9jYWwtd2ViaG9vay1zZWNyZXQ=').verify(String(init?.body), headers);
    expect(verified).toMatchObject({ type: 'call.ringing', sequence: 1, data: { id, status: 'ringing' } });
  });

  it('is acknowledged, and posts nothing, when there is nothing to deliver', async () => {
    const customer = answering();
    const id = await aCallThatTells(customer);
    expect(await wake(id, 'CA00000000000070008000000000000000')).toMatchObject({ explicitAcks: ['0', '1'] });
    expect(customer.posted).toEqual([]);
  });

  it('is understood in the form of releases in which only calls had notifications', async () => {
    const customer = answering();
    const call = await aCallThatTells(customer, 'leg.ringing');
    const message = { id: '0', timestamp: new Date(), attempts: 1, body: { call } };
    const batch = createMessageBatch<WakeUp>('telefoon-webhooks', [message]);
    const ctx = createExecutionContext();
    await worker.queue(batch, env, ctx);
    expect(await getQueueResult(batch, ctx)).toMatchObject({ explicitAcks: ['0'] });
    await waitOnExecutionContext(ctx);
    expect(customer.types()).toEqual(['call.ringing']);
  });

  it('delivers everything once although it was sent twice at once', async () => {
    const customer = answering();
    const id = await aCallThatTells(customer, 'leg.ringing', 'leg.answered');
    await wake(id, id);
    expect(customer.types()).toEqual(['call.ringing', 'call.in-progress']);
  });

  it('is kept by the queue when the call does not answer', async () => {
    const customer = answering();
    const id = await aCallThatTells(customer, 'leg.ringing');
    vi.spyOn(CallObject.prototype, 'nextDelivery').mockImplementationOnce(() => {
      throw new Error('the call is being updated (part of this test)');
    });
    expect(await wake(id)).toMatchObject({ retryMessages: [{ msgId: '0' }] });
  });
});

describe('a callback that a server takes long to answer', () => {
  it('is posted once, though its object slept meanwhile and was woken twice', async () => {
    const held = Promise.withResolvers<Response>();
    const customer = aCustomerAlone({ '/status': ({ sequence }) => (sequence === 2 ? held.promise : new Response()) });
    const id = await aCallThatTells(customer, 'leg.ringing', 'leg.answered');
    const slow = wake(id);
    await until(() => expect(customer.types()).toEqual(['call.ringing', 'call.in-progress']));
    await evictDurableObject(callOf(id));
    await wake(id);
    await runDurableObjectAlarm(callOf(id));
    await wake(id);
    held.resolve(new Response());
    await slow;
    expect(customer.types()).toEqual(['call.ringing', 'call.in-progress']);
    expect(await typesOf(id)).toEqual(expect.arrayContaining(['callback.delivered', 'callback.delivered']));
  });

  it('is not posted again because its report was lost on the way', async () => {
    const customer = answering();
    const id = await aCallThatTells(customer, 'leg.ringing');
    vi.spyOn(CallObject.prototype, 'reportDelivery').mockImplementationOnce(() => {
      throw new Error('the call is being updated (part of this test)');
    });
    await wake(id);
    expect(await callOf(id).nextDelivery()).toBeUndefined();
    expect(customer.types()).toEqual(['call.ringing']);
  });
});

describe('a callback that fails', () => {
  it('holds up the callbacks after it, and is tried again by the alarm with the same id', async () => {
    const customer = answering(500, 200, 200);
    const id = await aCallThatTells(customer, 'leg.ringing', 'leg.answered');
    await wake(id);
    expect(customer.types()).toEqual(['call.ringing']);
    vi.mocked(env.WEBHOOKS.send).mockRestore();
    await until(() => expect(customer.types()).toEqual(['call.ringing', 'call.ringing', 'call.in-progress']));
    expect(customer.posted[0]?.id).toBe(customer.posted[1]?.id);
    const attempts = (await typesOf(id)).filter((type) => type.startsWith('callback.'));
    expect(attempts).toEqual(['callback.failed', 'callback.delivered', 'callback.delivered']);
  });

  it('ends the callbacks of the call upon a 410, and its timeline says so', async () => {
    const customer = answering(410);
    const id = await aCallThatTells(customer, 'leg.ringing', 'leg.answered');
    await wake(id);
    expect(customer.types()).toEqual(['call.ringing']);
    expect(await typesOf(id)).toContain('callback.given-up');
    expect(await callOf(id).nextDelivery()).toBeUndefined();
  });

  it('is logged with its reason when no server answers', async () => {
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('connection refused'));
    const id = await aCallThatTells({ url: 'https://nobody.example' }, 'leg.ringing');
    await wake(id);
    const found = await callOf(id).timeline(SCOPE);
    expect(found).toMatchObject({
      value: expect.arrayContaining([
        expect.objectContaining({ type: 'callback.failed', error: 'unreachable', attempt: 1 }),
      ]),
    });
  });

  it('is not sent on to where a redirect points', async () => {
    const customer = aCustomerAlone({
      '/status': () => new Response(null, { status: 307, headers: { location: 'https://evil.example/' } }),
    });
    await wake(await aCallThatTells(customer, 'leg.ringing'));
    expect(customer.posted.map(({ url }) => url)).toEqual([`${customer.url}/status`]);
  });
});

it('a wake-up in the dead-letter queue is named in the log, by its id only, and dropped', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  const message = (id: string, body: WakeUp) => ({ id, timestamp: new Date(), attempts: 1, body });
  const messages = [message('0', { owner: 'CF1' }), message('1', { call: 'CA1' })];
  const batch = createMessageBatch<WakeUp>('telefoon-webhooks-dead', messages);
  const ctx = createExecutionContext();
  await worker.queue(batch, env, ctx);
  expect(log.mock.calls).toEqual([
    ['webhook wake-up dead-lettered', 'CF1'],
    ['webhook wake-up dead-lettered', 'CA1'],
  ]);
  expect(await getQueueResult(batch, ctx)).toMatchObject({ ackAll: true });
});
