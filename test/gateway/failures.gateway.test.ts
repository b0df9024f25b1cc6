import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PHONES } from '../../src/gateway-agent/configuration/phones.ts';
import { startGateway } from '../../src/gateway-agent/gateway.ts';
import { answerJson, hookServer } from '../support/hook-server.ts';
import { startWorker } from '../support/worker.ts';
import { gatewayUrl, gatewayView, startWorld, untilConnected, type World } from './world.ts';

describe.skipIf(inject('skipped'))('live calls', () => {
  let world: World;
  let hook: Awaited<ReturnType<typeof hookServer>>;

  beforeAll(async () => {
    hook = await hookServer({ '/bye': answerJson([{ verb: 'hangup' }]) });
    world = await startWorld(5);
  });
  afterAll(async () => {
    await world?.end();
    await hook?.close();
  });

  it('survive the death of the Worker: the call stays up, its flow goes on, and every callback comes once', async () => {
    hook.posted.splice(0);
    const flow = [
      { verb: 'pause', length: 12 },
      { verb: 'redirect', url: `${hook.url}/bye` },
    ];
    const id = await world.call(PHONES.answersAtOnce.number, { flow, status_callback: `${hook.url}/status` });
    await world.until(id, 'in-progress');
    await world.worker.kill();
    await sleep(1000);
    expect(await world.phones.asterisk('core show channels count')).toContain('1 active channel');
    const port = Number(new URL(world.worker.url).port);
    world.worker = await startWorker(world.state, port);
    const call = await world.api.ended(id);
    expect(call).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    await hook.untilCallbacks('call.in-progress', 'call.completed');
    await expect.poll(() => world.phones.asterisk('core show channels count')).toContain('0 active channels');
    // The local queue forgets the callbacks that were in it; they are sent again after half a minute.
  }, 90_000);

  it('end when the gateway is back, if the phone hung up while the Worker was dead', async () => {
    const id = await world.call(PHONES.hangsUp.number);
    await world.until(id, 'in-progress');
    await world.worker.kill();
    await sleep(3500);
    world.worker = await startWorker(world.state, Number(new URL(world.worker.url).port));
    const call = await world.api.ended(id);
    expect(['completed', 'failed']).toContain(call.status);
  });

  it('end as failed, once, when Asterisk died and is back', async () => {
    hook.posted.splice(0);
    await untilConnected(world);
    const ids = await Promise.all(
      [1, 2, 3].map(() => world.call(PHONES.answersAtOnce.number, { status_callback: `${hook.url}/status` })),
    );
    for (const id of ids) await world.until(id, 'in-progress');
    const before = Date.now();
    await world.gateway.stop('SIGKILL');
    world.gateway = await startGateway({ index: 5, worker: gatewayUrl(world.worker) });
    await untilConnected(world, before);
    for (const id of ids) {
      expect(await world.api.ended(id)).toMatchObject({ status: 'failed', end_reason: 'network-failure' });
    }
    await expect.poll(() => hook.callbacks().filter(({ body }) => body.type === 'call.failed').length).toBe(3);
    await sleep(1000);
    expect(hook.callbacks().filter(({ body }) => body.type === 'call.failed')).toHaveLength(3);
  });

  it('have one gateway of an id: a second one takes over, and one with a wrong token is refused', async () => {
    const before = Date.now();
    const wrong = await startGateway({ index: 6, worker: gatewayUrl(world.worker), token: 'wrong' });
    await sleep(3000);
    expect(await wrong.connected()).toBe(false);
    await wrong.stop();
    expect(Date.parse(String((await gatewayView(world))?.connected_since))).toBeLessThan(before);
    const second = await startGateway({ index: 6, worker: gatewayUrl(world.worker) });
    await untilConnected(world, before);
    await second.stop();
  });
});
