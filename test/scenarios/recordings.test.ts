import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUploader, type Uploader } from '../../src/gateway-agent/upload.ts';
import { wavHeader, writeWav } from '../../src/lib/wav.ts';
import { decodeMp3 } from '../recordings/decode.ts';
import { someRecording } from '../recordings/facts.ts';
import { apiClient, KEYS } from '../support/api.ts';
import { hookServer } from '../support/hook-server.ts';
import { ownWorker } from '../support/own-worker.ts';
import type { Recorder } from '../support/recorder.ts';
import { channelsOf } from '../support/samples.ts';
import { until } from '../support/until.ts';

const worker = ownWorker('test/support/recorder.ts');
const done = join(worker.folder, 'done');
let uploader: Uploader;
let hook: Awaited<ReturnType<typeof hookServer>>;

beforeAll(async () => {
  await mkdir(done);
  uploader = startUploader({
    folder: done,
    writer: { pid: process.pid, since: 0 },
    worker: `${worker.url.replace('http', 'ws')}/v1/gateway`,
    id: 'gw-local',
    token: 'tf_gateway_local',
    pollMs: 50,
    retryMs: 50,
    partBytes: 100_000,
  });
  hook = await hookServer();
});
afterAll(async () => {
  await uploader?.stop();
  await hook?.close();
});

const record = (what: Recorder) => fetch(`${worker.url}/recorder`, { method: 'POST', body: JSON.stringify(what) });
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', key = KEYS.live) =>
  fetch(`${worker.url}/v1/voice/recordings/${path}`, { method, headers: { 'x-api-key': key, ...headers } });
const client = (key = KEYS.live) => apiClient(key, worker.url);

const tone = (seconds: number, hertz: number): Int16Array =>
  Int16Array.from({ length: seconds * 8000 }, (_, at) => 8000 * Math.sin((2 * Math.PI * hertz * at) / 8000));
const bodyOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

async function begin(channels: 1 | 2): Promise<string> {
  const recording = someRecording({
    channels,
    mode: 'live',
    gateway: 'gw-local',
    statusCallback: `${hook.url}/recordings`,
  });
  await record({ begin: recording });
  return recording.id;
}

async function stop(id: string, files: Record<string, Int16Array>): Promise<void> {
  for (const [name, samples] of Object.entries(files)) {
    const wav = Buffer.from(writeWav(samples, 8000));
    await writeFile(join(done, `${id}${name}.wav`), wav);
  }
  await record({ report: { id, event: { type: 'stopped', at: Date.now() } } });
}

const untilCompleted = (id: string) =>
  until(async () => expect((await client().get(`/recordings/${id}`)).body.status).toBe('completed'));
const typesOf = (id: string) => hook.posted.filter(({ body }) => body.data.id === id).map(({ body }) => body.type);

describe('a recording on a gateway', () => {
  it('is brought, told of, listed, and heard on the right channels', async () => {
    const id = await begin(2);
    await stop(id, { '.in': tone(6, 440), '.out': tone(7, 1000) });
    await untilCompleted(id);
    // The gateway has yet to hear that the Worker has it.
    await until(async () => expect(await readdir(done)).toEqual([]));
    await until(() => expect(typesOf(id)).toEqual(['recording.completed']));
    const { body } = await client().get('/recordings?status=completed');
    expect(body).toMatchObject({ total: 1, recordings: [{ id, duration: 7, channels: 2, wav_bytes: 44 + 224_000 }] });

    const wav = await bodyOf(await ask(`${id}.wav`));
    expect(wav.subarray(0, 44)).toEqual(Buffer.from(wavHeader({ frames: 56_000, channels: 2, rate: 8000 })));
    const [left, right] = channelsOf(wav);
    expect(left.slice(0, 48_000)).toEqual(tone(6, 440));
    expect(right).toEqual(tone(7, 1000));
    expect(decodeMp3(await bodyOf(await ask(`${id}.mp3`))).seconds).toBeCloseTo(7, 0);
  });

  it('is given in ranges over HTTP, across the pieces that it came in', async () => {
    const id = await begin(1);
    await stop(id, { '': tone(10, 300) });
    await untilCompleted(id);
    const wav = await bodyOf(await ask(`${id}.wav`));
    expect(wav).toHaveLength(44 + 160_000);
    const part = await ask(`${id}.wav`, { range: 'bytes=99000-101999' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 99000-101999/160044']);
    expect(await bodyOf(part)).toEqual(wav.subarray(99_000, 102_000));
    const behind = await ask(`${id}.wav`, { range: 'bytes=160044-' });
    expect([behind.status, behind.headers.get('content-range')]).toEqual([416, 'bytes */160044']);
    const head = await ask(`${id}.wav`, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '160044', '']);
  });

  it('of which a body breaks off on the wire is not stored', async () => {
    const id = await begin(1);
    const half = (end: (socket: Socket) => void) =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(new URL(worker.url).port), '127.0.0.1');
        let answer = '';
        socket.on('data', (chunk) => (answer += chunk)).on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
        socket.write(
          `PUT /v1/gateway/recordings/${id}/wav HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n` +
            `Authorization: Basic ${btoa('gw-local:tf_gateway_local')}\r\nX-Content-Sha256: ${'0'.repeat(64)}\r\n\r\n`,
        );
        socket.write(Buffer.alloc(100_000), () => end(socket));
      });
    expect(await half((socket) => socket.end())).not.toMatch(/ 20\d /);
    await half((socket) => socket.destroy());
    await stop(id, { '': tone(1, 300) });
    await untilCompleted(id);
    expect((await client().get(`/recordings/${id}`)).body).toMatchObject({ wav_bytes: 16_044 });
  });

  it('does not exist for another account, nor for a key of the other kind', async () => {
    const id = await begin(1);
    await stop(id, { '': tone(1, 300) });
    await untilCompleted(id);
    for (const key of [KEYS.other, KEYS.local]) {
      for (const [method, path] of [
        ['GET', id],
        ['GET', `${id}.wav`],
        ['GET', `${id}.mp3`],
        ['DELETE', id],
      ] as const) {
        expect(await client(key).send(method, `/recordings/${path}`)).toMatchObject({
          status: 404,
          body: { code: 'recording_not_found' },
        });
      }
      expect((await ask(`${id}.wav`, {}, 'HEAD', key)).status).toBe(404);
      expect((await client(key).get('/recordings')).body).toMatchObject({ recordings: [], total: 0 });
    }
    expect((await client().get(`/recordings/${id}`)).body).toMatchObject({ status: 'completed' });
  });

  it('is gone at once when it is deleted', async () => {
    const id = await begin(1);
    await stop(id, { '': tone(1, 300) });
    await untilCompleted(id);
    expect((await client().delete(`/recordings/${id}`)).status).toBe(204);
    expect((await ask(`${id}.wav`)).status).toBe(410);
    expect((await client().get(`/recordings/${id}`)).body).toMatchObject({ status: 'deleted' });
    await until(() => expect(typesOf(id)).toEqual(['recording.completed', 'recording.deleted']));
  });

  it('that is deleted before it was brought is deleted on the gateway, too', async () => {
    const id = await begin(1);
    await record({ report: { id, event: { type: 'stopped', at: Date.now() } } });
    await client().delete(`/recordings/${id}`);
    await stop(id, { '': tone(1, 300) });
    await until(async () => expect(await readdir(done)).toEqual([]));
    expect((await ask(`${id}.wav`)).status).toBe(410);
  });

  it('arrives although the Worker is killed while it is recorded, and away when it should be brought', async () => {
    const id = await begin(1);
    await worker.kill();
    const samples = tone(20, 300);
    const wav = Buffer.from(writeWav(samples, 8000));
    await writeFile(join(done, `${id}.wav`), wav);
    await worker.start();
    await record({ report: { id, event: { type: 'stopped', at: Date.now() } } });
    await untilCompleted(id);
    expect(await bodyOf(await ask(`${id}.wav`))).toEqual(wav);
  });
});
