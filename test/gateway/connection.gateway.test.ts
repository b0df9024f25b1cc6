import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { PHONES } from '../../src/gateway-agent/configuration/phones.ts';
import { type GatewayOptions, startGateway } from '../../src/gateway-agent/gateway.ts';
import { startPhoneNetwork } from '../../src/gateway-agent/phone-network.ts';
import { readSamples, secondsOfTone, toneWav } from './audio.ts';
import { FakeWorker, type FakeWorkerOptions } from './fake-worker.ts';

describe.skipIf(inject('skipped'))('a running gateway', () => {
  const leftovers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of leftovers.splice(0).reverse()) await end();
  });

  async function startFakeWorker(options?: FakeWorkerOptions) {
    const fakeWorker = await FakeWorker.start(options);
    leftovers.push(() => fakeWorker.kill().catch(() => {}));
    return fakeWorker;
  }
  async function gatewayOf(options: GatewayOptions) {
    const gateway = await startGateway(options);
    leftovers.push(() => gateway.stop());
    return gateway;
  }
  async function phonesOf(index: number) {
    const phones = await startPhoneNetwork({ index });
    leftovers.push(() => phones.stop());
    return phones;
  }

  it('connects with its id and token as HTTP Basic, and asks for the sub-protocol ari', async () => {
    const fakeWorker = await startFakeWorker();
    const gateway = await gatewayOf({
      index: 1,
      worker: fakeWorker.url,
      id: 'gw-berlin-1',
      token: 'tf_gateway_secret',
    });
    await fakeWorker.event('ApplicationRegistered');
    const basic = Buffer.from('gw-berlin-1:tf_gateway_secret').toString('base64');
    expect(fakeWorker.lastUpgrade).toEqual({ authorization: `Basic ${basic}`, protocols: 'ari' });
    expect(await gateway.connected()).toBe(true);
  });

  it('listens for nothing but SIP, on its own address: no HTTP, no AMI', async () => {
    const fakeWorker = await startFakeWorker();
    const gateway = await gatewayOf({ index: 1, worker: fakeWorker.url });
    const lines = execFileSync('ss', ['-Hlntp']).toString().split('\n');
    const listening = lines.filter((line) => line.includes(`pid=${gateway.pid},`)).map((line) => line.split(/\s+/)[3]);
    expect(listening).toEqual([`${gateway.addresses.sipAddress}:${gateway.addresses.sipPort}`]);
  });

  it('with a wrong token tries again and again, and connects once the token is right', async () => {
    const fakeWorker = await startFakeWorker({ token: 'right' });
    const gateway = await gatewayOf({ index: 1, worker: fakeWorker.url, token: 'wrong' });
    await expect.poll(() => fakeWorker.refused.length, { timeout: 15_000 }).toBeGreaterThan(2);
    expect(await gateway.connected()).toBe(false);
    expect(await gateway.asterisk('core show uptime')).toContain('System uptime');
    await gateway.stop();
    await gatewayOf({ index: 1, worker: fakeWorker.url, token: 'right' });
    await fakeWorker.event('ApplicationRegistered');
  });

  it('connects again after the Worker died, and its call and the audio stay up meanwhile', async () => {
    const first = await startFakeWorker();
    const phones = await phonesOf(1);
    await gatewayOf({ index: 1, worker: first.url });
    await first.event('ApplicationRegistered');
    const prompt = '/v1/prompts/long-prompt-that-outlives-the-worker.wav';
    first.audio.set(prompt, toneWav(1000, 8));
    await first.originate('survivor', PHONES.listens.number);
    await first.started('survivor');
    await first.request('POST', 'channels/survivor/play', { media: `sound:http://127.0.0.1:${first.port}${prompt}` });
    await first.event('PlaybackStarted');
    await sleep(500);
    const { port } = first;
    await first.kill();
    await sleep(3000);
    const second = await startFakeWorker({ port });
    await second.event('ApplicationRegistered');
    expect((await second.request('GET', 'channels')).body).toMatchObject([{ id: 'survivor', state: 'Up' }]);
    await second.event('PlaybackFinished');
    await second.request('DELETE', 'channels/survivor');
    expect(await second.destroyed('survivor')).toMatchObject({ cause: 16 });
    const heard = await readSamples(await phones.heardComplete(PHONES.listens.number, '+493023125900'));
    expect(secondsOfTone(heard, 1000)).toBeGreaterThan(7.5);
  });

  it('refuses calls with 503 while the Worker is away for long, and takes them again when it is back', async () => {
    const gone = await startFakeWorker();
    const { port, url } = gone;
    await gone.kill();
    const phones = await phonesOf(1);
    const seen: boolean[] = [];
    await gatewayOf({ index: 1, worker: url, onConnection: (connected) => seen.push(connected) });
    await expect.poll(() => seen, { timeout: 15_000 }).toEqual([false]);
    const call = { from: '+493023125260', to: '+493023125500', gateway: 1 };
    await phones.placeCall(call);
    expect((await phones.outcome(call)).sip).toContain('SIP 503');
    const fakeWorker = await startFakeWorker({ port });
    await expect.poll(() => seen, { timeout: 15_000 }).toEqual([false, true]);
    await phones.placeCall(call);
    await fakeWorker.event('StasisStart');
  });

  it('runs beside another one, each with a phone network of its own', async () => {
    const fakeWorkers = await Promise.all([startFakeWorker(), startFakeWorker()]);
    const phones = [await phonesOf(1), await phonesOf(2)];
    const [one, two] = [
      await gatewayOf({ index: 1, worker: fakeWorkers[0].url, id: 'gw-1' }),
      await gatewayOf({ index: 2, worker: fakeWorkers[1].url, id: 'gw-2' }),
    ];
    expect(one.directory).not.toBe(two.directory);
    await Promise.all(fakeWorkers.map((fakeWorker) => fakeWorker.event('ApplicationRegistered')));
    await Promise.all(fakeWorkers.map((fakeWorker, at) => fakeWorker.originate(`side-${at}`, PHONES.listens.number)));
    await Promise.all(fakeWorkers.map((fakeWorker, at) => fakeWorker.started(`side-${at}`)));
    for (const network of phones)
      expect(await network.asterisk('core show channels count')).toContain('1 active channel');
    await one.stop('SIGKILL');
    expect((await fakeWorkers[1].request('GET', 'channels/side-1')).status).toBe(200);
  });

  it('does not start twice on the same ports, and says why in a sentence', async () => {
    const fakeWorker = await startFakeWorker();
    await gatewayOf({ index: 1, worker: fakeWorker.url });
    await expect(startGateway({ index: 1, worker: fakeWorker.url })).rejects.toThrow('Is it running already?');
  });

  it('checks the certificate of a Worker behind wss', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'gateway-test-'));
    leftovers.push(async () => rmSync(directory, { recursive: true }));
    const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const files = ['-keyout', key, '-out', cert];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject, ...files], {
      stdio: 'ignore',
    });
    const fakeWorker = await startFakeWorker({ tls: { cert: readFileSync(cert), key: readFileSync(key) } });
    const worker = `wss://localhost:${fakeWorker.port}/v1/gateway`;
    const trusting = await gatewayOf({ index: 1, worker, workerCa: cert });
    await fakeWorker.event('ApplicationRegistered');
    await trusting.stop();
    fakeWorker.events.length = 0;
    const careful = await gatewayOf({ index: 2, worker });
    await sleep(5000);
    expect(await careful.connected()).toBe(false);
    expect(fakeWorker.events).toEqual([]);
  });
});
