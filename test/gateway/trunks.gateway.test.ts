import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { PHONES } from '../../src/gateway-agent/configuration/phones.ts';
import type { TrunkInput } from '../../src/gateway-agent/configuration/trunks.ts';
import { type GatewayOptions, type RunningGateway, startGateway } from '../../src/gateway-agent/gateway.ts';
import { localAddresses } from '../../src/gateway-agent/listen-addresses.ts';
import { CUSTOMER, type PhoneNetwork, startPhoneNetwork } from '../../src/gateway-agent/phone-network.ts';
import { readSamples, secondsOfTone, toneWav } from './audio.ts';
import { FakeWorker } from './fake-worker.ts';

const PROMPT = '/v1/prompts/a-tone-for-the-trunk-with-a-long-name.wav';
const { sipAddress, sipPort, tlsPort } = localAddresses('phones', 3);
const atPhones = { id: 'carrier', host: sipAddress, matches: [sipAddress] };

describe.skipIf(inject('skipped'))('a trunk', () => {
  let fakeWorker: FakeWorker;
  let phones: PhoneNetwork;
  let gateway: RunningGateway | undefined;

  beforeAll(async () => {
    phones = await startPhoneNetwork({ index: 3, tlsGateways: [4] });
  });
  afterEach(async () => {
    await gateway?.stop();
    await fakeWorker.kill();
  });
  afterAll(async () => {
    await phones?.stop();
  });

  async function connect(index: number, trunk: TrunkInput, options: GatewayOptions = {}) {
    fakeWorker = await FakeWorker.start();
    fakeWorker.audio.set(PROMPT, toneWav(1000, 2));
    gateway = await startGateway({ index, worker: fakeWorker.url, trunks: [trunk], ...options });
    await fakeWorker.event('ApplicationRegistered');
    return gateway;
  }

  async function secondsHeardOver(callId: string, callerId: string): Promise<number> {
    await fakeWorker.originate(callId, PHONES.listens.number, { trunk: 'carrier', callerId });
    await fakeWorker.started(callId);
    await fakeWorker.request('POST', `channels/${callId}/play`, {
      media: `sound:http://127.0.0.1:${fakeWorker.port}${PROMPT}`,
    });
    await fakeWorker.event('PlaybackFinished');
    await fakeWorker.request('DELETE', `channels/${callId}`);
    await fakeWorker.destroyed(callId);
    return secondsOfTone(await readSamples(await phones.heardComplete(PHONES.listens.number, callerId)), 1000);
  }

  it('with a name and a password registers, authenticates its calls, and takes calls', async () => {
    const trunk = {
      ...atPhones,
      ...CUSTOMER,
      kind: 'registration',
      port: sipPort,
      fromUser: CUSTOMER.username,
    } as const;
    const { asterisk } = await connect(3, trunk);
    await expect.poll(() => asterisk('pjsip show registrations'), { timeout: 10_000 }).toContain('Registered');
    expect(await phones.asterisk(`pjsip show aor ${CUSTOMER.username}`)).toContain('sip:telefoon@');
    // With from_user the From header has the account, and P-Asserted-Identity the caller's number.
    expect(await secondsHeardOver('registered', '+493023125700')).toBeGreaterThan(1.8);
    await phones.placeCall({ from: '+493023125701', to: '+493023125500', gateway: 3 });
    const start = await fakeWorker.event('StasisStart', (event) => event.args?.[0] === 'inbound');
    expect(start.args).toEqual(['inbound', '+493023125500', 'carrier']);
  });

  it('goes on trying after a wrong password', async () => {
    const trunk = { ...atPhones, ...CUSTOMER, password: 'wrong', kind: 'registration', port: sipPort } as const;
    const { asterisk } = await connect(3, trunk);
    await expect.poll(() => asterisk('pjsip show registrations'), { timeout: 10_000 }).toContain('Rejected');
    await sleep(1000);
    expect(await asterisk('core show uptime')).toContain('System uptime');
  });

  it('works over TCP', async () => {
    await connect(3, { ...atPhones, kind: 'ip', port: sipPort, transport: 'tcp' });
    const heard = secondsHeardOver('by-tcp', '+493023125702');
    await fakeWorker.started('by-tcp');
    expect(await gateway?.asterisk('pjsip show channelstats')).toContain('alaw');
    expect(await heard).toBeGreaterThan(1.8);
  });

  it('carries wideband when it prefers that codec', async () => {
    await connect(3, { ...atPhones, kind: 'ip', port: sipPort, codecs: 'g722' });
    const heard = secondsHeardOver('wide', '+493023125703');
    await fakeWorker.started('wide');
    expect(await gateway?.asterisk('pjsip show channelstats')).toContain('g722');
    expect(await heard).toBeGreaterThan(1.8);
  });

  it('works over TLS and SRTP with a carrier whose certificate it trusts', async () => {
    const trunk = { ...atPhones, kind: 'ip', port: tlsPort, transport: 'tls', srtp: true } as const;
    const { asterisk } = await connect(4, trunk, { tls: phones.tls });
    const heard = secondsHeardOver('secret', '+493023125704');
    await fakeWorker.started('secret');
    expect(await asterisk('pjsip show channelstats')).toContain('carrier');
    expect(await heard).toBeGreaterThan(1.8);
    const call = { from: '+493023125706', to: '+493023125500', gateway: 4 };
    await phones.placeCall(call);
    const start = await fakeWorker.event('StasisStart', (event) => event.args?.[0] === 'inbound');
    await fakeWorker.request('DELETE', `channels/${start.channel?.id}`, { reason: 'busy' });
    expect((await phones.outcome(call)).sip).toContain('SIP 486');
  });

  it('places no call over TLS with a carrier whose certificate it does not trust', async () => {
    const trunk = { ...atPhones, kind: 'ip', port: tlsPort, transport: 'tls', srtp: true } as const;
    await connect(4, trunk);
    await fakeWorker.originate('careful', PHONES.listens.number, { trunk: 'carrier', timeout: 5 });
    await fakeWorker.destroyed('careful');
    expect(fakeWorker.events.map((event) => event.type)).not.toContain('StasisStart');
  });

  it('takes calls from nobody but the addresses it was given', async () => {
    await connect(3, { ...atPhones, kind: 'ip', port: sipPort, matches: ['192.0.2.1'] });
    const call = { from: '+493023125705', to: '+493023125500', gateway: 3 };
    await phones.placeCall(call);
    expect((await phones.outcome(call)).sip).toContain('SIP 401');
    expect(fakeWorker.events.map((event) => event.type)).not.toContain('StasisStart');
  });
});
