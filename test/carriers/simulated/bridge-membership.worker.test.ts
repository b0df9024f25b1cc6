import { evictDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hashKey } from '../../../src/accounts/keys.ts';
import { CallObject } from '../../../src/calls/object/object.ts';
import { SimulatedObject } from '../../../src/carriers/simulated/object.ts';
import { spokenSeconds } from '../../../src/carriers/simulated/prompt-duration.ts';
import type { Instruction, LegEvent, Script } from '../../../src/contracts/carrier.ts';
import { scriptFor } from '../../../src/contracts/script.ts';
import { newId } from '../../../src/lib/ids.ts';
import { callOf, legOf, someFacts } from '../../support/facts.ts';
import { until } from '../../support/until.ts';

const KEYS = { own: 'tf_test_heardheard', live: 'tf_live_heardheard', other: 'tf_test_otherheard' };
const OWN = newId('AC', Date.now());
const OTHER = newId('AC', Date.now());

beforeAll(async () => {
  const key = 'INSERT INTO api_keys VALUES (?, ?, ?, 0, NULL)';
  await env.DB.batch([
    env.DB.prepare("INSERT INTO accounts VALUES (?, 'Heard', '[]', 0)").bind(OWN),
    env.DB.prepare("INSERT INTO accounts VALUES (?, 'Other', '[]', 0)").bind(OTHER),
    env.DB.prepare(key).bind(await hashKey(KEYS.own), OWN, 'test'),
    env.DB.prepare(key).bind(await hashKey(KEYS.live), OWN, 'live'),
    env.DB.prepare(key).bind(await hashKey(KEYS.other), OTHER, 'test'),
  ]);
});
afterEach(() => void vi.restoreAllMocks());

const told = new Map<string, number>();
function tell(leg: string, ...instructions: Instruction[]) {
  const first = (told.get(leg) ?? 0) + 1;
  told.set(leg, first + instructions.length - 1);
  return legOf(leg).perform({ leg, first, at: Date.now(), instructions });
}

const join = (leg: string, bridge: string, part: { muted?: boolean } = {}) =>
  tell(leg, { do: 'join', bridge: { id: bridge }, muted: false, ...part });

const whatOf = async (leg: string) =>
  (await legOf(leg).heard()).map((it) => ('call' in it ? `${it.what} ${it.call}` : it.what));

describe('legs of the simulated network in one bridge', () => {
  const heard = new Map<string, LegEvent[]>();
  const typesOf = (leg: string) => (heard.get(leg) ?? []).map(({ type }) => type);

  beforeEach(() => {
    vi.spyOn(CallObject.prototype, 'legEvents').mockImplementation(async function (this: CallObject, events) {
      const leg = this.ctx.id.name ?? '';
      heard.set(leg, [...(heard.get(leg) ?? []), ...events]);
    });
  });

  async function answered(script: Partial<Script> = {}): Promise<string> {
    const id = newId('CA', Date.now());
    const full = scriptFor('', { answer_after: 0, ...script });
    await tell(id, { do: 'dial', to: '+31201234567', from: '+31851234567', script: full });
    await until(() => expect(typesOf(id)).toContain('leg.answered'));
    return id;
  }

  const evictAll = (...ids: string[]) =>
    Promise.all(ids.map((id) => evictDurableObject(legOf(id)).catch(() => 'it was evicted already')));

  it('know what they heard although they and their bridge are evicted after every step', async () => {
    const [one, two] = [await answered(), await answered({ digits: [{ after: 0.3, digits: '7' }] })];
    const bridge = `${newId('CF', Date.now())}-1`;
    const steps: (() => Promise<unknown>)[] = [
      () => join(one, bridge),
      () => join(two, bridge),
      () => until(() => expect(typesOf(two)).toContain('leg.digit')),
      () => tell(bridge, { do: 'play', playback: `${bridge}-p1`, prompts: [{ tune: 'enter', times: 1 }] }),
      () => tell(two, { do: 'hangup' }),
      () => until(() => expect(typesOf(two)).toContain('leg.ended')),
    ];
    for (const step of steps) {
      await step();
      await evictAll(one, two, bridge);
    }
    const numbers = new Set(heard.get(two)?.map(({ n }) => n));
    expect([...numbers]).toEqual([1, 2, 3, 4]);
    await until(async () => {
      const sounds = await whatOf(one);
      expect(sounds).toEqual(expect.arrayContaining([`voice ${two}`, `digits ${two}`, 'tune']));
      expect((await legOf(one).heard()).find(({ what }) => what === 'voice')?.to).toBeDefined();
    });
    expect(await whatOf(two)).toEqual(expect.arrayContaining([`voice ${one}`, 'tune']));
  });

  it('send their bridge an update again that it did not take, and do not wait meanwhile', async () => {
    const [one, two] = [await answered(), await answered()];
    const bridge = `${newId('CF', Date.now())}-1`;
    const away = vi.spyOn(SimulatedObject.prototype, 'applyBridgeUpdates');
    away.mockRejectedValue(new Error('the bridge is being updated (part of this test)'));
    await join(one, bridge);
    await tell(one, { do: 'play', playback: `${one}-1`, prompts: [{ pause: 0.01 }] });
    await until(() => expect(typesOf(one)).toContain('leg.playback-ended'));
    expect(away).toHaveBeenCalled();
    away.mockRestore();
    await join(two, bridge);
    await until(async () => expect(await whatOf(two)).toContain(`voice ${one}`));
  });

  it('run freely through a whole conference, each in its own time', async () => {
    const [one, two] = [await answered(), await answered()];
    const bridge = `${newId('CF', Date.now())}-1`;
    for (const id of [one, two]) {
      await tell(id, { do: 'run', speed: 20 });
      await join(id, bridge);
    }
    await tell(one, { do: 'play', playback: `${one}-1`, prompts: [{ pause: 10 }] });
    await until(() => expect(typesOf(one)).toContain('leg.playback-ended'));
    await tell(two, { do: 'leave' });
    await until(async () => {
      const voice = (await legOf(one).heard()).find(({ what }) => what === 'voice');
      expect((voice?.to ?? 0) - (voice?.from ?? 0)).toBeGreaterThanOrEqual(10_000);
    });
  });
});

describe('GET /v1/voice/simulator/calls/{call_id}/heard', () => {
  const get = (id: string, key = KEYS.own) =>
    exports.default.fetch(`https://api.test/v1/voice/simulator/calls/${id}/heard`, { headers: { 'x-api-key': key } });

  it('answers what the callee of a call heard', async () => {
    const text = 'Hallo, dit is Telefoon.';
    const script = scriptFor('', { answer_after: 0, speed: 1000 });
    const facts = someFacts({
      accountId: OWN,
      script,
      inline: [{ verb: 'say', text, loop: 1 } as never, { verb: 'hangup' } as never],
    });
    await callOf(facts.id).begin(facts);
    await until(async () => {
      const { heard } = await (await get(facts.id)).json<{ heard: { from: string; to?: string }[] }>();
      expect(heard).toEqual([
        { from: expect.any(String), to: expect.any(String), what: 'say', text, language: 'nl-NL' },
      ]);
      const [{ from, to }] = heard as [{ from: string; to: string }];
      expect((Date.parse(to) - Date.parse(from)) / 1000).toBeCloseTo(spokenSeconds(text));
    });
  });

  it("knows no call of another account's or a live key's, and none that never was", async () => {
    const facts = someFacts({ accountId: OWN });
    await callOf(facts.id).begin(facts);
    const live = someFacts({ accountId: OWN, mode: 'live' });
    await callOf(live.id).begin(live);
    expect((await get(facts.id)).status).toBe(200);
    const refused = [
      await get(facts.id, KEYS.other),
      await get(facts.id, KEYS.live),
      await get(live.id),
      await get(live.id, KEYS.live),
      await get(newId('CA', Date.now())),
      await get('nonsense'),
    ];
    for (const response of refused) {
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'call_not_found' });
    }
  });
});
