import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newGatewayLeg } from '../../../src/carriers/asterisk/leg.ts';
import type { Instruction } from '../../../src/contracts/carrier.ts';
import { newId } from '../../../src/lib/ids.ts';
import { gatewayObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';
import { connectedGateway, dial, heard, perform, route, stubCalls, typesOf, untilHeard } from './gateway-harness.ts';
import { NUMBERS, type ScriptedAsterisk } from './scripted-asterisk.ts';

beforeEach(() => stubCalls());
afterEach(() => void vi.restoreAllMocks());

const status = ({ id }: ScriptedAsterisk) => gatewayObject(env, id).status();

/** Everything that the gateway sent before was taken: it is asked for something afterwards, and has answered. */
const untilTaken = async (asterisk: ScriptedAsterisk) => {
  const { id } = await dial([route(asterisk)]);
  await untilHeard(id, 'leg.ringing', 'leg.answered');
};

const machine = (leg: string) => ({
  type: 'StasisStart',
  args: ['machine', 'MACHINE', 'LONGGREETING'],
  channel: { id: `amd-${leg}`, state: 'Up' },
});

describe('a gateway is not believed', () => {
  it('when it says that a machine speaks on a leg of another gateway, or of the simulated network', async () => {
    const [own, foreign] = [await connectedGateway(), await connectedGateway()];
    const { id } = await dial([route(own)]);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    const simulated = newId('CA', Date.now());
    for (const leg of [id, simulated]) foreign.send(machine(leg));
    await untilTaken(foreign);
    own.destroy(id, 16);
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.ended');
    expect(heard.get(simulated)).toBeUndefined();
  });

  it('about a leg that is not answered yet', async () => {
    const asterisk = await connectedGateway();
    const { id } = await dial([route(asterisk)], NUMBERS['never answers']);
    await untilHeard(id, 'leg.ringing');
    asterisk.send(machine(id));
    await untilTaken(asterisk);
    expect(typesOf(id)).toEqual(['leg.ringing']);
  });

  it('about a leg that another gateway carries by now', async () => {
    const [first, second] = [await connectedGateway(), await connectedGateway()];
    first.congested = ['phones'];
    const { id } = await dial([route(first), route(second)]);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    const channel = { id, state: 'Up' };
    first.send(machine(id));
    first.send({ type: 'ChannelDtmfReceived', digit: '5', channel });
    first.send({ type: 'ChannelTalkingStarted', channel });
    first.send({ type: 'ChannelDestroyed', cause: 16, channel });
    first.congested = [];
    await untilTaken(first);
    second.destroy(id, 16);
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.ended');
    expect(new Set(heard.get(id)?.map(({ by }) => by))).toEqual(new Set([second.id]));
  });

  it('about names that would lead to other things of ARI', async () => {
    const asterisk = await connectedGateway();
    const before = asterisk.requests.length;
    for (const id of ['../bridges/x', '1.2/play', '1.2?reason=busy', '..', 'x'.repeat(300)]) {
      asterisk.send({ type: 'StasisStart', args: ['inbound', '+31851234567', 'phones'], channel: { id } });
      asterisk.send({ type: 'StasisStart', args: ['silence'], channel: { id } });
      asterisk.send({ type: 'StasisStart', args: ['link', 'meet1'], channel: { id } });
    }
    await untilTaken(asterisk);
    expect((await status(asterisk)).ignoredFrames).toBe(15);
    expect(asterisk.requests.slice(before)).toEqual(['POST channels']);
  });
});

describe('a gateway that floods its socket', () => {
  it('is cut off, with its reason there, for the operator, and in the log; and its call ends when it says so again', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const asterisk = await connectedGateway();
    const { id } = await dial([route(asterisk)]);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    const frame = JSON.stringify({ type: 'ChannelTalkingStarted', channel: { id: 'nobody' } });
    for (let n = 0; n < 40_000; n++) asterisk.send(frame);
    await until(() => expect(asterisk.closed).toMatchObject({ code: 4008 }));
    const reason = 'more than 5000 frames at once, or 500 a second';
    expect(asterisk.closed?.reason).toBe(reason);
    expect((await status(asterisk)).lastError?.message).toBe(reason);
    // The gateways of the tests before may be cut off meanwhile, for other reasons.
    const lines = log.mock.calls.filter(([, id]) => id === asterisk.id);
    expect(lines).toEqual([['gateway cut off', asterisk.id, reason]]);
    asterisk.channels.delete(id);
    await asterisk.connect();
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.ended');
    const [last] = heard.get(id)?.slice(-1) ?? [];
    expect(last?.n).toBeLessThan((Date.now() + 1000) * 1000);
  });

  it('with one frame is cut off, too', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const asterisk = await connectedGateway();
    asterisk.send(JSON.stringify({ type: 'x', padding: 'x'.repeat(9_000_000) }));
    await until(() => expect(asterisk.closed).toMatchObject({ code: 1009 }));
    expect(asterisk.closed?.reason).toBe('a frame had more than 8388608 bytes');
  });
});

describe('a leg that cannot be dialled', () => {
  it('is told to its call when that is found out in the background: its gateway is away since it was stored', async () => {
    const gateway = `gw-away-${crypto.randomUUID()}`;
    const id = newId('CA', Date.now());
    const instruction: Instruction = {
      do: 'dial',
      to: NUMBERS.answers,
      from: '+31851234567',
      routes: [route({ id: gateway })],
    };
    const leg = { ...newGatewayLeg(id, Date.now()), instructionCount: 1, pending: [instruction] };
    await runInDurableObject(env.GATEWAYS.getByName(gateway), async (_object, { storage }) => {
      storage.kv.put(`leg:${id}`, { schema: 2, ...leg });
      await storage.setAlarm(Date.now() + 60_000);
    });
    await evictDurableObject(env.GATEWAYS.getByName(gateway));
    await runDurableObjectAlarm(env.GATEWAYS.getByName(gateway));
    await until(() => expect(heard.get(id)).toMatchObject([{ type: 'leg.ended', cause: 'no-gateway' }]));
  });

  it('is refused again when its call asks again, because the answer was lost', async () => {
    const gateway = { id: `gw-away-${crypto.randomUUID()}` };
    const { id, result } = await dial([route(gateway)]);
    expect(result).toEqual({ ok: false, refusal: 'no-gateway' });
    const again: Instruction = { do: 'dial', to: NUMBERS.answers, from: '+31851234567', routes: [route(gateway)] };
    expect(await perform(gateway, id, 1, again)).toEqual({ ok: false, refusal: 'no-gateway' });
  });
});
