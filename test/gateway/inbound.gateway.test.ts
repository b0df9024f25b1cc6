import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type RunningGateway, startGateway } from '../../src/gateway-agent/gateway.ts';
import { type PhoneNetwork, startPhoneNetwork } from '../../src/gateway-agent/phone-network.ts';
import { readSamples, secondsOfTone, toneWav } from './audio.ts';
import { type AriEvent, FakeWorker } from './fake-worker.ts';
import { sendInvite } from './raw-sip.ts';

const OURS = '+493023125500';

describe.skipIf(inject('skipped'))('a call from the phone network to the gateway', () => {
  let fakeWorker: FakeWorker;
  let phones: PhoneNetwork;
  let gateway: RunningGateway;

  beforeAll(async () => {
    fakeWorker = await FakeWorker.start();
    phones = await startPhoneNetwork({ index: 1 });
    gateway = await startGateway({ index: 1, worker: fakeWorker.url });
    await fakeWorker.event('ApplicationRegistered');
  });
  afterAll(async () => {
    await Promise.all([gateway?.stop(), phones?.stop()]);
    await fakeWorker?.kill();
  });

  const arrival = (caller: string) =>
    fakeWorker.event('StasisStart', (event) => event.channel?.caller.number === caller);
  const idOf = ({ channel }: AriEvent) => String(channel?.id);

  it('reaches the Worker unanswered, with both numbers in E.164, the trunk, and no name', async () => {
    await phones.placeCall({ from: '+493023125210', to: OURS, gateway: 1 });
    const start = await arrival('+493023125210');
    expect(start).toMatchObject({
      args: ['inbound', OURS, 'phones'],
      channel: { state: 'Ring', caller: { name: '' } },
    });
    await fakeWorker.request('DELETE', `channels/${idOf(start)}`);
  });

  it.each([
    ['00493023125211', '+493023125211'],
    ['03023125212', '+493023125212'],
    ['493023125213', '+493023125213'],
  ])('has its caller %s reported as %s', async (from, caller) => {
    await phones.placeCall({ from, to: OURS, gateway: 1 });
    const start = await arrival(caller);
    await fakeWorker.request('DELETE', `channels/${idOf(start)}`);
  });

  it('has an anonymous caller reported as no number', async () => {
    await phones.placeCall({ from: 'anonymous', to: OURS, gateway: 1 });
    const start = await arrival('');
    await fakeWorker.request('DELETE', `channels/${idOf(start)}`);
  });

  it.each(['00493023125501', '03023125501', '493023125501'])(
    'has its called number %s reported in E.164',
    async (to) => {
      await phones.placeCall({ from: '+493023125214', to, gateway: 1 });
      const start = await fakeWorker.event('StasisStart', (event) => event.args?.[1] === '+493023125501');
      await fakeWorker.request('DELETE', `channels/${idOf(start)}`);
      fakeWorker.events.length = 0;
    },
  );

  it('is for the number in the To header when the carrier calls the registered contact', async () => {
    const { sipAddress: address, sipPort: port } = gateway.addresses;
    const invite = { fromAddress: phones.addresses.sipAddress, to: { address, port }, requestUser: 'telefoon' };
    const status = sendInvite({ ...invite, toUser: '03023125502' });
    const start = await fakeWorker.event('StasisStart', (event) => event.args?.[1] === '+493023125502');
    await fakeWorker.request('DELETE', `channels/${idOf(start)}`, { reason: 'busy' });
    expect(await status).toBe(486);
    expect(await sendInvite({ ...invite, toUser: 'telefoon' })).toBe(404);
  });

  it.each([
    '+4930,1',
    '+49%26PJSIP',
    '1;x=y',
    's',
    'i',
    'h',
    'unknown-user',
    '+49$%7BSHELL(id)%7D',
    '+49%22',
    'from-trunk',
    '+%00',
  ])('is refused when it is for %s, which is no number', async (requestUser) => {
    const { sipAddress: address, sipPort: port } = gateway.addresses;
    const before = fakeWorker.events.length;
    const invite = {
      fromAddress: phones.addresses.sipAddress,
      to: { address, port },
      requestUser,
      toUser: requestUser,
    };
    expect([400, 404, 416, 484]).toContain(await sendInvite(invite));
    expect(fakeWorker.events.slice(before).map((event) => event.type)).not.toContain('StasisStart');
  });

  it('hears and is heard once it is answered', async () => {
    fakeWorker.audio.set('/v1/prompts/welcome-from-the-edge-with-a-long-name.wav', toneWav(700, 2));
    const call = { from: '+493023125220', to: OURS, gateway: 1 };
    await phones.placeCall({ ...call, digits: '42#', afterSeconds: 3 });
    const id = idOf(await arrival(call.from));
    await fakeWorker.request('POST', `channels/${id}/answer`);
    const media = `sound:http://127.0.0.1:${fakeWorker.port}/v1/prompts/welcome-from-the-edge-with-a-long-name.wav`;
    await fakeWorker.request('POST', `channels/${id}/play`, { media, playbackId: 'welcome' });
    await fakeWorker.event('PlaybackFinished', (event) => event.playback?.id === 'welcome');
    const pressed = () =>
      fakeWorker.events.filter((event) => event.type === 'ChannelDtmfReceived' && event.channel?.id === id);
    await expect
      .poll(
        () =>
          pressed()
            .map((event) => event.digit)
            .join(''),
        { timeout: 10_000 },
      )
      .toBe('42#');
    await fakeWorker.request('DELETE', `channels/${id}`);
    expect(await phones.outcome(call)).toMatchObject({ status: 'ANSWER', cause: 16 });
    const heard = await readSamples(await phones.heardComplete(call.from, call.to));
    expect(secondsOfTone(heard, 700)).toBeGreaterThan(1.8);
  });

  it.each([
    ['busy', 17, 486],
    ['congestion', 34, 503],
  ])('is refused for the reason %s with the cause %i and the SIP status %i', async (reason, cause, status) => {
    const call = { from: `+49302312523${cause}`.slice(0, 15), to: OURS, gateway: 1 };
    await phones.placeCall(call);
    const start = await arrival(call.from);
    await fakeWorker.request('DELETE', `channels/${idOf(start)}`, { reason });
    const outcome = await phones.outcome(call);
    expect(outcome).toMatchObject({ cause });
    expect(outcome.sip).toContain(`SIP ${status}`);
  });

  it.each([
    [1, 404],
    [21, 403],
    [19, 480],
  ])('is refused with the cause %i by the SIP status %i', async (cause, status) => {
    const call = { from: `+49302312524${cause}`, to: OURS, gateway: 1 };
    await phones.placeCall(call);
    const start = await arrival(call.from);
    await fakeWorker.request('DELETE', `channels/${idOf(start)}`, { reason_code: cause });
    expect((await phones.outcome(call)).sip).toContain(`SIP ${status}`);
  });

  it('ends when the caller gives up', async () => {
    const call = { from: '+493023125250', to: OURS, gateway: 1, ringSeconds: 1 };
    await phones.placeCall(call);
    const id = idOf(await arrival(call.from));
    await fakeWorker.stasisEnded(id);
    expect(await phones.outcome(call)).toMatchObject({ status: 'NOANSWER' });
  });

  it('ends when the caller hangs up', async () => {
    const call = { from: '+493023125251', to: OURS, gateway: 1, talkSeconds: 2, afterSeconds: 0 };
    await phones.placeCall(call);
    const id = idOf(await arrival(call.from));
    await fakeWorker.request('POST', `channels/${id}/answer`);
    await fakeWorker.stasisEnded(id);
    expect(await phones.outcome(call)).toMatchObject({ status: 'ANSWER' });
  });
});
