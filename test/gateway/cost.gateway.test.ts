import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { phoneThatPresses } from '../../src/gateway-agent/configuration/phones.ts';
import { type CostLine, isOver, liveCostOf } from '../bench/budgets.ts';
import type { Tally } from '../bench/tally.ts';
import { answerJson, hookServer } from '../support/hook-server.ts';
import { SocketProxy } from './socket-proxy.ts';
import { startWorld, type World } from './world.ts';

const PING = 'asterisk/ping';

/** What is measured here is counted, not timed: it is the same on any machine. */
describe.skipIf(inject('skipped'))('a live call with two prompts, a gather and status callbacks', () => {
  let world: World;
  let proxy: SocketProxy;
  let hook: Awaited<ReturnType<typeof hookServer>>;
  let lines: CostLine[];

  beforeAll(async () => {
    hook = await hookServer({ '/pressed': answerJson([{ verb: 'hangup' }]) });
    const viaProxy = async (worker: string) => {
      proxy = await SocketProxy.to(worker);
      return proxy.url;
    };
    world = await startWorld(8, { viaProxy, entry: 'test/bench/counting.ts' });
    lines = await countLiveCall();
  });
  afterAll(async () => {
    await world?.end();
    await proxy?.end();
    await hook?.close();
  });

  const ask = async (path: string, method = 'GET'): Promise<unknown> =>
    (await fetch(`${world.worker.url}${path}`, { method })).json();

  const callbacks = () => hook.callbacks().map(({ body }) => body.type);
  const untilCallback = (type: string) => vi.waitFor(() => expect(callbacks()).toContain(type), 20_000);

  /** The tally, once it has stood still for a while. */
  async function quiet(): Promise<Tally> {
    let last = '';
    const standsStill = async () => {
      const before = last;
      last = JSON.stringify(await ask('/tally'));
      expect(last).toBe(before);
    };
    await vi.waitFor(standsStill, { interval: 500, timeout: 20_000 });
    return JSON.parse(last);
  }

  async function countLiveCall(): Promise<CostLine[]> {
    const say = (text: string) => ({ verb: 'say', text });
    const action = `${hook.url}/pressed`;
    await quiet();
    await ask('/tally', 'DELETE');
    const [frames, asked] = [{ ...proxy.frames }, proxy.requests.length];
    const id = await world.call(phoneThatPresses(1).number, {
      flow: [say('Hi.'), { verb: 'gather', numDigits: 1, timeout: 60, action, prompts: [say('Key?')] }],
      status_callback: `${hook.url}/status`,
    });
    await untilCallback('call.in-progress');
    // People take long to press a key: by then the alarm of the call's beginning has run, so it runs here, too.
    await ask(`/alarm/${id}`, 'POST');
    await untilCallback('call.completed');
    await quiet();
    for (let rings = 0; rings < 5 && (await ask(`/alarm/${id}`)); rings++) await ask(`/alarm/${id}`, 'POST');
    const tally = await quiet();
    // Pings of the gateway have nothing to do with the call.
    const pings = proxy.requests.slice(asked).filter(({ uri }) => uri === PING).length;
    return liveCostOf(
      { tally, callbacks: callbacks(), flowRequests: hook.requests().length },
      {
        sent: proxy.frames.toGateway - frames.toGateway - pings,
        received: proxy.frames.toWorker - frames.toWorker - pings,
      },
    );
  }

  it('ran to its end: a call that was cut short would be cheap', () => {
    expect(callbacks()).toEqual(['call.ringing', 'call.in-progress', 'call.completed']);
    expect(hook.requests()).toMatchObject([{ event: 'gather', digits: '1' }]);
  });

  it('was counted in everything that it uses', () => {
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter(({ used }) => used === 0)).toEqual([]);
  });

  it('stays within every budget, the socket’s among them', () => {
    expect(lines.filter(isOver)).toEqual([]);
  });
});
