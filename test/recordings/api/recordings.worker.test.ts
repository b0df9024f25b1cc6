import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { hashKey } from '../../../src/accounts/keys.ts';
import type { NewRecording } from '../../../src/contracts/recording.ts';
import { sha256Hex } from '../../../src/lib/hex.ts';
import { newId } from '../../../src/lib/ids.ts';
import { wavHeader } from '../../../src/lib/wav.ts';
import type { RecordingObject } from '../../../src/recordings/object/object.ts';
import { overdueRecordings } from '../../../src/recordings/store/queries.ts';
import { expireRecordings } from '../../../src/retention-job/expire-recordings.ts';
import { aCustomer } from '../../support/customer.ts';
import { ACCOUNT } from '../../support/facts.ts';
import { recordingObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';
import { someRecording } from '../facts.ts';

const KEY = 'tf_live_recordings';
const STRANGERS = ['tf_test_recordings', 'tf_live_stranger'];
const GATEWAY = { id: 'gw-recordings', token: 'tf_gateway_recordings' };
const OTHER = 'AC00000000000070008000000000000002';

beforeAll(async () => {
  const account = "INSERT OR IGNORE INTO accounts VALUES (?, 'x', ?, 0)";
  const key = 'INSERT INTO api_keys VALUES (?, ?, ?, 0, NULL)';
  await env.DB.batch([
    env.DB.prepare(account).bind(ACCOUNT, '["whsec_dGVsZWZvb24="]'),
    env.DB.prepare(account).bind(OTHER, '["whsec_dGVsZWZvb24="]'),
    env.DB.prepare(key).bind(await hashKey(KEY), ACCOUNT, 'live'),
    env.DB.prepare(key).bind(await hashKey('tf_test_recordings'), ACCOUNT, 'test'),
    env.DB.prepare(key).bind(await hashKey('tf_live_stranger'), OTHER, 'live'),
    env.DB.prepare("INSERT INTO gateways VALUES (?, ?, 'eu', 10, 0)").bind(GATEWAY.id, await hashKey(GATEWAY.token)),
  ]);
});
afterEach(() => void vi.restoreAllMocks());

const objectOf = (id: string) => recordingObject(env, id);
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', key = KEY) =>
  exports.default.fetch(`https://api.test/v1/voice${path}`, { method, headers: { 'x-api-key': key, ...headers } });

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 7) % 251);

interface Sent {
  token?: string;
  sha256?: string;
  length?: number;
  query?: string;
}

/** The answer to a gateway's upload; nothing of it is right or wrong unless the test says so. */
async function put(id: string, format: string, bytes: Uint8Array, sent: Sent = {}): Promise<Response> {
  const { token = GATEWAY.token, sha256 = await sha256Hex(bytes), length = bytes.length, query = '' } = sent;
  return exports.default.fetch(`https://api.test/v1/gateway/recordings/${id}/${format}${query}`, {
    method: 'PUT',
    headers: {
      authorization: `Basic ${btoa(`${GATEWAY.id}:${token}`)}`,
      'content-length': String(length),
      'x-content-sha256': sha256,
    },
    body: new Blob([bytes as Uint8Array<ArrayBuffer>]).stream(),
  });
}

const WAV = Uint8Array.of(...wavHeader({ frames: 16_000, channels: 1, rate: 8000 }), ...bytesOf(32_000));
const MP3 = Uint8Array.of(0xff, 0xf3, ...bytesOf(4998));

async function aRecording(facts: Partial<NewRecording> = {}): Promise<string> {
  const recording = someRecording({ mode: 'live', gateway: GATEWAY.id, ...facts });
  await objectOf(recording.id).begin(recording);
  return recording.id;
}

async function aStopped(facts: Partial<NewRecording> = {}): Promise<string> {
  const id = await aRecording(facts);
  await objectOf(id).report({ type: 'stopped', at: Date.now() });
  return id;
}

async function aCompleted(facts: Partial<NewRecording> = {}): Promise<string> {
  const id = await aStopped(facts);
  expect([(await put(id, 'wav', WAV)).status, (await put(id, 'mp3', MP3)).status]).toEqual([201, 201]);
  return id;
}

/** What the customer was told of this recording. A repeat counts once: an eviction may forget that it was delivered. */
const told = ({ posted }: ReturnType<typeof aCustomer>, of: string) => [
  ...new Map(posted.filter(({ id }) => id.startsWith(`${of}-`)).map(({ id, type }) => [id, type])).values(),
];

const storedOf = async (id: string) =>
  (await env.RECORDINGS.list({ prefix: `${id}/` })).objects.map(({ size }) => size);
const viewOf = async (id: string) => (await ask(`/recordings/${id}`)).json<Record<string, unknown>>();
const untilCopied = (id: string, status: string) =>
  until(async () => {
    const row = await env.DB.prepare('SELECT status FROM recordings WHERE id = ?').bind(id).first();
    expect(row).toEqual({ status });
  });

describe('an upload', () => {
  it('of a recording on the simulated network is none that a gateway could bring, running or over', async () => {
    const simulated = { mode: 'test', accountId: 'AC0000000000007000800000000000000f' } as const;
    for (const id of [await aRecording(simulated), await aStopped(simulated)]) {
      expect((await put(id, 'wav', WAV)).status).toBe(404);
      expect(await storedOf(id)).toEqual([]);
    }
  });

  it.each([
    ['wav', new TextEncoder().encode('garbage-not-a-wav')],
    ['wav', MP3],
    ['wav', Uint8Array.of(...wavHeader({ frames: 8, channels: 1, rate: 44_100 }), ...bytesOf(16))],
    ['mp3', WAV],
    ['mp3', bytesOf(500)],
  ])('as %s of what is none is refused, and nothing of it is stored (%#)', async (format, bytes) => {
    const id = await aStopped();
    const refused = await put(id, format, bytes);
    expect([refused.status, (await refused.json<{ code: string }>()).code]).toEqual([422, 'upload_not_audio']);
    expect(await storedOf(id)).toEqual([]);
    expect((await put(id, format, format === 'wav' ? WAV : MP3)).status).toBe(201);
  });

  it('of both files completes the recording, which tells its length and its sizes', async () => {
    const customer = aCustomer();
    const id = await aCompleted();
    expect(await viewOf(id)).toMatchObject({ status: 'completed', duration: 2, wav_bytes: 32_044, mp3_bytes: 5000 });
    await until(() => expect(told(customer, id)).toEqual(['recording.completed']));
    expect(customer.posted.find((it) => it.id === `${id}-1`)).toMatchObject({
      data: { id, status: 'completed', duration: 2 },
    });
  });

  it('may be sent again, before and after the recording is complete', async () => {
    aCustomer();
    const id = await aStopped();
    const statuses = [];
    for (const [format, bytes] of [
      ['wav', WAV],
      ['wav', WAV],
      ['mp3', MP3],
      ['wav', WAV],
    ] as const) {
      statuses.push((await put(id, format, bytes)).status);
    }
    expect(statuses).toEqual([201, 200, 201, 200]);
  });

  it('comes to the same when the object is evicted between all of it', async () => {
    const customer = aCustomer();
    const id = newId('RE', Date.now());
    const steps = [
      () => objectOf(id).begin(someRecording({ id, mode: 'live', gateway: GATEWAY.id })),
      () => objectOf(id).report({ type: 'paused', at: Date.now() }),
      () => objectOf(id).report({ type: 'resumed', at: Date.now() }),
      () => objectOf(id).report({ type: 'stopped', at: Date.now() }),
      () => put(id, 'wav', WAV),
      () => put(id, 'mp3', MP3),
    ];
    for (const step of steps) {
      await step();
      await evictDurableObject(objectOf(id));
    }
    await untilCopied(id, 'completed');
    await until(() => expect(told(customer, id)).toEqual(['recording.completed']));
  });

  it('with a wrong checksum stores nothing, and leaves what was stored', async () => {
    const id = await aStopped();
    const answer = await put(id, 'wav', WAV, { sha256: 'f'.repeat(64) });
    expect([answer.status, await answer.json()]).toMatchObject([422, { code: 'upload_damaged' }]);
    expect(await storedOf(id)).toEqual([]);
    await put(id, 'wav', WAV);
    await put(id, 'wav', WAV.slice(0, 77), { sha256: 'f'.repeat(64) });
    expect(await storedOf(id)).toEqual([WAV.length]);
  });

  it.each([
    ['ends early', WAV.length + 1],
    ['is longer than announced', WAV.length - 1],
  ])('whose body %s stores nothing', async (_what, length) => {
    const id = await aStopped();
    const answer = await put(id, 'wav', WAV, { length });
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'upload_cut' }]);
    expect(await storedOf(id)).toEqual([]);
    expect(await viewOf(id)).toMatchObject({ status: 'uploading' });
  });

  it('is taken in pieces, in any order, and read as one file', async () => {
    aCustomer();
    const id = await aStopped();
    await put(id, 'mp3', MP3);
    const statuses = [];
    for (const n of [3, 1, 3, 2]) {
      const piece = WAV.slice((n - 1) * 15_000, n * 15_000);
      statuses.push((await put(id, 'wav', piece, { query: `?part=${n}&parts=3` })).status);
    }
    expect(statuses).toEqual([201, 201, 200, 201]);
    expect(await viewOf(id)).toMatchObject({ status: 'completed', duration: 2 });
    expect(new Uint8Array(await (await ask(`/recordings/${id}.wav`)).arrayBuffer())).toEqual(WAV);
    const across = await ask(`/recordings/${id}.wav`, { range: 'bytes=14990-30010' });
    expect([across.status, across.headers.get('content-range')]).toEqual([206, 'bytes 14990-30010/32044']);
    expect(new Uint8Array(await across.arrayBuffer())).toEqual(WAV.slice(14_990, 30_011));
  });

  it.each([
    ['a wrong token', 401, { token: 'tf_gateway_other' }],
    ['a length over the limit', 413, { length: 100_000_001 }],
    ['no length', 411, { length: Number.NaN }],
    ['a checksum that is none', 422, { sha256: 'abc' }],
    ['a piece that is none', 422, { query: '?part=3&parts=2' }],
  ])('with %s is refused', async (_what, status, sent) => {
    const id = await aStopped();
    expect((await put(id, 'wav', WAV, sent)).status).toBe(status);
    expect(await storedOf(id)).toEqual([]);
  });

  it('of a recording that never began, or that is another gateway’s, is unknown and leaves no object', async () => {
    const never = newId('RE', Date.now());
    const another = await aStopped({ gateway: 'gw-another' });
    for (const id of [never, another, 'RE123', `${never}0`]) {
      expect((await put(id, 'wav', WAV)).status, id).toBe(404);
    }
    expect((await put(another, 'ogg', WAV)).status).toBe(404);
    await runInDurableObject(objectOf(never), async (_object: RecordingObject, state) => {
      expect(state.storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table'").toArray()).toEqual([]);
    });
  });

  it('comes too late for one that was deleted, also when that happens while it is under way', async () => {
    aCustomer();
    const id = await aStopped();
    await put(id, 'mp3', MP3);
    const keep = env.RECORDINGS.put.bind(env.RECORDINGS);
    vi.spyOn(env.RECORDINGS, 'put').mockImplementationOnce(async (...args: Parameters<typeof keep>) => {
      await objectOf(id).remove({ accountId: ACCOUNT, mode: 'live' });
      return await keep(...args);
    });
    expect((await put(id, 'wav', WAV)).status).toBe(410);
    expect((await put(id, 'wav', WAV)).status).toBe(410);
    expect(await storedOf(id)).toEqual([]);
  });

  it('answers 503 while the bucket is away, and the next one succeeds', async () => {
    aCustomer();
    const id = await aStopped();
    vi.spyOn(env.RECORDINGS, 'put').mockRejectedValueOnce(new Error('R2 is away (part of this test)'));
    vi.spyOn(env.RECORDINGS, 'head').mockRejectedValueOnce(new Error('R2 is away (part of this test)'));
    expect((await put(id, 'wav', WAV)).status).toBe(503);
    expect((await put(id, 'wav', WAV)).status).toBe(201);
  });
});

describe('a recording', () => {
  it('whose audio does not come within a day has failed', async () => {
    const customer = aCustomer();
    const id = await aStopped();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_001 });
    await runDurableObjectAlarm(objectOf(id));
    vi.useRealTimers();
    expect(await viewOf(id)).toMatchObject({ status: 'failed', failure_reason: 'upload-missing' });
    await until(() => expect(told(customer, id)).toEqual(['recording.failed']));
    expect((await put(id, 'wav', WAV)).status).toBe(410);
  });

  it('is told of when it begins only if that was asked for', async () => {
    const customer = aCustomer();
    const id = await aRecording({ statusEvents: ['in-progress', 'failed'] });
    await objectOf(id).begin(someRecording({ id }));
    await objectOf(id).report({ type: 'failed', at: Date.now(), reason: 'disk-full' });
    await until(() => expect(told(customer, id)).toEqual(['recording.in-progress', 'recording.failed']));
    expect(customer.posted.find((it) => it.id === `${id}-2`)).toMatchObject({ data: { failure_reason: 'disk-full' } });
  });

  it('goes on without the database, and its copy is written later', async () => {
    aCustomer();
    await env.DB.exec('ALTER TABLE recordings RENAME TO recordings_away');
    const id = await aCompleted();
    await env.DB.exec('ALTER TABLE recordings_away RENAME TO recordings');
    await untilCopied(id, 'completed');
  });

  it('that is deleted has no audio from that moment on, and its row says little', async () => {
    const customer = aCustomer();
    const id = await aCompleted();
    expect((await ask(`/recordings/${id}`, {}, 'DELETE')).status).toBe(204);
    expect(await storedOf(id)).toEqual([]);
    expect((await ask(`/recordings/${id}.wav`)).status).toBe(410);
    expect((await ask(`/recordings/${id}`, {}, 'DELETE')).status).toBe(204);
    const view = await viewOf(id);
    expect(view).toMatchObject({ status: 'deleted', duration: 2 });
    expect(view).not.toHaveProperty('wav_bytes');
    await until(() => expect(told(customer, id)).toEqual(['recording.completed', 'recording.deleted']));
    await untilCopied(id, 'deleted');
  });

  it('that is deleted is looked after once more, for what an upload left that nobody heard of', async () => {
    aCustomer();
    const id = await aCompleted();
    await objectOf(id).remove({ accountId: ACCOUNT, mode: 'live' });
    await env.RECORDINGS.put(`${id}/wav-1-of-1`, 'late');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_001 });
    await runDurableObjectAlarm(objectOf(id));
    vi.useRealTimers();
    expect(await storedOf(id)).toEqual([]);
  });

  it('that is deleted while the bucket is away cannot be heard, and is erased later', async () => {
    aCustomer();
    const id = await aCompleted();
    vi.spyOn(env.RECORDINGS, 'list').mockRejectedValueOnce(new Error('R2 is away (part of this test)'));
    expect((await ask(`/recordings/${id}`, {}, 'DELETE')).status).toBe(204);
    expect((await ask(`/recordings/${id}.mp3`)).status).toBe(410);
    await until(async () => expect(await storedOf(id)).toEqual([]));
  });

  it('whose retention is over is found, and expires', async () => {
    const customer = aCustomer();
    const id = await aCompleted({ expiresAt: 1000 });
    await untilCopied(id, 'completed');
    expect(await overdueRecordings(env.DB, 1000, 10)).toEqual([id]);
    expect(await overdueRecordings(env.DB, 999, 10)).toEqual([]);
    expect(await expireRecordings(env as unknown as Env, 1000, 10)).toBe(1);
    expect(await storedOf(id)).toEqual([]);
    await untilCopied(id, 'expired');
    expect(await overdueRecordings(env.DB, 1000, 10)).toEqual([]);
    await until(() => expect(told(customer, id)).toEqual(['recording.completed', 'recording.expired']));
  });

  it('that runs cannot be deleted, nor heard', async () => {
    const id = await aRecording();
    expect((await ask(`/recordings/${id}`, {}, 'DELETE')).status).toBe(409);
    expect((await ask(`/recordings/${id}.wav`)).status).toBe(409);
  });

  it('is nothing to another account or a key of the other kind', async () => {
    aCustomer();
    const id = await aCompleted();
    for (const key of STRANGERS) {
      for (const [method, path] of [
        ['GET', `/recordings/${id}`],
        ['GET', `/recordings/${id}.wav`],
        ['HEAD', `/recordings/${id}.mp3`],
        ['DELETE', `/recordings/${id}`],
      ] as const) {
        expect((await ask(path, {}, method, key)).status, `${key} ${method} ${path}`).toBe(404);
      }
      const list = await ask(`/recordings?page_size=100`, {}, 'GET', key);
      expect(await list.json()).toMatchObject({ recordings: [], total: 0 });
    }
    expect(await storedOf(id)).toHaveLength(2);
  });
});

describe('the audio', () => {
  it('is whole, named, not to be kept on the way, and known by its ETag', async () => {
    aCustomer();
    const id = await aCompleted();
    const answer = await ask(`/recordings/${id}.wav`);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'audio/wav',
      'content-length': '32044',
      'content-disposition': `attachment; filename="${id}.wav"`,
      'cache-control': 'private, no-store',
      'accept-ranges': 'bytes',
    });
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(WAV);
    const etag = answer.headers.get('etag') ?? '';
    expect((await ask(`/recordings/${id}.wav`, { 'if-none-match': `"x", W/${etag}` })).status).toBe(304);
    expect((await ask(`/recordings/${id}.mp3`)).headers.get('etag')).not.toBe(etag);
    for (const [match, status] of [
      [etag, 206],
      ['"x"', 200],
    ] as const) {
      const part = await ask(`/recordings/${id}.wav`, { range: 'bytes=0-1', 'if-range': match });
      expect(part.status).toBe(status);
      await part.body?.cancel();
    }
  });

  it('is given in ranges, and nothing behind its end', async () => {
    aCustomer();
    const id = await aCompleted();
    const part = await ask(`/recordings/${id}.mp3`, { range: 'bytes=-100' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 4900-4999/5000']);
    expect(part.headers.get('content-length')).toBe('100');
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(MP3.slice(4900));
    const behind = await ask(`/recordings/${id}.mp3`, { range: 'bytes=5000-' });
    expect([behind.status, behind.headers.get('content-range')]).toEqual([416, 'bytes */5000']);
  });

  it('is gone, not wrong, when the bucket has lost it', async () => {
    aCustomer();
    const id = await aCompleted();
    const { objects } = await env.RECORDINGS.list({ prefix: `${id}/` });
    await env.RECORDINGS.delete(objects.map(({ key }) => key));
    expect((await ask(`/recordings/${id}.wav`)).status).toBe(410);
  });
});

describe('the list', () => {
  it('is filtered by call, conference, status and time, newest first, with totals and pages', async () => {
    aCustomer();
    const DAY = Date.parse('2031-05-01T00:00:00Z');
    const callId = newId('CA', DAY);
    const ids: string[] = [];
    for (const hour of [1, 5, 30]) {
      const id = newId('RE', DAY + hour * 3_600_000);
      ids.unshift(
        await aStopped(hour === 5 ? { id, conferenceId: 'CFx', callId: undefined as never } : { id, callId }),
      );
    }
    const [newest = '', middle = '', oldest = ''] = ids;
    await objectOf(oldest).report({ type: 'failed', at: DAY, reason: 'disk-full' });
    for (const id of [newest, middle]) await untilCopied(id, 'uploading');
    await untilCopied(oldest, 'failed');
    const list = async (query: string) => {
      const body = await (await ask(`/recordings?created_after=2031-05-01&${query}`)).json<{
        recordings: { id: string }[];
        total: number;
        next?: string;
      }>();
      return { ids: body.recordings.map(({ id }) => id), total: body.total, next: body.next };
    };
    expect(await list('')).toEqual({ ids, total: 3, next: undefined });
    expect(await list('page_size=2')).toEqual({ ids: [newest, middle], total: 3, next: middle });
    expect(await list(`page_size=2&cursor=${middle}`)).toEqual({ ids: [oldest], total: 3, next: undefined });
    expect(await list('page_size=2&page=2')).toMatchObject({ ids: [oldest] });
    expect(await list(`call_id=${callId}`)).toMatchObject({ ids: [newest, oldest], total: 2 });
    expect(await list('conference_id=CFx')).toMatchObject({ ids: [middle], total: 1 });
    expect(await list('status=uploading')).toMatchObject({ ids: [newest, middle], total: 2 });
    expect(await list('created_before=2031-05-02')).toMatchObject({ ids: [middle, oldest], total: 2 });
    expect(await list('created_before=2031-05-01T02:00:00Z')).toMatchObject({ ids: [oldest], total: 1 });
    expect((await ask(`/calls/${callId}/recordings`)).status).toBe(404);
  });
});
