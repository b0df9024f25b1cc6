import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { PHONES, phoneThatPresses } from '../../src/gateway-agent/configuration/phones.ts';
import { localTrunk } from '../../src/gateway-agent/phone-network.ts';
import { answerJson, hookServer } from '../support/hook-server.ts';
import { type CongestedCarrier, startCongestedCarrier } from './congested-carrier.ts';
import { hangUpPhone, pressAgain } from './phone-actions.ts';
import { FROM, gatewayView, startWorld, untilDisconnected, type World } from './world.ts';

/** The phone that presses 3, and again when a test asks for it. */
const PRESSES = phoneThatPresses(3).number;
const LISTENS = PHONES.listens.number;
const SECOND = 'gw-9';

describe.skipIf(inject('skipped'))('two gateways of one Worker', () => {
  let world: World;
  let carrier: CongestedCarrier;
  let hook: Awaited<ReturnType<typeof hookServer>>;

  beforeAll(async () => {
    hook = await hookServer({
      '/first': answerJson([{ verb: 'gather', numDigits: 1, timeout: 30, action: '/second' }]),
      '/second': answerJson([{ verb: 'hangup' }]),
    });
    carrier = await startCongestedCarrier('full');
    world = await startWorld(8, {
      otherIndices: [9],
      trunks: [carrier.trunk, localTrunk(8)],
      // The first gateway's only trunk for Germany is always congested.
      registry: [
        ['trunk', 'gw-local', 'full', '--serves', 'DE', '--order', '1'],
        ['trunk', 'gw-local', 'phones', '--serves', 'NL', '--order', '1'],
      ],
    });
  });
  beforeEach(() => void hook.posted.splice(0));
  afterAll(async () => {
    await world?.end();
    carrier?.close();
    await hook?.close();
  });

  const liveChannels = async () => [
    (await gatewayView(world))?.live_channels,
    (await gatewayView(world, SECOND))?.live_channels,
  ];
  const channels = () => world.phones.asterisk('core show channels count');

  /** A call that waits for a second key: the first has been pressed, and its flow has gone on. */
  async function callWithKey(): Promise<string> {
    const flow = [{ verb: 'gather', numDigits: 1, timeout: 20, action: `${hook.url}/first` }];
    const id = await world.call(PRESSES, { flow });
    await expect.poll(() => hook.requests(), { timeout: 15_000 }).toMatchObject([{ digits: '3' }]);
    return id;
  }

  it('are both connected, each with its own trunks', async () => {
    expect(await gatewayView(world)).toMatchObject({ connected_since: expect.any(String), trunks: ['full', 'phones'] });
    expect(await gatewayView(world, SECOND)).toMatchObject({
      connected_since: expect.any(String),
      trunks: ['phones'],
    });
  });

  it('carry a call over the second when the trunk of the first is congested; keys and a hang-up reach it', async () => {
    const before = carrier.refused();
    const id = await callWithKey();
    expect(carrier.refused()).toBe(before + 1);
    expect(await liveChannels()).toEqual([0, 1]);
    expect(await world.types(id)).toEqual(expect.arrayContaining(['call.ringing', 'call.in-progress']));
    await world.api.delete(`/calls/${id}`);
    expect(await world.api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'api' });
    await expect.poll(channels).toContain('0 active channels');
    expect(await liveChannels()).toEqual([0, 0]);
  });

  it('end a call that moved when its phone hangs up', async () => {
    const id = await world.call(LISTENS);
    await world.until(id, 'in-progress');
    await hangUpPhone(world.phones, FROM);
    expect(await world.api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'hangup' });
  });

  it('serve calls while the first is stopped, also those that it passed on before', async () => {
    const moved = await callWithKey();
    await world.gateway.stop();
    await untilDisconnected(world);
    const before = carrier.refused();
    const placed = await world.call(LISTENS, { from: '+3222345678' });
    await world.until(placed, 'in-progress');
    expect(carrier.refused()).toBe(before);
    expect(await liveChannels()).toEqual([0, 2]);

    await pressAgain(world.phones, PRESSES, FROM);
    expect(await world.api.ended(moved)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    expect(hook.requests()).toMatchObject([{ digits: '3' }, { digits: '3' }]);
    await world.api.delete(`/calls/${placed}`);
    expect(await world.api.ended(placed)).toMatchObject({ status: 'completed', end_reason: 'api' });
    await expect.poll(channels).toContain('0 active channels');
  });

  it('fail calls with no-gateway when both are stopped', async () => {
    await Promise.all([world.gateway, ...world.otherGateways].map((gateway) => gateway.stop()));
    await Promise.all([untilDisconnected(world), untilDisconnected(world, SECOND)]);
    const id = await world.call(LISTENS);
    expect(await world.api.ended(id)).toMatchObject({ status: 'failed', end_reason: 'no-gateway' });
  });
});
