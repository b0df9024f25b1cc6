import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallObject } from '../../../src/calls/object/object.ts';
import { GatewayObject } from '../../../src/carriers/asterisk/object.ts';
import type { Instruction, LegEvent } from '../../../src/contracts/carrier.ts';
import { newId } from '../../../src/lib/ids.ts';
import { hurry } from '../../support/hurry.ts';
import { gatewayObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';
import { NUMBERS, ScriptedAsterisk } from './scripted.ts';

const heard = new Map<string, LegEvent[]>();
const factsOf = (leg: string) => (heard.get(leg) ?? []).filter(({ type }) => type.startsWith('leg.recorder'));

beforeEach(() => {
  vi.spyOn(CallObject.prototype, 'legEvents').mockImplementation(async function (this: CallObject, events) {
    const leg = this.ctx.id.name ?? '';
    heard.set(leg, [...(heard.get(leg) ?? []), ...events]);
  });
  vi.spyOn(GatewayObject.prototype, 'prepare').mockImplementation(async () => ({
    pieces: [{ media: ['http://x/short'] }],
    failures: [],
  }));
});
afterEach(() => void vi.restoreAllMocks());

let gateways = 0;

/** A leg that was answered, on a gateway of its own, and what its call asks of it. */
async function aLeg() {
  const asterisk = new ScriptedAsterisk(`gw-recorder-${++gateways}`);
  await asterisk.connect();
  await until(async () => expect(await asterisk.connected()).toBe(true));
  const id = newId('CA', Date.now());
  const recording = newId('RE', Date.now());
  let first = 1;
  const send = (leg: string, at: number, instructions: Instruction[]) =>
    gatewayObject(env, asterisk.id).perform({ leg, first: at, at: Date.now(), instructions });
  const tell = async (...instructions: Instruction[]) => {
    await send(id, first, instructions);
    first += instructions.length;
  };
  const routes = [{ gateway: asterisk.id, trunk: 'phones', capacity: 10, gatewayCapacity: 100 }];
  await tell({ do: 'dial', to: NUMBERS.answers, from: '+31851234567', routes });
  await until(() => expect(heard.get(id)?.at(-1)?.type).toBe('leg.answered'));
  const record = (change: { channels?: 1 | 2; silence?: number; trim?: true } = {}): Instruction => ({
    do: 'record',
    recording,
    channels: 1,
    ...change,
  });
  const is = (state: 'on' | 'paused' | 'silent' | 'off'): Instruction => ({ do: 'recorder', recording, is: state });
  const live = `recordings/live/done%2F${recording}`;
  const asked = (from = 0) => asterisk.requests.slice(from).map((it) => it.replaceAll(recording, 'RE'));
  const reconnect = async () => {
    asterisk.cut();
    await until(async () => expect(await asterisk.connected()).toBe(false));
    await asterisk.connect();
    await until(async () => expect(await asterisk.connected()).toBe(true));
  };
  return { asterisk, id, recording, tell, send, record, is, live, asked, reconnect };
}

describe('a recorder on a gateway', () => {
  it('listens, writes, does what it is told and clears up, each as often as it is asked', async () => {
    const { asterisk, id, tell, record, is, asked } = await aLeg();
    const before = asterisk.requests.length;
    await tell(record());
    for (const state of ['paused', 'silent', 'on', 'off'] as const) await tell(is(state));
    const live = 'recordings/live/done%2FRE';
    expect(asked(before)).toEqual([
      `POST channels/${id}/snoop`,
      'POST channels/rec-RE/record',
      ...[`POST ${live}/pause`, `DELETE ${live}/mute`],
      ...[`POST ${live}/mute`, `DELETE ${live}/pause`],
      ...[`DELETE ${live}/mute`, `DELETE ${live}/pause`],
      ...[`POST ${live}/stop`, 'DELETE channels/rec-RE'],
    ]);
    await tell(is('paused'), record());
    expect(asterisk.requests).toHaveLength(before + 10);
    expect(factsOf(id)).toEqual([]);
  });

  it('is deaf until it is paused, when it is opened so', async () => {
    const { asterisk, id, tell, record, is, asked } = await aLeg();
    const before = asterisk.requests.length;
    await tell(record({ channels: 2 }), is('paused'));
    const sides = (...requests: string[]) =>
      requests.flatMap((it) => ['in', 'out'].map((side) => it.replace('RE', `RE.${side}`)));
    const pause = sides('POST recordings/live/done%2FRE/pause', 'DELETE recordings/live/done%2FRE/mute');
    expect(asked(before)).toEqual([
      ...[`POST channels/${id}/snoop`, `POST channels/${id}/snoop`],
      ...sides('POST channels/rec-RE/mute', 'POST channels/rec-RE/record'),
      ...pause,
      ...sides('DELETE channels/rec-RE/mute'),
      ...pause,
    ]);
  });

  it('is paused before anything else is done, however long that takes', async () => {
    const { asterisk, id, tell, record, is, asked } = await aLeg();
    await tell(record());
    asterisk.silentAbout = /pause$/;
    // The patience of the gateway's socket.
    hurry(10_000);
    const bridge = { id: `${id}-d1`, home: asterisk.id };
    const told = tell(is('paused'), { do: 'join', bridge, muted: false }).catch(() => undefined);
    await until(() => expect(asterisk.closed).toMatchObject({ code: 4002 }));
    await told;
    expect(asterisk.about(/addChannel$/)).toEqual([]);
    asterisk.silentAbout = undefined;
    await asterisk.connect();
    await until(() => expect(asterisk.about(/addChannel$/)).toHaveLength(1));
    expect(asked().findLastIndex((it) => it.endsWith('/pause'))).toBeLessThan(
      asked().findIndex((it) => it.endsWith('/addChannel')),
    );
  });

  it('is closed, and its call is told, when it cannot be paused', async () => {
    const { asterisk, id, recording, tell, record, is, live } = await aLeg();
    await tell(record());
    asterisk.refusing = { request: /pause$/, status: 500 };
    await tell(is('paused'));
    await until(() => expect(factsOf(id)).toMatchObject([{ recording, reason: 'recorder-broke' }]));
    expect(asterisk.about(new RegExp(`^POST ${live}/stop`))).toHaveLength(1);
    await until(() => expect(asterisk.channels.has(`rec-${recording}`)).toBe(false));
  });

  it.each([
    ['cannot be listened to', /snoop$/],
    ['cannot be written', /record$/],
    ['cannot be watched for silence', /continue$/],
  ])('is refused when its leg %s', async (_what, request) => {
    const { asterisk, id, recording, tell, record } = await aLeg();
    asterisk.refusing = { request, status: 500 };
    await tell(record({ silence: 5 }));
    const failed = { type: 'leg.recorder-failed', recording, reason: 'recorder-refused' };
    await until(() => expect(factsOf(id)).toMatchObject([failed]));
    await until(() => expect([...asterisk.channels.keys()]).toEqual([id]));
  });

  it('of a leg whose channel is gone already is no failure', async () => {
    const { asterisk, id, tell, record, is } = await aLeg();
    asterisk.channels.delete(id);
    await tell(record({ silence: 5 }), is('paused'), is('off'));
    await tell({ do: 'hangup' });
    await until(() => expect(heard.get(id)?.at(-1)?.type).toBe('leg.ended'));
    expect(factsOf(id)).toEqual([]);
  });

  it('has broken when it ends while its leg lives, but not when it was closed or the leg has ended', async () => {
    const [broken, closed, ended] = [await aLeg(), await aLeg(), await aLeg()];
    for (const { tell, record } of [broken, closed, ended]) await tell(record({ trim: true }));
    await closed.tell(closed.is('off'));
    ended.asterisk.endRecording(`done/${ended.recording}.trim`);
    ended.asterisk.destroy(ended.id, 16);
    broken.asterisk.endRecording(`done/${broken.recording}.trim`);
    await until(() => expect(factsOf(broken.id)).toMatchObject([{ reason: 'recorder-broke' }]));
    expect([...factsOf(closed.id), ...factsOf(ended.id)]).toEqual([]);
    expect(closed.asterisk.recordings.size).toBe(0);
  });

  it('tells once that nothing was said', async () => {
    const { asterisk, id, recording, tell, record } = await aLeg();
    await tell(record({ channels: 2, silence: 5 }));
    const detector = asterisk.channels.get(`silence-${recording}`);
    asterisk.tell({ type: 'StasisStart', args: ['silence', 'SILENCE'], channel: detector });
    await until(() => expect(factsOf(id)).toMatchObject([{ type: 'leg.recorder-silent', recording }]));
    await until(() => expect(asterisk.channels.has(`silence-${recording}`)).toBe(false));
    expect(asterisk.recordings.size).toBe(2);
  });

  it('goes on over an eviction and a cut; one that ended meanwhile has broken, and one of a leg that is gone goes, too', async () => {
    const [one, two] = [await aLeg(), await aLeg()];
    for (const { tell, record } of [one, two]) await tell(record());
    await evictDurableObject(gatewayObject(env, one.asterisk.id));
    await one.reconnect();
    expect(one.asterisk.channels.has(`rec-${one.recording}`)).toBe(true);
    await one.tell(one.is('off'));
    expect(one.asterisk.recordings.size).toBe(0);
    expect(factsOf(one.id)).toEqual([]);
    two.asterisk.recordings.clear();
    await two.reconnect();
    await until(() => expect(factsOf(two.id)).toMatchObject([{ reason: 'recorder-broke' }]));
    const three = await aLeg();
    await three.tell(three.record());
    three.asterisk.channels.delete(three.id);
    await three.reconnect();
    await until(() => expect(three.asterisk.channels.has(`rec-${three.recording}`)).toBe(false));
    expect(factsOf(three.id)).toEqual([]);
  });

  it('of a bridge is asked of the bridge, also when that is a moment late', async () => {
    const { asterisk, id, recording, tell, send, record, is, live } = await aLeg();
    const bridge = { id: `${id}-d1`, home: asterisk.id };
    const recorded = send(bridge.id, 1, [record({ channels: 2 }), is('paused')]);
    await until(() => expect(asterisk.about(/record$/).length).toBeGreaterThan(1));
    await tell({ do: 'join', bridge, muted: false });
    await recorded;
    expect(asterisk.recordings).toEqual(new Map([[`done/${recording}`, bridge.id]]));
    expect(asterisk.about(new RegExp(`POST ${live}/pause`)).length).toBeGreaterThan(0);
    await send(bridge.id, 3, [is('off')]);
    expect(asterisk.recordings.size).toBe(0);
    expect(asterisk.about(/snoop$/)).toEqual([]);
  });
});
