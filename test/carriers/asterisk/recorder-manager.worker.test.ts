import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayObject } from '../../../src/carriers/asterisk/object.ts';
import type { Instruction } from '../../../src/contracts/carrier.ts';
import { newId } from '../../../src/lib/ids.ts';
import { RecordingObject } from '../../../src/recordings/object/object.ts';
import { hurry } from '../../support/hurry.ts';
import { gatewayObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';
import {
  connectedGateway,
  dial,
  heard,
  perform,
  route,
  stubCalls,
  untilConnected,
  untilHeard,
} from './gateway-harness.ts';

const factsOf = (leg: string) => (heard.get(leg) ?? []).filter(({ type }) => type.startsWith('leg.recorder'));

beforeEach(() => {
  stubCalls();
  vi.spyOn(GatewayObject.prototype, 'prepare').mockImplementation(async () => ({
    parts: [{ media: ['http://x/short'] }],
    failures: [],
  }));
});
afterEach(() => void vi.restoreAllMocks());

/** A leg that was answered, on a gateway of its own, and what its call asks of it. */
async function answeredLeg() {
  const asterisk = await connectedGateway();
  const { id } = await dial([route(asterisk)]);
  await untilHeard(id, 'leg.ringing', 'leg.answered');
  const recording = newId('RE', Date.now());
  let first = 2;
  const performFor = (leg: string, at: number, instructions: Instruction[]) =>
    perform(asterisk, leg, at, ...instructions);
  const tell = async (...instructions: Instruction[]) => {
    await performFor(id, first, instructions);
    first += instructions.length;
  };
  const record = (change: { channels?: 1 | 2; silence?: number; trim?: true } = {}): Instruction => ({
    do: 'record',
    recording,
    order: { source: 'start-verb', channels: 1, ...change },
  });
  const is = (state: 'on' | 'paused' | 'silent' | 'off'): Instruction => ({ do: 'recorder', recording, is: state });
  const live = `recordings/live/done%2F${recording}`;
  const requests = (from = 0) => asterisk.requests.slice(from).map((it) => it.replaceAll(recording, 'RE'));
  const reconnect = async () => {
    asterisk.cut();
    await untilConnected(asterisk, false);
    await asterisk.connect();
    await untilConnected(asterisk);
  };
  return { asterisk, id, recording, tell, performFor, record, is, live, requests, reconnect };
}

describe('a recorder on a gateway', () => {
  it('listens, writes, does what it is told and closes, each as often as it is asked', async () => {
    const { asterisk, id, tell, record, is, requests } = await answeredLeg();
    const before = asterisk.requests.length;
    await tell(record());
    for (const state of ['paused', 'silent', 'on', 'off'] as const) await tell(is(state));
    const live = 'recordings/live/done%2FRE';
    expect(requests(before)).toEqual([
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

  it('says how much it misses when it is opened later than it was ordered, as soon as the recording can be told', async () => {
    const { tell } = await answeredLeg();
    hurry(500);
    const recording = newId('RE', Date.now() - 12_000);
    const report = vi.spyOn(RecordingObject.prototype, 'report').mockResolvedValueOnce(false).mockResolvedValue(true);
    await tell({ do: 'record', recording, order: { source: 'start-verb', channels: 1 } });
    await until(() => expect(report).toHaveBeenCalledTimes(2));
    const [event] = report.mock.calls.at(-1) ?? [];
    expect(event).toMatchObject({ type: 'late', seconds: expect.any(Number) });
    expect(event?.type === 'late' && Math.floor(event.seconds)).toBe(12);
  });

  it('has nothing to say of one that is opened at once', async () => {
    const { tell, record, is } = await answeredLeg();
    const report = vi.spyOn(RecordingObject.prototype, 'report');
    await tell(record(), is('off'));
    expect(report).not.toHaveBeenCalled();
  });

  it('is deaf until it is paused, when it is opened paused', async () => {
    const { asterisk, id, tell, record, is, requests } = await answeredLeg();
    const before = asterisk.requests.length;
    await tell(record({ channels: 2 }), is('paused'));
    const sides = (...both: string[]) =>
      both.flatMap((it) => ['in', 'out'].map((side) => it.replace('RE', `RE.${side}`)));
    const pause = sides('POST recordings/live/done%2FRE/pause', 'DELETE recordings/live/done%2FRE/mute');
    expect(requests(before)).toEqual([
      ...[`POST channels/${id}/snoop`, `POST channels/${id}/snoop`],
      ...sides('POST channels/rec-RE/mute', 'POST channels/rec-RE/record'),
      ...pause,
      ...sides('DELETE channels/rec-RE/mute'),
      ...pause,
    ]);
  });

  it('is paused before anything else is done, however long that takes', async () => {
    const { asterisk, id, tell, record, is, requests } = await answeredLeg();
    await tell(record());
    asterisk.unanswered = /pause$/;
    // How long a gateway may take for an answer.
    hurry(10_000);
    const bridge = { id: `${id}-d1`, home: asterisk.id };
    const told = tell(is('paused'), { do: 'join', bridge, muted: false }).catch(() => undefined);
    await until(() => expect(asterisk.closed).toMatchObject({ code: 4002 }));
    await told;
    expect(asterisk.requestsLike(/addChannel$/)).toEqual([]);
    asterisk.unanswered = undefined;
    await asterisk.connect();
    await until(() => expect(asterisk.requestsLike(/addChannel$/)).toHaveLength(1));
    expect(requests().findLastIndex((it) => it.endsWith('/pause'))).toBeLessThan(
      requests().findIndex((it) => it.endsWith('/addChannel')),
    );
  });

  it('is closed, and its call is told, when it cannot be paused', async () => {
    const { asterisk, id, recording, tell, record, is, live } = await answeredLeg();
    await tell(record());
    asterisk.refusing = { request: /pause$/, status: 500 };
    await tell(is('paused'));
    await until(() => expect(factsOf(id)).toMatchObject([{ recording, reason: 'recorder-broke' }]));
    expect(asterisk.requestsLike(new RegExp(`^POST ${live}/stop`))).toHaveLength(1);
    await until(() => expect(asterisk.channels.has(`rec-${recording}`)).toBe(false));
  });

  it.each([
    ['cannot be listened to', /snoop$/],
    ['cannot be written', /record$/],
    ['cannot be watched for silence', /continue$/],
  ])('is refused when its leg %s', async (_what, request) => {
    const { asterisk, id, recording, tell, record } = await answeredLeg();
    asterisk.refusing = { request, status: 500 };
    await tell(record({ silence: 5 }));
    const failed = { type: 'leg.recorder-failed', recording, reason: 'recorder-refused' };
    await until(() => expect(factsOf(id)).toMatchObject([failed]));
    await until(() => expect([...asterisk.channels.keys()]).toEqual([id]));
  });

  it('does not fail for a leg whose channel is gone already', async () => {
    const { asterisk, id, tell, record, is } = await answeredLeg();
    asterisk.channels.delete(id);
    await tell(record({ silence: 5 }), is('paused'), is('off'));
    await tell({ do: 'hangup' });
    await until(() => expect(heard.get(id)?.at(-1)?.type).toBe('leg.ended'));
    expect(factsOf(id)).toEqual([]);
  });

  it('has broken when it ends while its leg lives, but not when it was closed or the leg has ended', async () => {
    const [broken, closed, ended] = [await answeredLeg(), await answeredLeg(), await answeredLeg()];
    for (const { tell, record } of [broken, closed, ended]) await tell(record({ trim: true }));
    await closed.tell(closed.is('off'));
    ended.asterisk.endRecording(`done/${ended.recording}.trim`);
    ended.asterisk.destroy(ended.id, 16);
    broken.asterisk.endRecording(`done/${broken.recording}.trim`);
    await until(() => expect(factsOf(broken.id)).toMatchObject([{ reason: 'recorder-broke' }]));
    expect([...factsOf(closed.id), ...factsOf(ended.id)]).toEqual([]);
    expect(closed.asterisk.recordings.size).toBe(0);
  });

  it('reports once that nothing was said', async () => {
    const { asterisk, id, recording, tell, record } = await answeredLeg();
    await tell(record({ channels: 2, silence: 5 }));
    const detector = asterisk.channels.get(`silence-${recording}`);
    asterisk.send({ type: 'StasisStart', args: ['silence', 'SILENCE'], channel: detector });
    await until(() => expect(factsOf(id)).toMatchObject([{ type: 'leg.recorder-silent', recording }]));
    await until(() => expect(asterisk.channels.has(`silence-${recording}`)).toBe(false));
    expect(asterisk.recordings.size).toBe(2);
  });

  it('survives an eviction and a lost connection; one that ended meanwhile has broken, and one whose leg is gone goes with it', async () => {
    const [one, two] = [await answeredLeg(), await answeredLeg()];
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
    const three = await answeredLeg();
    await three.tell(three.record());
    three.asterisk.channels.delete(three.id);
    await three.reconnect();
    await until(() => expect(three.asterisk.channels.has(`rec-${three.recording}`)).toBe(false));
    expect(factsOf(three.id)).toEqual([]);
  });

  it('of a bridge records the bridge itself, also when that comes a moment late', async () => {
    const { asterisk, id, recording, tell, performFor, record, is, live } = await answeredLeg();
    const bridge = { id: `${id}-d1`, home: asterisk.id };
    const recorded = performFor(bridge.id, 1, [record({ channels: 2 }), is('paused')]);
    await until(() => expect(asterisk.requestsLike(/record$/).length).toBeGreaterThan(1));
    await tell({ do: 'join', bridge, muted: false });
    await recorded;
    expect(asterisk.recordings).toEqual(new Map([[`done/${recording}`, bridge.id]]));
    expect(asterisk.requestsLike(new RegExp(`POST ${live}/pause`)).length).toBeGreaterThan(0);
    await performFor(bridge.id, 3, [is('off')]);
    expect(asterisk.recordings.size).toBe(0);
    expect(asterisk.requestsLike(/snoop$/)).toEqual([]);
  });
});
