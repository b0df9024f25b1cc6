import { execFileSync } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { PHONES, phoneThatPresses, phoneWithVoice, VOICE_HERTZ } from '../../src/gateway-agent/configuration/phones.ts';
import { startUploader, type Uploader } from '../../src/gateway-agent/upload.ts';
import type { Json } from '../support/api.ts';
import { answerJson, hookServer } from '../support/hook-server.ts';
import { channelsOf } from '../support/samples.ts';
import { fetchWav } from '../support/wav.ts';
import { startWorker } from '../support/worker.ts';
import { secondsOfSound, secondsWith } from './audio.ts';
import { conferenceCalls } from './conference-calls.ts';
import { gatewayUrl, startWorld, type World } from './world.ts';

const [ANNA, BEN, CARL] = [phoneWithVoice(0), phoneWithVoice(1), phoneWithVoice(2)];
const LIVE = 'tf_live_local';

describe.skipIf(inject('skipped'))('the recording of a live call over SIP', () => {
  let world: World;
  let hook: Awaited<ReturnType<typeof hookServer>>;
  let uploader: Uploader;
  const { meet, enters, end } = conferenceCalls(() => world);

  beforeAll(async () => {
    hook = await hookServer();
    const since = Date.now();
    world = await startWorld(4);
    // Recordings of an earlier run that was interrupted are unknown to this Worker.
    for (const file of await readdir(world.gateway.doneRecordings)) await rm(join(world.gateway.doneRecordings, file));
    uploader = startUploader({
      folder: world.gateway.doneRecordings,
      writer: { pid: world.gateway.pid, since },
      worker: gatewayUrl(world.worker),
      id: 'gw-local',
      token: 'tf_gateway_local',
      pollMs: 100,
      retryMs: 200,
    });
    // Phones that speak all the time cannot press a key, so they have agreed before; the third has not been asked.
    for (const { number } of [ANNA, BEN]) await consentOf(number);
  });
  afterAll(async () => {
    await uploader?.stop();
    await world?.end();
    await hook?.close();
  });
  beforeEach(() => void hook.posted.splice(0));

  const consentOf = async (phone_number: string) => {
    const facts = { basis: 'opt-in', obtained_at: '2026-01-15', obtained_how: 'web form' };
    return String((await world.api.post('/consents', { phone_number, ...facts })).body.id);
  };
  const recordingOf = async (query: string, status: string): Promise<Json> =>
    vi.waitFor(async () => {
      const { recordings } = (await world.api.get(`/recordings?${query}`)).body as { recordings: Json[] };
      expect(recordings).toMatchObject([{ status }]);
      return recordings[0] as Json;
    }, 20_000);
  const soundOf = async (query: string) => {
    const { id } = await recordingOf(query, 'completed');
    return channelsOf(await fetchWav(id, LIVE, 200, world.worker.url));
  };
  const waits = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const change = (id: string, recording: unknown, body: Json) =>
    world.api.send('PATCH', `/calls/${id}/recordings/${recording}`, body);

  it('has each side on a channel of its own, and is deleted from the gateway once it is stored', async () => {
    const dial = { verb: 'dial', number: BEN.number, timeLimit: 4, record: 'record-from-answer-dual' };
    const id = await world.call(ANNA.number, { flow: [dial] });
    await world.api.ended(id);
    const [caller, callee] = await soundOf(`call_id=${id}`);
    expect(secondsWith(caller, VOICE_HERTZ[0])).toBeGreaterThan(3);
    expect(secondsWith(callee, VOICE_HERTZ[1])).toBeGreaterThan(3);
    expect(secondsWith(caller, VOICE_HERTZ[1])).toBeLessThan(0.2);
    expect(secondsWith(callee, VOICE_HERTZ[0])).toBeLessThan(0.2);
    await expect.poll(() => readdir(world.gateway.doneRecordings), { timeout: 10_000 }).toEqual([]);
  });

  it('has nothing of the question for consent, and everything from the answer on', async () => {
    const flow = [{ verb: 'pause', length: 2 }, { verb: 'hangup' }];
    const id = await world.call(phoneThatPresses(1).number, {
      flow,
      record: true,
      recording_channels: 'dual',
      recording_notice: 'Record: 1.',
    });
    await world.api.ended(id);
    const types = await world.types(id);
    expect(types.indexOf('recording.started')).toBeGreaterThan(types.indexOf('consent.answered'));
    const [, heard] = await soundOf(`call_id=${id}`);
    expect(heard.length / 8000).toBeGreaterThan(1.5);
    expect(secondsOfSound(heard)).toBe(0);
  });

  it.each([
    ['presses another key', phoneThatPresses(2)],
    ['says nothing', PHONES.listens],
  ])(
    'does not exist where the party %s',
    async (_what, phone) => {
      const flow = [{ verb: 'pause', length: 1 }, { verb: 'hangup' }];
      const id = await world.call(phone.number, { flow, record: true, recording_notice: 'Record: 1.' });
      await world.api.ended(id);
      expect((await world.api.get(`/calls/${id}/recordings`)).body).toMatchObject({ total: 0 });
      await expect.poll(() => readdir(world.gateway.doneRecordings), { timeout: 10_000 }).toEqual([]);
    },
    40_000,
  );

  it('pauses while the call talks to somebody who has not agreed', async () => {
    const dial = { verb: 'dial', number: CARL.number, timeLimit: 3 };
    const flow = [dial, { verb: 'pause', length: 2 }, { verb: 'hangup' }];
    const id = await world.call(ANNA.number, {
      flow,
      record: true,
      recording_channels: 'dual',
      recording_notice: 'Record: 1.',
    });
    await world.api.untilEvent(id, 'dial.connected');
    await recordingOf(`call_id=${id}`, 'paused');
    await world.api.ended(id);
    const [caller, heard] = await soundOf(`call_id=${id}`);
    expect(secondsWith(heard, VOICE_HERTZ[2])).toBe(0);
    expect(secondsWith(caller, VOICE_HERTZ[0])).toBeGreaterThan(1.5);
  }, 60_000);

  it('of a dialled leg has nothing of a caller who has not agreed, also where it began before the two were connected', async () => {
    const whisper = await hookServer({ '/whisper': answerJson([{ verb: 'pause', length: 3 }]) });
    const targets = [{ noun: 'number', to: ANNA.number, url: `${whisper.url}/whisper` }];
    const id = await world.call(CARL.number, { flow: [{ verb: 'dial', targets, timeLimit: 3 }, { verb: 'hangup' }] });
    const [{ call: leg } = {}] = await world.api.untilEvent(id, 'dial.placed');
    await world.until(String(leg), 'in-progress');
    const { status } = await world.api.post(`/calls/${leg}/recordings`, { recording_channels: 'dual' });
    expect(status).toBe(201);
    await world.api.untilEvent(id, 'dial.connected');
    await recordingOf(`call_id=${leg}`, 'paused');
    await world.api.ended(id);
    const [said, heard] = await soundOf(`call_id=${leg}`);
    expect(secondsWith(said, VOICE_HERTZ[0])).toBeGreaterThan(1);
    expect(secondsWith(heard, VOICE_HERTZ[2])).toBe(0);
    await whisper.close();
  }, 60_000);

  it('is silent or shorter where the customer pauses it', async () => {
    const id = await world.call(ANNA.number);
    await world.until(id, 'in-progress');
    const { body } = await world.api.post(`/calls/${id}/recordings`, {});
    await waits(1500);
    await change(id, body.id, { status: 'paused', pause_behavior: 'silence' });
    await waits(1500);
    await change(id, body.id, { status: 'paused', pause_behavior: 'skip' });
    await waits(1500);
    await change(id, body.id, { status: 'in-progress' });
    await waits(1500);
    await change(id, body.id, { status: 'stopped' });
    const [said] = await soundOf(`call_id=${id}`);
    const [seconds, spoken] = [said.length / 8000, secondsWith(said, VOICE_HERTZ[0])];
    // A recorder is resumed 0.4 s late, so that nothing is heard that was on its way before.
    expect(spoken).toBeGreaterThan(1.8);
    expect(seconds - spoken).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(5.7);
    await world.api.delete(`/calls/${id}`);
  });

  it('ends when nobody speaks any more, with the record verb', async () => {
    await consentOf(PHONES.greets.number);
    const record = {
      verb: 'record',
      timeout: 2,
      action: `${hook.url}/after`,
      recordingStatusCallback: `${hook.url}/said`,
    };
    const id = await world.call(PHONES.greets.number, { flow: [record] });
    await world.api.ended(id);
    expect(hook.requests().find(({ event }) => event === 'record')).toMatchObject({ recording: 'completed' });
    await hook.untilPosted('/said', 1);
    expect((await soundOf(`call_id=${id}`))[0].length / 8000).toBeLessThan(10);
  });

  it('ends and is deleted when the consent is withdrawn', async () => {
    const consent = await consentOf(CARL.number);
    const id = await world.call(CARL.number, { record: true });
    const { id: recording } = await recordingOf(`call_id=${id}`, 'in-progress');
    await world.api.delete(`/consents/${consent}?delete_recordings=true`);
    expect(await world.api.get(`/recordings/${recording}`)).toMatchObject({ body: { status: 'deleted' } });
    await fetchWav(recording, LIVE, 410, world.worker.url);
    await expect.poll(() => readdir(world.gateway.doneRecordings), { timeout: 10_000 }).toEqual([]);
    expect(await world.api.call(id)).toMatchObject({ status: 'in-progress' });
    await world.api.delete(`/calls/${id}`);
  });

  it('goes on while the Worker is killed and started again', async () => {
    const id = await world.call(ANNA.number, { record: true });
    await recordingOf(`call_id=${id}`, 'in-progress');
    await waits(1000);
    await world.worker.kill();
    await waits(1000);
    world.worker = await startWorker(world.state, Number(new URL(world.worker.url).port));
    await vi.waitFor(async () => expect(await world.api.call(id)).toMatchObject({ status: 'in-progress' }), 10_000);
    await waits(1000);
    await world.api.delete(`/calls/${id}`);
    const [said] = await soundOf(`call_id=${id}`);
    expect(secondsWith(said, VOICE_HERTZ[0])).toBeGreaterThan(3);
    // How soon the phone is heard depends on the machine; from then on, nothing is missing.
    const voice = said.subarray(said.findIndex((sample) => Math.abs(sample) > 1000));
    expect(voice.length / 8000 - secondsWith(voice, VOICE_HERTZ[0])).toBeLessThan(0.5);
    expect((said.length - voice.length) / 8000).toBeLessThan(0.5);
  }, 60_000);

  it('breaks off when the disk of the gateway is full, which is reported; what was recorded is kept, and the call goes on', async () => {
    const folder = world.gateway.doneRecordings;
    // The MP3 of the recording before would fill the small disk, were it still to be written.
    await expect.poll(() => readdir(folder), { timeout: 10_000 }).toEqual([]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k,mode=777', 'tmpfs', folder]);
    try {
      const id = await world.call(ANNA.number, { record: true, recording_status_callback: `${hook.url}/said` });
      await hook.untilPosted('/said', 1);
      expect(hook.posted.find(({ path }) => path === '/said')?.body.type).toBe('recording.completed');
      await vi.waitFor(async () => expect(await world.types(id)).toContain('recording.failed'), 5000);
      await vi.waitFor(async () => {
        const recording = await recordingOf(`call_id=${id}`, 'completed');
        expect(recording).toMatchObject({ failure_reason: 'recorder-broke' });
        expect(recording.duration).toBeGreaterThan(1);
      }, 5000);
      expect(await world.api.call(id)).toMatchObject({ status: 'in-progress' });
      await world.api.delete(`/calls/${id}`);
      await expect.poll(() => readdir(folder), { timeout: 10_000 }).toEqual([]);
    } finally {
      execFileSync('umount', ['--lazy', folder]);
    }
  });

  it('of a conference has those who agreed, and nothing of anybody while a participant is there who has not', async () => {
    const name = 'recorded';
    const record = { record: true };
    const { id, calls } = await meet([0, 1], () => record);
    await recordingOf(`conference_id=${id}`, 'in-progress');
    await waits(2000);
    const carl = await enters(id, 2, { name: id });
    await recordingOf(`conference_id=${id}`, 'paused');
    await world.api.untilEvent(carl, 'consent.answered', 1);
    await world.api.delete(`/calls/${carl}`);
    await recordingOf(`conference_id=${id}`, 'in-progress');
    await waits(1000);
    expect(calls.size, name).toBe(2);
    await end(id);
    const [all] = await soundOf(`conference_id=${id}`);
    expect(secondsWith(all, VOICE_HERTZ[0])).toBeGreaterThan(2.5);
    expect(secondsWith(all, VOICE_HERTZ[1])).toBeGreaterThan(2.5);
    expect(secondsWith(all, VOICE_HERTZ[2])).toBe(0);
  }, 90_000);
});
