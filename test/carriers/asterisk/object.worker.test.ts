import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hashKey } from '../../../src/accounts/keys.ts';
import { CallObject } from '../../../src/calls/object/object.ts';
import { GatewayObject } from '../../../src/carriers/asterisk/object.ts';
import type { Bridge, BridgeMembership, Instruction, LegEvent, Route } from '../../../src/contracts/carrier.ts';
import worker from '../../../src/index.ts';
import { newId } from '../../../src/lib/ids.ts';
import { hurry } from '../../support/hurry.ts';
import { gatewayObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';
import { describeCarrier, describeMeetings, type Network } from '../contract.ts';
import { NUMBERS, ScriptedAsterisk } from './scripted.ts';

const heard = new Map<string, LegEvent[]>();
const typesOf = (leg: string) => (heard.get(leg) ?? []).map(({ type }) => type);

beforeEach(() => {
  vi.spyOn(CallObject.prototype, 'legEvents').mockImplementation(async function (this: CallObject, events) {
    const leg = this.ctx.id.name ?? '';
    heard.set(leg, [...(heard.get(leg) ?? []), ...events]);
  });
  // Audio is another part's business: a pause of ten minutes is endless here, anything else short.
  vi.spyOn(GatewayObject.prototype, 'prepare').mockImplementation(async (prompts) => ({
    pieces: prompts.map((prompt) => ({
      media: ['pause' in prompt && prompt.pause > 60 ? 'http://x/endless' : 'http://x/short'],
    })),
    failures: [],
  }));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** How long a gateway may take for an answer. */
const PATIENCE_MS = 10_000;

let gateways = 0;

async function aGateway(): Promise<ScriptedAsterisk> {
  gateways += 1;
  const asterisk = new ScriptedAsterisk(`gw-${gateways}`);
  await asterisk.connect();
  await until(async () => expect(await asterisk.connected()).toBe(true));
  return asterisk;
}

const route = ({ id: gateway }: { id: string }, trunk = 'phones', capacity = 10): Route => ({
  gateway,
  trunk,
  capacity,
  gatewayCapacity: 100,
});

const tell = (home: string, leg: string, first: number, ...instructions: Instruction[]) =>
  gatewayObject(env, home).perform({ leg, first, at: Date.now(), instructions });

async function dial(routes: Route[], to = NUMBERS.answers) {
  const id = newId('CA', Date.now());
  const result = await tell(routes[0]?.gateway ?? '', id, 1, { do: 'dial', to, from: '+31851234567', routes });
  return { id, result };
}

const untilHeard = (leg: string, ...types: string[]) => until(() => expect(typesOf(leg)).toEqual(types));

let contractGateway: Promise<ScriptedAsterisk> | undefined;

const network = (): Network => {
  contractGateway ??= aGateway();
  return {
    leg: (callee) => ({ id: newId('CA', Date.now()), to: NUMBERS[callee] }),
    carrier: () => ({
      perform: async (command) => {
        const { id } = await (contractGateway as Promise<ScriptedAsterisk>);
        const instructions = command.instructions.map((it) =>
          it.do === 'dial' ? { ...it, routes: [route({ id }, 'phones', 100)] } : it,
        );
        return gatewayObject(env, id).perform({ ...command, instructions });
      },
    }),
    heard: (leg) => heard.get(leg) ?? [],
  };
};

describeCarrier('an Asterisk gateway', network);
describeMeetings('an Asterisk gateway', network);

describe("a gateway's socket", () => {
  it('is set to tell only what is needed, before any call', async () => {
    const asterisk = await aGateway();
    expect(asterisk.requests.slice(0, 3)).toEqual([
      'GET asterisk/info',
      'PUT applications/telefoon/eventFilter',
      'GET channels',
    ]);
  });

  it('is replaced by a newer one of the same gateway, and calls go on over that', async () => {
    const older = await aGateway();
    const { id } = await dial([route(older)], NUMBERS['never answers']);
    await untilHeard(id, 'leg.ringing');
    const newer = new ScriptedAsterisk(older.id);
    for (const [channel, it] of older.channels) newer.channels.set(channel, it);
    await newer.connect();
    await until(() => expect(older.closed).toMatchObject({ code: 4001 }));
    await until(async () => expect(await newer.connected()).toBe(true));
    newer.answer(id);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
  });

  it('is refused, with a reason on both sides, when Asterisk is too old', async () => {
    const asterisk = new ScriptedAsterisk('gw-old');
    asterisk.version = '22.9.0';
    await asterisk.connect();
    await until(() => expect(asterisk.closed).toMatchObject({ code: 1008 }));
    expect(asterisk.closed?.reason).toContain('22.10.1 or newer');
    expect((await gatewayObject(env, 'gw-old').status()).lastError?.message).toBe(asterisk.closed?.reason);
  });

  it('survives frames that are none, counts them, and names the last', async () => {
    const asterisk = await aGateway();
    for (const garbage of ['', 'x', '{', '[]', 'null', '{"type":1}', '{"type":"RESTResponse"}']) asterisk.tell(garbage);
    asterisk.tell({ type: 'RESTResponse', request_id: 'nobody', status_code: 200 });
    asterisk.tell({ type: 'ChannelDestroyed', channel: { id: 'nobody' } });
    const { id } = await dial([route(asterisk)]);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    const { garbage, lastError } = await gatewayObject(env, asterisk.id).status();
    expect(garbage).toBe(8);
    expect(lastError?.message).toBe('an answer was ignored: nobody waited for it');
  });

  it('is cut when a request is not answered in time; the call goes on when it is back', async () => {
    const asterisk = await aGateway();
    const { id } = await dial([route(asterisk)]);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    asterisk.silentAbout = /play$/;
    hurry(PATIENCE_MS);
    await tell(asterisk.id, id, 2, { do: 'play', playback: `${id}-1`, prompts: [{ pause: 0.1 }] });
    await until(() => expect(asterisk.closed).toMatchObject({ code: 4002 }));
    asterisk.silentAbout = undefined;
    await asterisk.connect();
    await until(() => expect(typesOf(id).at(-1)).toBe('leg.playback-ended'));
  });

  it.each([
    ['no credentials', undefined],
    ['a wrong token', `Basic ${btoa('gw-known:wrong')}`],
    ['an unknown id', `Basic ${btoa('gw-unknown:right')}`],
    ['nonsense', 'Basic %%%'],
  ])('is refused with %s, always the same way', async (_what, authorization) => {
    const response = await upgrade(authorization);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'gateway_unauthorized' });
  });

  it('is taken with the right token, with the sub-protocol ari', async () => {
    const response = await upgrade(`Basic ${btoa('gw-known:right')}`);
    expect(response.status).toBe(101);
    expect(response.headers.get('sec-websocket-protocol')).toBe('ari');
    new ScriptedAsterisk('gw-known').take(response);
    await until(async () => expect((await gatewayObject(env, 'gw-known').status()).version).toContain('22.10.1'));
  });
});

async function upgrade(authorization: string | undefined): Promise<Response> {
  await env.DB.prepare('INSERT OR IGNORE INTO gateways VALUES (?, ?, ?, ?, ?)')
    .bind('gw-known', await hashKey('right'), 'here', 10, 0)
    .run();
  const headers = { upgrade: 'websocket', 'sec-websocket-protocol': 'ari', ...(authorization && { authorization }) };
  return worker.fetch(new Request('http://edge.example/v1/gateway', { headers }) as never, env);
}

describe('a leg on a gateway', () => {
  it('lives on when its object is evicted between any two events', async () => {
    const asterisk = await aGateway();
    const evict = () => evictDurableObject(gatewayObject(env, asterisk.id)).catch(() => undefined);
    const { id } = await dial([route(asterisk)], NUMBERS['never answers']);
    await untilHeard(id, 'leg.ringing');
    await evict();
    asterisk.answer(id);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    await evict();
    await tell(asterisk.id, id, 2, { do: 'play', playback: `${id}-1`, prompts: [{ pause: 600 }] });
    await until(() => expect(asterisk.about(/play$/)).toHaveLength(1));
    await evict();
    await tell(asterisk.id, id, 3, { do: 'stop', playback: `${id}-1` });
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.playback-ended');
    await evict();
    asterisk.destroy(id, 16);
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.playback-ended', 'leg.ended');
    const numbers = heard.get(id)?.map(({ n }) => n ?? 0) ?? [];
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  it('has its prompts made for the codec that was agreed on, also those made while the next one rings', async () => {
    const asterisk = await aGateway();
    const rates = () => vi.mocked(GatewayObject.prototype.prepare).mock.calls.map(([, , rate]) => rate);
    const calls: [string, number[]][] = [
      ['(alaw|ulaw|g722)', [8000, 8000]],
      ['(g722)', [8000, 16_000]],
      ['(g722)', [16_000, 16_000]],
    ];
    for (const [codecs, wanted] of calls) {
      vi.mocked(GatewayObject.prototype.prepare).mockClear();
      asterisk.codecs = codecs;
      const id = newId('CA', Date.now());
      const prompts = [{ pause: 0.1 }];
      const call = { to: NUMBERS.answers, from: '+31851234567', routes: [route(asterisk)], prepare: prompts };
      await tell(asterisk.id, id, 1, { do: 'dial', ...call });
      await untilHeard(id, 'leg.ringing', 'leg.answered');
      await evictDurableObject(gatewayObject(env, asterisk.id)).catch(() => undefined);
      await tell(asterisk.id, id, 2, { do: 'play', playback: `${id}-1`, prompts });
      await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.playback-ended');
      expect(rates()).toEqual(wanted);
    }
  });

  it('is told again what its call did not take', async () => {
    const asterisk = await aGateway();
    vi.mocked(CallObject.prototype.legEvents).mockRejectedValueOnce(new Error('being updated (part of this test)'));
    const { id } = await dial([route(asterisk)], NUMBERS['presses 1 and hangs up']);
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.digit', 'leg.ended');
  });

  it('goes to the next trunk when one is congested, and to another gateway after that', async () => {
    const [one, two] = [await aGateway(), await aGateway()];
    one.congested = ['a', 'b'];
    const { id, result } = await dial([route(one, 'a'), route(one, 'b'), route(two, 'c')]);
    expect(result.ok).toBe(true);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    expect(one.about(/^POST channels$/)).toHaveLength(2);
    expect(two.about(/^POST channels$/)).toHaveLength(1);
    await tell(one.id, id, 2, { do: 'hangup' });
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.ended');
  });

  it('ends congested when every trunk is, and is refused when all are full or no gateway is there', async () => {
    const asterisk = await aGateway();
    asterisk.congested = ['a', 'b'];
    const { id } = await dial([route(asterisk, 'a'), route(asterisk, 'b')]);
    await untilHeard(id, 'leg.ended');
    expect(heard.get(id)?.at(-1)).toMatchObject({ cause: 'congestion' });
    expect((await dial([route(asterisk, 'c', 0)])).result).toEqual({ ok: false, refusal: 'congestion' });
    expect((await dial([route({ id: 'gw-nowhere' })])).result).toEqual({ ok: false, refusal: 'no-gateway' });
  });

  it('is not phoned twice when the answer to its dial was lost', async () => {
    const asterisk = await aGateway();
    const { id } = await dial([route(asterisk)], NUMBERS['never answers']);
    await evictDurableObject(gatewayObject(env, asterisk.id)).catch(() => undefined);
    const routes = [route(asterisk)];
    const again: Instruction = { do: 'dial', to: NUMBERS['never answers'], from: '+31851234567', routes };
    expect(await tell(asterisk.id, id, 1, again)).toMatchObject({ ok: true });
    expect(asterisk.about(/^POST channels$/)).toHaveLength(1);
  });
});

describe('a gateway that comes back', () => {
  it('ends calls whose channel is gone, tells what was missed, hangs up what is over, and lets the rest live', async () => {
    const asterisk = await aGateway();
    const ids = await Promise.all([0, 1, 2].map(() => dial([route(asterisk)], NUMBERS['never answers'])));
    const [gone, answered, over] = ids.map(({ id }) => id) as [string, string, string];
    for (const { id } of ids) await untilHeard(id, 'leg.ringing');
    asterisk.cut();
    await until(async () => expect(await asterisk.connected()).toBe(false));
    asterisk.channels.delete(gone);
    const channel = asterisk.channels.get(answered);
    if (channel) channel.state = 'Up';
    await tell(asterisk.id, over, 2, { do: 'hangup' });
    await asterisk.connect();
    await untilHeard(gone, 'leg.ringing', 'leg.ended');
    expect(heard.get(gone)?.at(-1)).toMatchObject({ cause: 'network-failure' });
    await untilHeard(answered, 'leg.ringing', 'leg.answered');
    await untilHeard(over, 'leg.ringing', 'leg.ended');
    asterisk.press(answered, '5');
    await untilHeard(answered, 'leg.ringing', 'leg.answered', 'leg.digit');
  });

  it('has a grace time for a channel that nobody knows, then hangs it up', async () => {
    // Far in the future, so that no alarm fires by itself.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2100-01-01T12:00:00Z') });
    const asterisk = new ScriptedAsterisk('gw-stranger');
    asterisk.channels.set('1.2', { id: '1.2', name: 'PJSIP/phones-9', state: 'Up' });
    await asterisk.connect();
    await until(async () => expect(await asterisk.connected()).toBe(true));
    const later = async (milliseconds: number) => {
      vi.setSystemTime(Date.now() + milliseconds);
      await runDurableObjectAlarm(gatewayObject(env, asterisk.id));
    };
    await later(14_000);
    expect(asterisk.about(/DELETE/)).toEqual([]);
    await later(1001);
    expect(asterisk.about(/DELETE/)).toEqual(['DELETE channels/1.2']);
  });
});

describe('bridges of a gateway', () => {
  const joins = (home: string, leg: string, first: number, bridge: Bridge, part: Partial<BridgeMembership> = {}) =>
    tell(home, leg, first, { do: 'join', bridge, muted: false, ...part });
  async function twoInABridge(asterisk: ScriptedAsterisk) {
    const legs = [await dial([route(asterisk)]), await dial([route(asterisk)])].map(({ id }) => id);
    const bridge = { id: `${legs[0]}-d1`, home: asterisk.id };
    for (const leg of legs) await joins(asterisk.id, leg, 2, bridge);
    await until(() => expect([...(asterisk.bridges.get(bridge.id) ?? [])].sort()).toEqual([...legs].sort()));
    return { legs: legs as [string, string], bridge };
  }
  const fact = (leg: string, type: string) => (heard.get(leg) ?? []).find((event) => event.type === type);

  it('are made by the first and deleted with the last, also when a phone hangs up', async () => {
    const asterisk = await aGateway();
    const { legs, bridge } = await twoInABridge(asterisk);
    expect(asterisk.about(new RegExp(`^DELETE bridges/${bridge.id}`))).toEqual([]);
    await tell(asterisk.id, legs[0], 3, { do: 'leave' });
    asterisk.destroy(legs[1], 16);
    await until(() => expect(asterisk.bridges.has(bridge.id)).toBe(false));
  });

  it('tell which gateway answered a call', async () => {
    const asterisk = await aGateway();
    const { legs } = await twoInABridge(asterisk);
    expect(fact(legs[0], 'leg.answered')).toMatchObject({ gateway: asterisk.id });
  });

  it('let a coach whisper to one, and clear up after it', async () => {
    const asterisk = await aGateway();
    const { legs, bridge } = await twoInABridge(asterisk);
    const { id: coach } = await dial([route(asterisk)]);
    await joins(asterisk.id, coach, 2, bridge, { coaches: legs[0] });
    await until(() => expect(asterisk.about(new RegExp(`POST channels/${legs[0]}/snoop`))).toHaveLength(1));
    expect(asterisk.bridges.get(bridge.id)?.has(coach)).toBe(false);
    asterisk.destroy(coach, 16);
    await until(() => expect(asterisk.about(new RegExp(`DELETE channels/coach-${coach}`))).toHaveLength(1));
    expect([...asterisk.bridges.keys()]).toEqual([bridge.id]);
  });

  it('whisper to a leg in a bridge what it alone is to hear, by a channel that is hung up afterwards', async () => {
    const asterisk = await aGateway();
    const { legs } = await twoInABridge(asterisk);
    const playback = `${legs[0]}-1`;
    await tell(asterisk.id, legs[0], 3, { do: 'play', playback, prompts: [{ pause: 1 }] });
    await until(() => expect(fact(legs[0], 'leg.playback-ended')).toMatchObject({ playback }));
    expect(asterisk.about(new RegExp(`POST channels/${playback}/play`))).toHaveLength(1);
    await until(() => expect(asterisk.about(new RegExp(`DELETE channels/${playback}$`))).toHaveLength(1));
  });

  it('are compared after a cut: who fell out is told, what is nobody’s is deleted', async () => {
    const asterisk = await aGateway();
    const { legs, bridge } = await twoInABridge(asterisk);
    asterisk.cut();
    asterisk.bridges.get(bridge.id)?.delete(legs[1]);
    asterisk.bridges.set('CA0-d9', new Set());
    asterisk.channels.set('coach-CA0', { id: 'coach-CA0', name: 'Snoop/coach', state: 'Up' });
    await asterisk.connect();
    await until(() => expect(fact(legs[1], 'leg.left')).toMatchObject({ bridge: bridge.id }));
    await until(() => expect(asterisk.bridges.has('CA0-d9')).toBe(false));
    expect(asterisk.about(/DELETE channels\/coach-CA0/)).toHaveLength(1);
    expect(fact(legs[0], 'leg.left')).toBeUndefined();
  });

  it('survive the eviction of the object', async () => {
    const asterisk = await aGateway();
    const { legs, bridge } = await twoInABridge(asterisk);
    await evictDurableObject(gatewayObject(env, asterisk.id));
    await joins(asterisk.id, legs[0], 3, bridge, { muted: true });
    await until(() => expect(asterisk.about(new RegExp(`POST channels/${legs[0]}/mute`))).toHaveLength(1));
    expect(asterisk.bridges.get(bridge.id)?.size).toBe(2);
  });

  it('of another gateway are reached by a call to it, by a word that it was told before', async () => {
    const [home, other] = [await aGateway(), await aGateway()];
    const { id: near } = await dial([route(home)]);
    const { id: far } = await dial([route(other)]);
    const bridge = { id: `${near}-d1`, home: home.id };
    await joins(home.id, near, 2, bridge);
    await joins(other.id, far, 2, bridge);
    await until(() => expect([...other.channels.keys()].filter((id) => id.startsWith('meet'))).toHaveLength(1));
    const word = [...other.channels.keys()].find((id) => id.startsWith('meet')) ?? '';
    home.channels.set('1.9', { id: '1.9', name: 'PJSIP/gateway-1', state: 'Ring' });
    home.tell({ type: 'StasisStart', args: ['link', word], channel: home.channels.get('1.9') });
    other.tell({ type: 'StasisStart', args: ['link', word], channel: other.channels.get(word) });
    await until(() => expect([...(home.bridges.get(bridge.id) ?? [])].sort()).toEqual(['1.9', near].sort()));
    await until(() => expect([...(other.bridges.get(bridge.id) ?? [])].sort()).toEqual([far, word].sort()));
    other.destroy(word, 16);
    await until(() => expect(fact(far, 'leg.left')).toMatchObject({ bridge: bridge.id }));
  });

  it('let nobody in by a word that was never told', async () => {
    const asterisk = await aGateway();
    asterisk.channels.set('1.9', { id: '1.9', name: 'PJSIP/gateway-1', state: 'Ring' });
    asterisk.tell({ type: 'StasisStart', args: ['link', 'meetme'], channel: asterisk.channels.get('1.9') });
    await until(() => expect(asterisk.about(/DELETE channels\/1\.9/)).toHaveLength(1));
  });
});

describe('the detection of an answering machine', () => {
  it.each([
    ['MACHINE', 'LONGGREETING', true],
    ['MACHINE', 'INITIALSILENCE', false],
    ['HUMAN', 'HUMAN', false],
    ['NOTSURE', 'TOOLONG', false],
  ])('with the result %s, because of %s, reports a machine: %s', async (status, cause, isMachine) => {
    const asterisk = await aGateway();
    const { id } = await dial([route(asterisk)]);
    await tell(asterisk.id, id, 2, { do: 'detect-machine' });
    await until(() => expect(asterisk.about(new RegExp(`POST channels/amd-${id}/continue`))).toHaveLength(1));
    asterisk.tell({
      type: 'StasisStart',
      args: ['machine', status, cause],
      channel: asterisk.channels.get(`amd-${id}`),
    });
    await until(() => expect(asterisk.about(new RegExp(`DELETE channels/amd-${id}`))).toHaveLength(1));
    expect(typesOf(id).includes('leg.machine-detected')).toBe(isMachine);
  });
});
