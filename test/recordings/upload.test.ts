import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startUploader, type Uploader, type UploaderOptions } from '../../src/gateway-agent/upload.ts';
import { newId } from '../../src/lib/ids.ts';
import { wavHeader } from '../../src/lib/wav.ts';
import { channelsOf } from '../support/samples.ts';
import { until } from '../support/until.ts';
import { decodeMp3 } from './decode.ts';
import { workerServer } from './worker-server.ts';

const STARTED = Date.parse('2020-01-01T00:00:00Z');
const WRITER = { pid: 0, since: STARTED };

let folder: string;
let running: { stop(): Promise<unknown> }[];
let lines: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telefoon-recordings-'));
  running = [];
  lines = [];
});
afterEach(async () => {
  await Promise.all(running.map((it) => it.stop()));
  await rm(folder, { recursive: true });
});

async function aWorker(...answers: (number | 'cut' | 'silence')[]) {
  const worker = await workerServer(answers);
  running.unshift({ stop: worker.close });
  return worker;
}

function upload(worker: { url: string }, options: Partial<UploaderOptions> = {}): Uploader {
  const identity = { worker: worker.url, id: 'gw-test', token: 'secret' };
  const quick = { pollMs: 5, retryMs: 10, log: (line: string) => void lines.push(line) };
  const uploader = startUploader({ folder, writer: WRITER, ...identity, ...quick, ...options });
  running.unshift(uploader);
  return uploader;
}

const tone = (seconds: number, hertz: number): Int16Array =>
  Int16Array.from({ length: seconds * 8000 }, (_, at) => 8000 * Math.sin((2 * Math.PI * hertz * at) / 8000));

/** A file as Asterisk has it: its header says the length only once it is closed. */
const wavOf = (samples: Int16Array, isClosed = true): Uint8Array =>
  Buffer.concat([
    wavHeader({ frames: isClosed ? samples.length : 0, channels: 1, rate: 8000 }),
    new Uint8Array(samples.buffer),
  ]);

const aRecording = async (name: string, samples = tone(1, 440), isClosed = true): Promise<void> =>
  writeFile(join(folder, name), wavOf(samples, isClosed));

const leaveBehind = (name: string) => utimes(join(folder, name), 1, STARTED / 1000 - 1);
const untilEmpty = () => until(async () => expect(await readdir(folder)).toEqual([]));
const untilLine = (text: string) => until(() => expect(lines.join('\n')).toContain(text));

describe('the uploader', () => {
  it('brings a recording as WAV and as MP3, with its checksum and its own name, and deletes it', async () => {
    const worker = await aWorker();
    const id = newId('RE', Date.now());
    await aRecording(`${id}.wav`);
    upload(worker);
    await untilEmpty();
    expect(worker.files()).toEqual([`${id}/wav 1/1`, `${id}/mp3 1/1`]);
    expect(worker.puts.map(({ isWhole }) => isWhole)).toEqual([true, true]);
    expect(worker.puts[0]?.authorization).toBe(`Basic ${btoa('gw-test:secret')}`);
    expect(worker.file(`${id}/wav`)).toEqual(Buffer.from(wavOf(tone(1, 440))));
    const heard = decodeMp3(worker.file(`${id}/mp3`));
    expect(heard.rate).toBe(8000);
    expect(heard.seconds).toBeGreaterThan(0.95);
    expect(heard.seconds).toBeLessThan(1.3);
  });

  it('merges two directions, what came in on the left, the shorter one silent at its end', async () => {
    const worker = await aWorker();
    const id = newId('RE', Date.now());
    const [came, went] = [tone(2, 440), tone(1.5, 1000)];
    await aRecording(`${id}.in.wav`, came);
    await aRecording(`${id}.out.wav`, went);
    upload(worker);
    await untilEmpty();
    const wav = worker.file(`${id}/wav`);
    expect(wav.subarray(0, 44)).toEqual(Buffer.from(wavHeader({ frames: 16_000, channels: 2, rate: 8000 })));
    const longer = new Int16Array(16_000);
    longer.set(went);
    expect(channelsOf(wav)).toEqual([came, longer]);
  });

  it('cuts off the silent ends of what is called so, alike on both channels, in WAV and MP3', async () => {
    const worker = await aWorker();
    const [mono, stereo] = [1, 2].map((n) => newId('RE', Date.now() + n));
    const quiet = (seconds: number) => new Int16Array(seconds * 8000);
    const samples = (...pieces: Int16Array[]) => Int16Array.from(pieces.flatMap((it) => [...it]));
    await aRecording(`${mono}.trim.wav`, samples(quiet(2), tone(1, 440), quiet(1), tone(1, 440), quiet(3)));
    await aRecording(`${stereo}.trim.in.wav`, samples(quiet(2), tone(1, 440), quiet(9)));
    await aRecording(`${stereo}.trim.out.wav`, samples(quiet(5), tone(1, 1000)));
    upload(worker, { partBytes: 10_001 });
    await untilEmpty();
    const kept = samples(quiet(0.2), tone(1, 440), quiet(1), tone(1, 440), quiet(0.2));
    expect(worker.file(`${mono}/wav`)).toEqual(Buffer.from(wavOf(kept)));
    expect(decodeMp3(worker.file(`${mono}/mp3`)).seconds).toBeCloseTo(3.5, 0);
    const [left, right] = channelsOf(worker.file(`${stereo}/wav`));
    expect(left).toEqual(samples(quiet(0.2), tone(1, 440), quiet(3.2)));
    expect(right).toEqual(samples(quiet(3.2), tone(1, 1000), quiet(0.2)));
  });

  it('cuts what is long into pieces that are one file', async () => {
    const worker = await aWorker();
    const id = newId('RE', Date.now());
    const samples = tone(5, 300);
    await aRecording(`${id}.wav`, samples);
    upload(worker, { partBytes: 10_001 });
    await untilEmpty();
    expect(worker.files().filter((it) => it.includes('wav'))).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `${id}/wav ${n}/9`),
    );
    expect(worker.puts.every(({ isWhole, body }) => isWhole && body.length <= 10_001)).toBe(true);
    expect(worker.file(`${id}/wav`)).toEqual(Buffer.from(wavOf(samples)));
  });

  it('tries again after a cut, an error and a refusal, and does not bring again what is there', async () => {
    const worker = await aWorker('cut', 503, 429, 201, 500, 401);
    const id = newId('RE', Date.now());
    await aRecording(`${id}.wav`);
    upload(worker);
    await untilEmpty();
    expect(worker.files().map((it) => it.slice(35, 38))).toEqual(['wav', 'wav', 'wav', 'mp3', 'mp3', 'mp3']);
    expect(lines).toHaveLength(5);
    expect(lines.slice(1).join()).toMatch(/answered 503.*answered 429.*answered 500.*answered 401/);
  });

  it('goes on when the Worker comes back', async () => {
    const gone = await workerServer();
    await gone.close();
    const id = newId('RE', Date.now());
    await aRecording(`${id}.wav`);
    const uploader = upload(gone);
    await untilLine('ECONNREFUSED');
    await uploader.stop();
    upload(await aWorker());
    await untilEmpty();
  });

  it('stopped in the middle leaves the recording to the next one', async () => {
    const id = newId('RE', Date.now());
    await aRecording(`${id}.wav`);
    const silent = await aWorker(201, 'silence');
    const first = upload(silent);
    await until(() => expect(silent.files()).toEqual([`${id}/wav 1/1`, `${id}/mp3 1/1`]));
    await first.stop();
    expect(await readdir(folder)).toContain(`${id}.wav`);
    const worker = await aWorker();
    upload(worker);
    await untilEmpty();
    expect(worker.files()).toEqual([`${id}/wav 1/1`, `${id}/mp3 1/1`]);
  });

  it('deletes what the Worker does not want', async () => {
    const worker = await aWorker(410);
    const id = newId('RE', Date.now());
    await aRecording(`${id}.in.wav`);
    await aRecording(`${id}.out.wav`);
    upload(worker);
    await untilEmpty();
    expect(worker.files()).toEqual([`${id}/wav 1/1`]);
  });

  it('waits for a recorder that still writes, and takes what one left that has ended', async () => {
    const worker = await aWorker();
    const [live, left, done] = [1, 2, 3].map((n) => newId('RE', Date.now() + n));
    await aRecording(`${live}.wav`, tone(1, 440), false);
    await aRecording(`${left}.wav`, tone(1, 440), false);
    await leaveBehind(`${left}.wav`);
    await aRecording(`${done}.wav`);
    upload(worker);
    await until(async () => expect(await readdir(folder)).toEqual([`${live}.wav`]));
    expect(worker.file(`${left}/wav`)).toEqual(Buffer.from(wavOf(tone(1, 440))));
    await aRecording(`${live}.wav`);
    await untilEmpty();
  });

  it('waits for the other direction, unless that can no longer come', async () => {
    const worker = await aWorker();
    const [waits, alone] = [1, 2].map((n) => newId('RE', Date.now() + n));
    await aRecording(`${waits}.in.wav`);
    await aRecording(`${alone}.out.wav`);
    await leaveBehind(`${alone}.out.wav`);
    upload(worker);
    await until(async () => expect(await readdir(folder)).toEqual([`${waits}.in.wav`]));
    expect(channelsOf(worker.file(`${alone}/wav`))[0]).toEqual(new Int16Array(8000));
    await aRecording(`${waits}.out.wav`);
    await untilEmpty();
  });

  it('brings an empty recording, too', async () => {
    const worker = await aWorker();
    const [header, nothing] = [1, 2].map((n) => newId('RE', Date.now() + n));
    await aRecording(`${header}.wav`, new Int16Array());
    const file = await open(join(folder, `${header}.wav`), 'r+');
    const asterisk = spawn('cat', [], { stdio: ['pipe', file.fd, 'ignore'] });
    await file.close();
    await writeFile(join(folder, `${nothing}.wav`), '');
    await leaveBehind(`${nothing}.wav`);
    upload(worker, { writer: { pid: asterisk.pid ?? 0, since: STARTED } });
    // It looks the same while it is being written.
    await until(async () => expect(await readdir(folder)).toEqual([`${header}.wav`]));
    asterisk.stdin?.end();
    await untilEmpty();
    for (const id of [header, nothing])
      expect(worker.file(`${id}/wav`)).toEqual(Buffer.from(wavHeader({ frames: 0, channels: 1, rate: 8000 })));
  });

  it('brings the same from a disk that is full, and makes room', async () => {
    const worker = await aWorker();
    const [full, fine] = [1, 2].map((n) => newId('RE', Date.now() + n));
    for (const id of [full, fine]) await aRecording(`${id}.wav`, tone(3, 440));
    // A device that is always full stands for the disk.
    await symlink('/dev/full', join(folder, `${full}.mp3.part`));
    upload(worker, { partBytes: 5000 });
    await untilEmpty();
    expect(worker.files()).toContain(`${full}/mp3 3/3`);
    expect(worker.file(`${full}/mp3`)).toEqual(worker.file(`${fine}/mp3`));
  });

  it('reports what it cannot read or write, without a path, and brings the others', async () => {
    const worker = await aWorker();
    const [unreadable, strange, fine] = [1, 2, 3].map((n) => newId('RE', Date.now() + n));
    await symlink(folder, join(folder, `${unreadable}.wav`));
    await writeFile(join(folder, `${strange}.wav`), 'this is not what Asterisk writes, is it? It has enough bytes');
    await leaveBehind(`${strange}.wav`);
    await aRecording(`${fine}.wav`);
    upload(worker, { retryMs: 1 });
    await until(() => expect(worker.files()).toContain(`${fine}/mp3 1/1`));
    await untilLine(`Recording ${unreadable}: EISDIR.`);
    await untilLine(`Recording ${strange}: is not a WAV file.`);
    expect(lines.join()).not.toContain(folder);
  });

  it('reports a folder that is away once, and goes on when it is there', async () => {
    const worker = await aWorker();
    const id = newId('RE', Date.now());
    const away = join(folder, 'done');
    upload(worker, { folder: away });
    await untilLine('The folder of recordings: ENOENT.');
    await mkdir(away);
    await writeFile(join(away, `${id}.wav`), wavOf(tone(1, 440)));
    await until(async () => expect(await readdir(away)).toEqual([]));
    expect(lines).toHaveLength(1);
  });
});
