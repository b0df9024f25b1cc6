import { readdir } from 'node:fs/promises';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { PHONES } from '../../src/gateway-agent/configuration/phones.ts';
import { type RunningGateway, startGateway } from '../../src/gateway-agent/gateway.ts';
import { startPhoneNetwork } from '../../src/gateway-agent/phone-network.ts';
import { startUploader } from '../../src/gateway-agent/upload.ts';
import { newId } from '../../src/lib/ids.ts';
import { workerServer } from '../recordings/worker-server.ts';
import { FakeWorker } from './fake-worker.ts';

const INDEX = 2;

describe.skipIf(inject('skipped'))('a recording on the gateway', () => {
  const leftovers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of leftovers.splice(0).reverse()) await end();
  });

  const startFakeWorker = async () => {
    const fakeWorker = await FakeWorker.start();
    leftovers.push(() => fakeWorker.kill().catch(() => {}));
    return fakeWorker;
  };
  const gatewayOf = async (fakeWorker: FakeWorker) => {
    const gateway = await startGateway({ index: INDEX, worker: fakeWorker.url });
    leftovers.push(() => gateway.stop());
    return gateway;
  };
  const uploaderOf = (gateway: RunningGateway, worker: string, since: number) => {
    const writer = { pid: gateway.pid, since };
    const uploader = startUploader({
      folder: gateway.doneRecordings,
      writer,
      worker,
      id: 'gw',
      token: 't',
      pollMs: 20,
    });
    leftovers.push(() => uploader.stop());
    return uploader;
  };
  const workerOf = async () => {
    const worker = await workerServer();
    leftovers.push(worker.close);
    return worker;
  };
  const phonesOf = async () => {
    const phones = await startPhoneNetwork({ index: INDEX });
    leftovers.push(() => phones.stop());
  };
  const record = async (fakeWorker: FakeWorker, channel: string, id: string, seconds: number) => {
    await fakeWorker.event('ApplicationRegistered');
    await fakeWorker.originate(channel, PHONES.tone.number);
    await fakeWorker.started(channel);
    const how = { name: `done/${id}`, format: 'wav', maxDurationSeconds: seconds };
    expect(await fakeWorker.request('POST', `channels/${channel}/record`, how)).toMatchObject({ status: 201 });
  };

  it('is uploaded when Asterisk has closed it, and not a moment before, also if it is paused before any sound', async () => {
    const [fakeWorker, worker] = [await startFakeWorker(), await workerOf()];
    await phonesOf();
    const since = Date.now();
    const gateway = await gatewayOf(fakeWorker);
    uploaderOf(gateway, worker.url, since);
    const id = newId('RE', Date.now());
    await record(fakeWorker, 'paused', id, 30);
    const live = `recordings/live/${encodeURIComponent(`done/${id}`)}`;
    await expect.poll(() => readdir(gateway.doneRecordings), { timeout: 10_000 }).toContain(`${id}.wav`);
    expect(await fakeWorker.request('POST', `${live}/pause`)).toMatchObject({ status: 204 });
    // This is long enough for the uploader to look a hundred times.
    await fakeWorker.event('ChannelHangupRequest', () => true, 2000).catch(() => {});
    expect(worker.files()).toEqual([]);
    expect(await fakeWorker.request('DELETE', `${live}/pause`)).toMatchObject({ status: 204 });
    expect(await fakeWorker.request('POST', `${live}/stop`)).toMatchObject({ status: 204 });
    await expect.poll(() => readdir(gateway.doneRecordings), { timeout: 10_000 }).toEqual([]);
    expect(worker.files()).toEqual([`${id}/wav 1/1`, `${id}/mp3 1/1`]);
  });

  it('survives the death of the gateway, as far as it had come', async () => {
    const [first, worker] = [await startFakeWorker(), await workerOf()];
    await phonesOf();
    const killed = await gatewayOf(first);
    const id = newId('RE', Date.now());
    await record(first, 'killed', id, 2);
    await first.event('RecordingFinished');
    await killed.stop('SIGKILL');
    const since = Date.now();
    const gateway = await gatewayOf(await startFakeWorker());
    expect(await readdir(gateway.doneRecordings)).toEqual([`${id}.wav`]);
    uploaderOf(gateway, worker.url, since);
    await expect.poll(() => readdir(gateway.doneRecordings), { timeout: 10_000 }).toEqual([]);
    expect(worker.file(`${id}/wav`).length).toBeGreaterThan(1.5 * 16_000);
  });
});
