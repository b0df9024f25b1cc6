import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { phoneThatPresses } from '../../src/gateway-agent/configuration/phones.ts';
import { type CostLine, isOver, liveCostOf } from '../bench/budgets.ts';
import type { Tally } from '../bench/tally.ts';
import { answerJson, hookServer } from '../support/hook-server.ts';
import { Line } from './socket-proxy.ts';
import { startWorld, type World } from './world.ts';

const PING = 'asterisk/ping';

/** Counts, not times: they are the same on any machine. */
describe.skipIf(inject('skipped'))('one live call with two prompts, a gather and status callbacks', () => {
  let world: World;
  let line: Line;
  let hook: Awaited<ReturnType<typeof hookServer>>;
  let lines: CostLine[];

  beforeAll(async () => {
    hook = await hookServer({ '/pressed': answerJson([{ verb: 'hangup' }]) });
    const between = async (worker: string) => {
      line = await Line.to(worker);
      return line.worker;
    };
    world = await startWorld(8, { between, entry: 'test/bench/counting.ts' });
    lines = await countLiveCall();
  });
  afterAll(async () => {
    await world?.end();
    await line?.end();
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
    const [frames, asked] = [{ ...line.frames }, line.asked.length];
    const id = await world.call(phoneThatPresses(1).number, {
      flow: [say('Hi.'), { verb: 'gather', numDigits: 1, timeout: 60, action, prompts: [say('Key?')] }],
      status_callback: `${hook.url}/status`,
    });
    await untilCallback('call.in-progress');
    // A key is long in coming, in life: by then the alarm of the call's beginning has run.
    await ask(`/alarm/${id}`, 'POST');
    await untilCallback('call.completed');
    await quiet();
    for (let rings = 0; rings < 5 && (await ask(`/alarm/${id}`)); rings++) await ask(`/alarm/${id}`, 'POST');
    const tally = await quiet();
    // Whether it is asked for a sign of life meanwhile has nothing to do with the call.
    const pings = line.asked.slice(asked).filter(({ uri }) => uri === PING).length;
    return liveCostOf(
      { tally, callbacks: callbacks(), flowRequests: hook.requests().length },
      {
        sent: line.frames.toGateway - frames.toGateway - pings,
        received: line.frames.toWorker - frames.toWorker - pings,
      },
    );
  }

  it('ran as it should: a call that was cut short would be cheap', () => {
    expect(callbacks()).toEqual(['call.ringing', 'call.in-progress', 'call.completed']);
    expect(hook.requests()).toMatchObject([{ event: 'gather', digits: '1' }]);
  });

  it('was counted everywhere', () => {
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter(({ used }) => used === 0)).toEqual([]);
  });

  it('stays within every budget, the socket’s among them', () => {
    expect(lines.filter(isOver)).toEqual([]);
  });
});
