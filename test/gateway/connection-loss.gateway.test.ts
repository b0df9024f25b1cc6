import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { PHONES, phoneThatPresses } from '../../src/gateway-agent/configuration/phones.ts';
import { answerJson, hookServer } from '../support/hook-server.ts';
import { readSamples, secondsOfTone, toneWav } from './audio.ts';
import { hangUpPhone, pressAgain } from './phone-actions.ts';
import { SocketProxy } from './socket-proxy.ts';
import { FROM, gatewayView, startWorld, untilConnected, untilDisconnected, type World } from './world.ts';

/** The phone that presses 7, and again when a test asks for it. */
const PRESSES = phoneThatPresses(7).number;
const LISTENS = PHONES.listens.number;
/** The phones tell two calls apart by their callers. */
const OTHER_FROM = '+3222345678';

describe.skipIf(inject('skipped'))('the connection between gateway and Worker, under live calls', () => {
  let world: World;
  let proxy: SocketProxy;
  let hook: Awaited<ReturnType<typeof hookServer>>;
  const audio = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'audio/wav' }).end(toneWav(700, 20));
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => audio.listen(0, '127.0.0.1', resolve));
    const tone = { verb: 'play', url: `http://127.0.0.1:${(audio.address() as AddressInfo).port}/tone.wav`, loop: 5 };
    hook = await hookServer({
      '/first': answerJson([{ verb: 'gather', numDigits: 1, action: '/second', prompts: [tone] }]),
      '/second': answerJson([{ verb: 'hangup' }]),
    });
    const viaProxy = async (worker: string) => {
      proxy = await SocketProxy.to(worker);
      return proxy.url;
    };
    world = await startWorld(8, { viaProxy });
  });
  beforeEach(() => void hook.posted.splice(0));
  afterEach(() => proxy?.restore());
  afterAll(async () => {
    await world?.end();
    await proxy?.end();
    await hook?.close();
    audio.close();
  });

  const callbacks = () => ({ status_callback: `${hook.url}/status` });
  const callbacksOf = (id: string) => hook.callbacks(id).map(({ body }) => body.type);
  const WHOLE = ['call.ringing', 'call.in-progress', 'call.completed'];

  /** A call that hears a tone for as long as nobody presses a key. */
  async function callWithTone(): Promise<string> {
    const flow = [{ verb: 'gather', numDigits: 1, timeout: 20, action: `${hook.url}/first` }];
    const id = await world.call(PRESSES, { flow, ...callbacks() });
    await expect.poll(() => proxy.requestsFor(id, 'play').length, { timeout: 15_000 }).toBe(1);
    return id;
  }

  async function answeredCall(): Promise<string> {
    const id = await world.call(LISTENS, { from: OTHER_FROM, ...callbacks() });
    await world.until(id, 'in-progress');
    return id;
  }

  it.each([
    ['for a second', 1000],
    ['for half a minute', 30_000],
  ])(
    'is lost %s: a call goes on and obeys its flow afterwards, one that the phone ended meanwhile ends once',
    async (_what, ms) => {
      const [lives, ends] = await Promise.all([callWithTone(), answeredCall()]);
      const before = Date.now();
      await proxy.cutFor(ms, async () => {
        await untilDisconnected(world);
        await hangUpPhone(world.phones, OTHER_FROM);
        await expect.poll(() => world.phones.asterisk('core show channels count')).toContain('1 active channel');
        expect(await world.api.call(ends)).toMatchObject({ status: 'in-progress' });
      });
      await untilConnected(world, before);

      expect(await world.api.ended(ends)).toMatchObject({ status: 'completed', end_reason: 'hangup' });
      expect(await world.api.call(lives)).toMatchObject({ status: 'in-progress' });
      await pressAgain(world.phones, PRESSES, FROM);
      expect(await world.api.ended(lives)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
      expect(hook.requests()).toMatchObject([{ digits: '7' }, { digits: '7' }]);
      expect(secondsOfTone(await readSamples(await world.phones.heardComplete(PRESSES, FROM)), 700)).toBeGreaterThan(
        (0.9 * ms) / 1000,
      );
      for (const id of [lives, ends]) await expect.poll(() => callbacksOf(id), { timeout: 10_000 }).toEqual(WHOLE);
      expect(await world.phones.asterisk('core show channels count')).toContain('0 active channels');
      expect(new Set(hook.callbacks().map(({ id }) => id)).size).toBe(6);
    },
    90_000,
  );

  it('is lost for a second: a call that is placed meanwhile fails with no-gateway, and the next one is answered', async () => {
    const before = Date.now();
    await proxy.cutFor(1000, async () => {
      await untilDisconnected(world);
      const unlucky = await world.call(LISTENS, callbacks());
      expect(await world.api.ended(unlucky)).toMatchObject({ status: 'failed', end_reason: 'no-gateway', duration: 0 });
      await expect.poll(() => callbacksOf(unlucky), { timeout: 10_000 }).toEqual(['call.failed']);
    });
    await untilConnected(world, before);
    const lucky = await world.call(PHONES.hangsUp.number, callbacks());
    expect(await world.api.ended(lucky)).toMatchObject({ status: 'completed', end_reason: 'hangup' });
    expect(proxy.refused).toBeGreaterThan(0);
  });

  it('loses the report that a call ended: when the gateway is back the call ends as lost, once', async () => {
    const id = await answeredCall();
    const before = Date.now();
    proxy.isLosing = true;
    await hangUpPhone(world.phones, OTHER_FROM);
    await expect.poll(() => world.gateway.asterisk('core show channels count')).toContain('0 active channels');
    proxy.cut();
    proxy.restore();
    await untilConnected(world, before);
    expect(await world.api.ended(id)).toMatchObject({ status: 'failed', end_reason: 'network-failure' });
    await expect
      .poll(() => callbacksOf(id), { timeout: 10_000 })
      .toEqual(['call.ringing', 'call.in-progress', 'call.failed']);
  });

  it('brings frames that Asterisk never sends: the call goes on and ends as it should, and the operator sees them', async () => {
    const { ignored_frames: before, connected_since: since } = (await gatewayView(world)) ?? {};
    const id = await callWithTone();
    const channel = { id, state: 'Up' };
    const garbage = [
      ['bytes', Buffer.from([0xff, 0x00, 0x80, 0x7b])],
      ['no JSON', '{"type":"ChannelDestroyed",'],
      ['sixty thousand characters', 'x'.repeat(60_000)],
      ...[[], null, 7, {}, { type: 7 }, { type: 'RESTResponse' }].map((it) => ['no message', JSON.stringify(it)]),
      ['no playback', JSON.stringify({ type: 'PlaybackFinished', playback: { id: 1, target_uri: 7 } })],
      ['no digit', JSON.stringify({ type: 'ChannelDtmfReceived', digit: { a: 1 }, channel })],
      ['no arguments', JSON.stringify({ type: 'StasisStart', args: [1, 2], channel: { id: {} } })],
    ] as const;
    for (const [, frame] of garbage) proxy.inject(frame);
    const ignored = async () => Number((await gatewayView(world))?.ignored_frames) - Number(before);
    await expect.poll(ignored).toBe(garbage.length);
    expect(await gatewayView(world)).toMatchObject({
      last_error: { message: 'a frame was ignored: Asterisk sends no such thing' },
    });

    // These frames have the right form, and are about nothing that exists.
    proxy.inject(JSON.stringify({ type: 'ChannelDestroyed', cause: 16, channel: { id: 'nobody', state: 'Up' } }));
    proxy.inject(JSON.stringify({ type: 'SomethingNew', channel }));
    proxy.inject(JSON.stringify({ type: 'RESTResponse', request_id: 'nobody-1', status_code: 200 }));
    await expect.poll(ignored).toBe(garbage.length + 1);
    expect(await gatewayView(world)).toMatchObject({
      last_error: { message: 'an answer was ignored: nobody waited for it' },
      connected_since: since,
      live_channels: 1,
    });

    await pressAgain(world.phones, PRESSES, FROM);
    expect(await world.api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    await expect.poll(() => callbacksOf(id), { timeout: 10_000 }).toEqual(WHOLE);
    expect(hook.requests()).toMatchObject([{ digits: '7' }, { digits: '7' }]);
  });
});
