import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallObject } from '../../../src/calls/object/object.ts';
import { GatewayObject } from '../../../src/carriers/asterisk/object.ts';
import type { Bridge, BridgeMembership, Instruction, Prompt } from '../../../src/contracts/carrier.ts';
import { newId } from '../../../src/lib/ids.ts';
import { hurry } from '../../support/hurry.ts';
import { gatewayObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';
import { type ContractNetwork, describeBridging, describeCarrier } from '../contract.ts';
import {
  connectedGateway,
  dial,
  heard,
  perform,
  route,
  stubCalls,
  typesOf,
  untilConnected,
  untilHeard,
} from './gateway-harness.ts';
import { NUMBERS, ScriptedAsterisk } from './scripted-asterisk.ts';

beforeEach(() => {
  stubCalls();
  // How audio is made is tested elsewhere: a pause of ten minutes is endless here, everything else short.
  vi.spyOn(GatewayObject.prototype, 'prepare').mockImplementation(async (prompts) => ({
    parts: prompts.map((prompt) => ({
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

let contractGateway: Promise<ScriptedAsterisk> | undefined;

const network = (): ContractNetwork => {
  contractGateway ??= connectedGateway();
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
    reported: (leg) => heard.get(leg) ?? [],
  };
};

describeCarrier('an Asterisk gateway', network);
describeBridging('an Asterisk gateway', network);

describe("a gateway's socket", () => {
  it('has its events filtered before any call', async () => {
    const asterisk = await connectedGateway();
    expect(asterisk.requests.slice(0, 3)).toEqual([
      'GET asterisk/info',
      'PUT applications/telefoon/eventFilter',
      'GET channels',
    ]);
  });

  it('is replaced by a newer one of the same gateway, over which calls go on', async () => {
    const older = await connectedGateway();
    const { id } = await dial([route(older)], NUMBERS['never answers']);
    await untilHeard(id, 'leg.ringing');
    const newer = new ScriptedAsterisk(older.id);
    for (const [channel, it] of older.channels) newer.channels.set(channel, it);
    await newer.connect();
    await until(() => expect(older.closed).toMatchObject({ code: 4001 }));
    await untilConnected(newer);
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

  it('survives frames that are no messages, counts them, and says what was wrong with the last', async () => {
    const asterisk = await connectedGateway();
    for (const garbage of ['', 'x', '{', '[]', 'null', '{"type":1}', '{"type":"RESTResponse"}']) asterisk.send(garbage);
    asterisk.send({ type: 'RESTResponse', request_id: 'nobody', status_code: 200 });
    asterisk.send({ type: 'ChannelDestroyed', channel: { id: 'nobody' } });
    const { id } = await dial([route(asterisk)]);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    const { ignoredFrames, lastError } = await gatewayObject(env, asterisk.id).status();
    expect(ignoredFrames).toBe(8);
    expect(lastError?.message).toBe('an answer was ignored: nobody waited for it');
  });

  it('is closed when a request is not answered in time, and its calls go on when the gateway is back', async () => {
    const asterisk = await connectedGateway();
    const { id } = await dial([route(asterisk)]);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    asterisk.unanswered = /play$/;
    hurry(PATIENCE_MS);
    await perform(asterisk, id, 2, { do: 'play', playback: `${id}-1`, prompts: [{ pause: 0.1 }] });
    await until(() => expect(asterisk.closed).toMatchObject({ code: 4002 }));
    asterisk.unanswered = undefined;
    await asterisk.connect();
    await until(() => expect(typesOf(id).at(-1)).toBe('leg.playback-ended'));
  });
});

describe('a leg on a gateway', () => {
  it('lives on when its object is evicted between any two events', async () => {
    const asterisk = await connectedGateway();
    const evict = () => evictDurableObject(gatewayObject(env, asterisk.id)).catch(() => undefined);
    const { id } = await dial([route(asterisk)], NUMBERS['never answers']);
    await untilHeard(id, 'leg.ringing');
    await evict();
    asterisk.answer(id);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    await evict();
    await perform(asterisk, id, 2, { do: 'play', playback: `${id}-1`, prompts: [{ pause: 600 }] });
    await until(() => expect(asterisk.requestsLike(/play$/)).toHaveLength(1));
    await evict();
    await perform(asterisk, id, 3, { do: 'stop', playback: `${id}-1` });
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.playback-ended');
    await evict();
    asterisk.destroy(id, 16);
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.playback-ended', 'leg.ended');
    const numbers = heard.get(id)?.map(({ n }) => n ?? 0) ?? [];
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  it('has heard a playback only where all of it was made ready, accepted and played to its end', async () => {
    const asterisk = await connectedGateway();
    const { id } = await dial([route(asterisk)]);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    const ends = () => (heard.get(id) ?? []).filter(({ type }) => type === 'leg.playback-ended');
    const play = async (n: number, prompts: Prompt[] = [{ pause: 0.1 }]) => {
      await perform(asterisk, id, n + 1, { do: 'play', playback: `${id}-${n}`, prompts });
      await until(() => expect(ends()).toHaveLength(n));
      return ends().at(-1);
    };
    expect(await play(1)).not.toHaveProperty('unheard');
    asterisk.refusing = { request: /play$/, status: 500 };
    expect(await play(2)).toMatchObject({ unheard: true });
    asterisk.refusing = undefined;
    const failure = { type: 'leg.prompt-failed', code: 'speech_unavailable' } as const;
    vi.mocked(GatewayObject.prototype.prepare).mockResolvedValueOnce({ parts: [], failures: [failure] });
    expect(await play(3)).toMatchObject({ unheard: true });
    const parts = [{ media: ['https://x.example/a.wav'] }];
    vi.mocked(GatewayObject.prototype.prepare).mockResolvedValueOnce({ parts, failures: [failure] });
    expect(await play(4)).toMatchObject({ unheard: true });
    vi.mocked(GatewayObject.prototype.prepare).mockRejectedValueOnce(new Error('no media (part of this test)'));
    expect(await play(5)).toMatchObject({ unheard: true });
    expect(await play(6)).not.toHaveProperty('unheard');
  });

  it('has its prompts prepared for the codec that was agreed on, also those prepared while the next call rings', async () => {
    const asterisk = await connectedGateway();
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
      await perform(asterisk, id, 1, { do: 'dial', ...call });
      await untilHeard(id, 'leg.ringing', 'leg.answered');
      await evictDurableObject(gatewayObject(env, asterisk.id)).catch(() => undefined);
      await perform(asterisk, id, 2, { do: 'play', playback: `${id}-1`, prompts });
      await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.playback-ended');
      expect(rates()).toEqual(wanted);
    }
  });

  it('tells its call again what that did not accept', async () => {
    const asterisk = await connectedGateway();
    vi.mocked(CallObject.prototype.legEvents).mockRejectedValueOnce(new Error('being updated (part of this test)'));
    const { id } = await dial([route(asterisk)], NUMBERS['presses 1 and hangs up']);
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.digit', 'leg.ended');
  });

  it('goes to the next trunk when one is congested, and to another gateway after that', async () => {
    const [one, two] = [await connectedGateway(), await connectedGateway()];
    one.congested = ['a', 'b'];
    const { id, result } = await dial([route(one, 'a'), route(one, 'b'), route(two, 'c')]);
    expect(result.ok).toBe(true);
    await untilHeard(id, 'leg.ringing', 'leg.answered');
    expect(one.requestsLike(/^POST channels$/)).toHaveLength(2);
    expect(two.requestsLike(/^POST channels$/)).toHaveLength(1);
    await perform(one, id, 2, { do: 'hangup' });
    await untilHeard(id, 'leg.ringing', 'leg.answered', 'leg.ended');
  });

  it('ends as congested when every trunk is, and is refused when all are full or no gateway is connected', async () => {
    const asterisk = await connectedGateway();
    asterisk.congested = ['a', 'b'];
    const { id } = await dial([route(asterisk, 'a'), route(asterisk, 'b')]);
    await untilHeard(id, 'leg.ended');
    expect(heard.get(id)?.at(-1)).toMatchObject({ cause: 'congestion' });
    expect((await dial([route(asterisk, 'c', 0)])).result).toEqual({ ok: false, refusal: 'congestion' });
    expect((await dial([route({ id: 'gw-nowhere' })])).result).toEqual({ ok: false, refusal: 'no-gateway' });
  });

  it('does not ring a phone twice when the response to its dial was lost', async () => {
    const asterisk = await connectedGateway();
    const { id } = await dial([route(asterisk)], NUMBERS['never answers']);
    await evictDurableObject(gatewayObject(env, asterisk.id)).catch(() => undefined);
    const routes = [route(asterisk)];
    const again: Instruction = { do: 'dial', to: NUMBERS['never answers'], from: '+31851234567', routes };
    expect(await perform(asterisk, id, 1, again)).toMatchObject({ ok: true });
    expect(asterisk.requestsLike(/^POST channels$/)).toHaveLength(1);
  });
});

describe('a gateway that comes back', () => {
  it('ends calls whose channel is gone, reports what was missed, hangs up calls that have ended, and keeps the others', async () => {
    const asterisk = await connectedGateway();
    const ids = await Promise.all([0, 1, 2].map(() => dial([route(asterisk)], NUMBERS['never answers'])));
    const [gone, answered, over] = ids.map(({ id }) => id) as [string, string, string];
    for (const { id } of ids) await untilHeard(id, 'leg.ringing');
    asterisk.cut();
    await untilConnected(asterisk, false);
    asterisk.channels.delete(gone);
    const channel = asterisk.channels.get(answered);
    if (channel) channel.state = 'Up';
    await perform(asterisk, over, 2, { do: 'hangup' });
    await asterisk.connect();
    await untilHeard(gone, 'leg.ringing', 'leg.ended');
    expect(heard.get(gone)?.at(-1)).toMatchObject({ cause: 'network-failure' });
    await untilHeard(answered, 'leg.ringing', 'leg.answered');
    await untilHeard(over, 'leg.ringing', 'leg.ended');
    asterisk.press(answered, '5');
    await untilHeard(answered, 'leg.ringing', 'leg.answered', 'leg.digit');
  });

  it('keeps a channel that no call has for some seconds, then hangs it up', async () => {
    // Far in the future, so that no alarm fires by itself.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2100-01-01T12:00:00Z') });
    const asterisk = new ScriptedAsterisk('gw-stranger');
    asterisk.channels.set('1.2', { id: '1.2', name: 'PJSIP/phones-9', state: 'Up' });
    await asterisk.connect();
    await untilConnected(asterisk);
    const later = async (milliseconds: number) => {
      vi.setSystemTime(Date.now() + milliseconds);
      await runDurableObjectAlarm(gatewayObject(env, asterisk.id));
    };
    await later(14_000);
    expect(asterisk.requestsLike(/DELETE/)).toEqual([]);
    await later(1001);
    expect(asterisk.requestsLike(/DELETE/)).toEqual(['DELETE channels/1.2']);
  });
});

describe('the bridges of a gateway', () => {
  const join = (
    home: ScriptedAsterisk,
    leg: string,
    first: number,
    bridge: Bridge,
    membership: Partial<BridgeMembership> = {},
  ) => perform(home, leg, first, { do: 'join', bridge, muted: false, ...membership });
  async function twoInABridge(asterisk: ScriptedAsterisk) {
    const legs = [await dial([route(asterisk)]), await dial([route(asterisk)])].map(({ id }) => id);
    const bridge = { id: `${legs[0]}-d1`, home: asterisk.id };
    for (const leg of legs) await join(asterisk, leg, 2, bridge);
    await until(() => expect([...(asterisk.bridges.get(bridge.id) ?? [])].sort()).toEqual([...legs].sort()));
    return { legs: legs as [string, string], bridge };
  }
  const fact = (leg: string, type: string) => (heard.get(leg) ?? []).find((event) => event.type === type);

  it('are made when the first leg joins and deleted with the last, also when its phone hangs up', async () => {
    const asterisk = await connectedGateway();
    const { legs, bridge } = await twoInABridge(asterisk);
    expect(asterisk.requestsLike(new RegExp(`^DELETE bridges/${bridge.id}`))).toEqual([]);
    await perform(asterisk, legs[0], 3, { do: 'leave' });
    asterisk.destroy(legs[1], 16);
    await until(() => expect(asterisk.bridges.has(bridge.id)).toBe(false));
  });

  it('are placed by the gateway that a call reports with its answer', async () => {
    const asterisk = await connectedGateway();
    const { legs } = await twoInABridge(asterisk);
    expect(fact(legs[0], 'leg.answered')).toMatchObject({ gateway: asterisk.id });
  });

  it('let a coach whisper to one leg, and lose what that took when the coach hangs up', async () => {
    const asterisk = await connectedGateway();
    const { legs, bridge } = await twoInABridge(asterisk);
    const { id: coach } = await dial([route(asterisk)]);
    await join(asterisk, coach, 2, bridge, { coaches: legs[0] });
    await until(() => expect(asterisk.requestsLike(new RegExp(`POST channels/${legs[0]}/snoop`))).toHaveLength(1));
    expect(asterisk.bridges.get(bridge.id)?.has(coach)).toBe(false);
    asterisk.destroy(coach, 16);
    await until(() => expect(asterisk.requestsLike(new RegExp(`DELETE channels/coach-${coach}`))).toHaveLength(1));
    expect([...asterisk.bridges.keys()]).toEqual([bridge.id]);
  });

  it('have what one leg alone is to hear whispered to it, by a channel that is hung up afterwards', async () => {
    const asterisk = await connectedGateway();
    const { legs } = await twoInABridge(asterisk);
    const playback = `${legs[0]}-1`;
    await perform(asterisk, legs[0], 3, { do: 'play', playback, prompts: [{ pause: 1 }] });
    await until(() => expect(fact(legs[0], 'leg.playback-ended')).toMatchObject({ playback }));
    expect(asterisk.requestsLike(new RegExp(`POST channels/${playback}/play`))).toHaveLength(1);
    await until(() => expect(asterisk.requestsLike(new RegExp(`DELETE channels/${playback}$`))).toHaveLength(1));
  });

  it('are compared after a lost connection: a leg that fell out is reported, a bridge without legs is deleted', async () => {
    const asterisk = await connectedGateway();
    const { legs, bridge } = await twoInABridge(asterisk);
    asterisk.cut();
    asterisk.bridges.get(bridge.id)?.delete(legs[1]);
    asterisk.bridges.set('CA0-d9', new Set());
    asterisk.channels.set('coach-CA0', { id: 'coach-CA0', name: 'Snoop/coach', state: 'Up' });
    await asterisk.connect();
    await until(() => expect(fact(legs[1], 'leg.left')).toMatchObject({ bridge: bridge.id }));
    await until(() => expect(asterisk.bridges.has('CA0-d9')).toBe(false));
    expect(asterisk.requestsLike(/DELETE channels\/coach-CA0/)).toHaveLength(1);
    expect(fact(legs[0], 'leg.left')).toBeUndefined();
  });

  it('survive the eviction of the object', async () => {
    const asterisk = await connectedGateway();
    const { legs, bridge } = await twoInABridge(asterisk);
    await evictDurableObject(gatewayObject(env, asterisk.id));
    await join(asterisk, legs[0], 3, bridge, { muted: true });
    await until(() => expect(asterisk.requestsLike(new RegExp(`POST channels/${legs[0]}/mute`))).toHaveLength(1));
    expect(asterisk.bridges.get(bridge.id)?.size).toBe(2);
  });

  it('of another gateway are reached by a call to it, under a name that it was told before', async () => {
    const [home, other] = [await connectedGateway(), await connectedGateway()];
    const { id: near } = await dial([route(home)]);
    const { id: far } = await dial([route(other)]);
    const bridge = { id: `${near}-d1`, home: home.id };
    await join(home, near, 2, bridge);
    await join(other, far, 2, bridge);
    await until(() => expect([...other.channels.keys()].filter((id) => id.startsWith('meet'))).toHaveLength(1));
    const link = [...other.channels.keys()].find((id) => id.startsWith('meet')) ?? '';
    home.channels.set('1.9', { id: '1.9', name: 'PJSIP/gateway-1', state: 'Ring' });
    home.send({ type: 'StasisStart', args: ['link', link], channel: home.channels.get('1.9') });
    other.send({ type: 'StasisStart', args: ['link', link], channel: other.channels.get(link) });
    await until(() => expect([...(home.bridges.get(bridge.id) ?? [])].sort()).toEqual(['1.9', near].sort()));
    await until(() => expect([...(other.bridges.get(bridge.id) ?? [])].sort()).toEqual([far, link].sort()));
    other.destroy(link, 16);
    await until(() => expect(fact(far, 'leg.left')).toMatchObject({ bridge: bridge.id }));
  });

  it('let in no call under a name that was never told', async () => {
    const asterisk = await connectedGateway();
    asterisk.channels.set('1.9', { id: '1.9', name: 'PJSIP/gateway-1', state: 'Ring' });
    asterisk.send({ type: 'StasisStart', args: ['link', 'meetme'], channel: asterisk.channels.get('1.9') });
    await until(() => expect(asterisk.requestsLike(/DELETE channels\/1\.9/)).toHaveLength(1));
  });
});

describe('the detection of an answering machine', () => {
  it.each([
    ['MACHINE', 'LONGGREETING', true],
    ['MACHINE', 'INITIALSILENCE', false],
    ['HUMAN', 'HUMAN', false],
    ['NOTSURE', 'TOOLONG', false],
  ])('with the result %s, because of %s, reports a machine: %s', async (status, cause, isMachine) => {
    const asterisk = await connectedGateway();
    const { id } = await dial([route(asterisk)]);
    await perform(asterisk, id, 2, { do: 'detect-machine' });
    await until(() => expect(asterisk.requestsLike(new RegExp(`POST channels/amd-${id}/continue`))).toHaveLength(1));
    asterisk.send({
      type: 'StasisStart',
      args: ['machine', status, cause],
      channel: asterisk.channels.get(`amd-${id}`),
    });
    await until(() => expect(asterisk.requestsLike(new RegExp(`DELETE channels/amd-${id}`))).toHaveLength(1));
    expect(typesOf(id).includes('leg.machine-detected')).toBe(isMachine);
  });
});
