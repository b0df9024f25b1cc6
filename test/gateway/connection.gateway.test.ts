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
import { Edge, type EdgeOptions } from './worker-stand-in.ts';

describe.skipIf(inject('skipped'))("the gateway's socket", () => {
  const leftovers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of leftovers.splice(0).reverse()) await end();
  });

  async function edgeOf(options?: EdgeOptions) {
    const edge = await Edge.start(options);
    leftovers.push(() => edge.kill().catch(() => {}));
    return edge;
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

  it('brings its name and token as HTTP Basic, and asks for the sub-protocol ari', async () => {
    const edge = await edgeOf();
    const gateway = await gatewayOf({ index: 1, worker: edge.worker, id: 'gw-berlin-1', token: 'tf_gateway_secret' });
    await edge.event('ApplicationRegistered');
    const basic = Buffer.from('gw-berlin-1:tf_gateway_secret').toString('base64');
    expect(edge.lastUpgrade).toEqual({ authorization: `Basic ${basic}`, protocols: 'ari' });
    expect(await gateway.connected()).toBe(true);
  });

  it('opens nothing but SIP on its own address: no HTTP, no AMI', async () => {
    const edge = await edgeOf();
    const gateway = await gatewayOf({ index: 1, worker: edge.worker });
    const lines = execFileSync('ss', ['-Hlntp']).toString().split('\n');
    const listening = lines.filter((line) => line.includes(`pid=${gateway.pid},`)).map((line) => line.split(/\s+/)[3]);
    expect(listening).toEqual([`${gateway.addresses.sipAddress}:${gateway.addresses.sipPort}`]);
  });

  it('is tried again and again with a wrong token, and connects when the token is right', async () => {
    const edge = await edgeOf({ token: 'right' });
    const gateway = await gatewayOf({ index: 1, worker: edge.worker, token: 'wrong' });
    await expect.poll(() => edge.refused.length, { timeout: 15_000 }).toBeGreaterThan(2);
    expect(await gateway.connected()).toBe(false);
    expect(await gateway.asterisk('core show uptime')).toContain('System uptime');
    await gateway.stop();
    await gatewayOf({ index: 1, worker: edge.worker, token: 'right' });
    await edge.event('ApplicationRegistered');
  });

  it('comes back after the Worker died, while the call and its audio stay up', async () => {
    const first = await edgeOf();
    const phones = await phonesOf(1);
    await gatewayOf({ index: 1, worker: first.worker });
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
    const second = await edgeOf({ port });
    await second.event('ApplicationRegistered');
    expect((await second.request('GET', 'channels')).body).toMatchObject([{ id: 'survivor', state: 'Up' }]);
    await second.event('PlaybackFinished');
    await second.request('DELETE', 'channels/survivor');
    expect(await second.destroyed('survivor')).toMatchObject({ cause: 16 });
    const heard = await readSamples(await phones.heardComplete(PHONES.listens.number, '+493023125900'));
    expect(secondsOfTone(heard, 1000)).toBeGreaterThan(7.5);
  });

  it('turns callers away with 503 while the Worker is away for long, and takes them again when it is back', async () => {
    const gone = await edgeOf();
    const { port, worker } = gone;
    await gone.kill();
    const phones = await phonesOf(1);
    const seen: boolean[] = [];
    await gatewayOf({ index: 1, worker, onConnection: (connected) => seen.push(connected) });
    await expect.poll(() => seen, { timeout: 15_000 }).toEqual([false]);
    const call = { from: '+493023125260', to: '+493023125500', gateway: 1 };
    await phones.placeCall(call);
    expect((await phones.outcome(call)).sip).toContain('SIP 503');
    const edge = await edgeOf({ port });
    await expect.poll(() => seen, { timeout: 15_000 }).toEqual([false, true]);
    await phones.placeCall(call);
    await edge.event('StasisStart');
  });

  it('is one of several: two gateways side by side call through two phone networks', async () => {
    const edges = await Promise.all([edgeOf(), edgeOf()]);
    const phones = [await phonesOf(1), await phonesOf(2)];
    const [one, two] = [
      await gatewayOf({ index: 1, worker: edges[0].worker, id: 'gw-1' }),
      await gatewayOf({ index: 2, worker: edges[1].worker, id: 'gw-2' }),
    ];
    expect(one.directory).not.toBe(two.directory);
    await Promise.all(edges.map((edge) => edge.event('ApplicationRegistered')));
    await Promise.all(edges.map((edge, at) => edge.originate(`side-${at}`, PHONES.listens.number)));
    await Promise.all(edges.map((edge, at) => edge.started(`side-${at}`)));
    for (const network of phones)
      expect(await network.asterisk('core show channels count')).toContain('1 active channel');
    await one.stop('SIGKILL');
    expect((await edges[1].request('GET', 'channels/side-1')).status).toBe(200);
  });

  it('refuses to start twice on the same ports, with a sentence', async () => {
    const edge = await edgeOf();
    await gatewayOf({ index: 1, worker: edge.worker });
    await expect(startGateway({ index: 1, worker: edge.worker })).rejects.toThrow('Is it running already?');
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
    const edge = await edgeOf({ tls: { cert: readFileSync(cert), key: readFileSync(key) } });
    const worker = `wss://localhost:${edge.port}/v1/gateway`;
    const trusting = await gatewayOf({ index: 1, worker, workerCa: cert });
    await edge.event('ApplicationRegistered');
    await trusting.stop();
    edge.events.length = 0;
    const careful = await gatewayOf({ index: 2, worker });
    await sleep(5000);
    expect(await careful.connected()).toBe(false);
    expect(edge.events).toEqual([]);
  });
});
