import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PHONES, phoneWithVoice, VOICE_HERTZ } from '../../src/gateway-agent/configuration/phones.ts';
import { type RunningGateway, startGateway } from '../../src/gateway-agent/gateway.ts';
import { type PhoneNetwork, startPhoneNetwork } from '../../src/gateway-agent/phone-network.ts';
import { startUploader } from '../../src/gateway-agent/upload.ts';
import { workerServer } from '../recordings/worker-server.ts';
import { channelsOf } from '../support/samples.ts';
import { secondsOfSound, secondsWith, toneWav } from './audio.ts';
import { FakeWorker } from './fake-worker.ts';
import { hangUpPhone } from './phone-actions.ts';
import { recorderHarness } from './recorder-harness.ts';

const INDEX = 9;
const [ONE, TWO] = VOICE_HERTZ;
const PROMPT = 2700;
const SECRET = 3100;
const BEFORE = 1370;
const AFTER = 2470;
const NONE: Int16Array = new Int16Array();
const FROM = '+493023125900';

describe.skipIf(inject('skipped'))('the recorder of a gateway', () => {
  let fakeWorker: FakeWorker;
  let phones: PhoneNetwork;
  let gateway: RunningGateway;
  let recorders: ReturnType<typeof recorderHarness>;
  let legs = 0;

  beforeAll(async () => {
    fakeWorker = await FakeWorker.start();
    for (const hertz of [PROMPT, SECRET, BEFORE, AFTER]) fakeWorker.audio.set(pathOf(hertz), toneWav(hertz, 1));
    phones = await startPhoneNetwork({ index: INDEX });
    gateway = await startGateway({ index: INDEX, worker: fakeWorker.url });
    for (const file of await recorderHarness(fakeWorker, gateway).files())
      await rm(`${gateway.doneRecordings}/${file}`);
    await fakeWorker.event('ApplicationRegistered');
    recorders = recorderHarness(fakeWorker, gateway);
  });
  afterAll(async () => {
    await Promise.all([gateway?.stop(), phones?.stop()]);
    await fakeWorker?.kill();
  });

  const pathOf = (hertz: number) => `/v1/prompts/a-prompt-with-a-long-name-${hertz}.wav`;
  const calls = async (number: string, from = FROM) => {
    const id = `leg${++legs}`;
    await fakeWorker.originate(id, number, { callerId: from });
    await fakeWorker.started(id);
    recorders.addLeg(id);
    return id;
  };
  /** Plays a tone for a second, and resolves when that has ended. */
  const playOn = async (target: string, hertz: number) => {
    const playbackId = `${hertz}-${++legs}`;
    await fakeWorker.request('POST', `${target.startsWith('CF') ? 'bridges' : 'channels'}/${target}/play`, {
      media: `sound:http://127.0.0.1:${fakeWorker.port}${pathOf(hertz)}`,
      playbackId,
    });
    const { playback } = await fakeWorker.event('PlaybackFinished', (event) => event.playback?.id === playbackId);
    expect(playback?.state).toBe('done');
  };
  const meet = async (...channels: string[]) => {
    const bridge = `CF${++legs}-1`;
    await fakeWorker.request('POST', `bridges/${bridge}`, { type: 'mixing,proxy_media' });
    for (const channel of channels) await fakeWorker.request('POST', `bridges/${bridge}/addChannel`, { channel });
    recorders.addBridge(bridge);
    return bridge;
  };
  const hangUp = async (...channels: string[]) => {
    for (const channel of channels) {
      await fakeWorker.request('DELETE', `channels/${channel}`);
      await fakeWorker.destroyed(channel);
    }
  };
  const finished = (id: string) =>
    fakeWorker.event('RecordingFinished', ({ recording }) => recording?.name.startsWith(`done/${id}`) === true);
  const failures = (recording: string) =>
    recorders.reported.filter((it) => 'recording' in it && it.recording === recording);

  it('hears a phone, what is played to it, and those in its bridge: on one channel, or on two', async () => {
    const [leg, other] = [await calls(phoneWithVoice(0).number), await calls(phoneWithVoice(1).number)];
    const [mono, stereo] = [recorders.newRecord(1), recorders.newRecord(2)];
    await recorders.perform(leg, mono, stereo);
    await playOn(leg, PROMPT);
    await playOn(await meet(leg, other), AFTER);
    for (const { recording } of [mono, stereo]) await recorders.perform(leg, { do: 'recorder', recording, is: 'off' });
    const [all] = await recorders.complete(mono.recording);
    const [says, hears] = await recorders.complete(stereo.recording);
    const heard = (samples: Int16Array = NONE) => [ONE, PROMPT, TWO].map((hertz) => secondsWith(samples, hertz) > 0.8);
    expect([all, says, hears].map(heard)).toEqual([
      [true, true, true],
      [true, false, false],
      [false, true, true],
    ]);
    // The channels that listened are gone, and the phones go on talking.
    await expect.poll(() => gateway.asterisk('core show channels')).not.toContain('Snoop/');
    expect(await fakeWorker.request('GET', `channels/${leg}`)).toMatchObject({ status: 200 });
    await hangUp(leg, other);
  });

  it('leaves out what is said while it is paused, and keeps the time of what it silences', async () => {
    const leg = await calls(phoneWithVoice(0).number);
    const record = recorders.newRecord(1);
    const { recording } = record;
    const is = (state: 'on' | 'paused' | 'silent' | 'off') =>
      recorders.perform(leg, { do: 'recorder', recording, is: state });
    await recorders.perform(leg, record);
    await playOn(leg, BEFORE);
    await is('paused');
    await is('paused');
    await playOn(leg, SECRET);
    await is('silent');
    await playOn(leg, PROMPT);
    await is('paused');
    await playOn(leg, SECRET);
    await is('on');
    await playOn(leg, AFTER);
    for (const state of ['off', 'off', 'on'] as const) await is(state);
    const [samples = NONE] = await recorders.complete(recording);
    // A few frames are left of what was on its way through Asterisk when the recorder was resumed.
    for (const hertz of [SECRET, PROMPT]) expect(secondsWith(samples, hertz)).toBeLessThan(0.25);
    for (const hertz of [BEFORE, AFTER]) expect(secondsWith(samples, hertz)).toBeGreaterThan(0.8);
    const silent = samples.length / 8000 - secondsWith(samples, ONE);
    expect(silent).toBeGreaterThan(0.8);
    expect(silent).toBeLessThan(1.7);
    expect(failures(recording)).toEqual([]);
    await hangUp(leg);
  });

  it('says what it misses when it is opened late, on a leg and on a bridge, and says it once', async () => {
    const leg = await calls(phoneWithVoice(0).number);
    const bridge = await meet(leg);
    const [late, lateToo, prompt] = [
      recorders.newRecord(2, {}, Date.now() - 8000),
      recorders.newRecord(1, {}, Date.now() - 5000),
      recorders.newRecord(1),
    ];
    // A restart of the Worker has it ask again, and the recorder is open by then.
    for (const order of [late, late, prompt]) await recorders.perform(leg, order);
    await recorders.perform(bridge, lateToo);
    await playOn(leg, PROMPT);
    for (const { recording } of [late, prompt]) await recorders.perform(leg, { do: 'recorder', recording, is: 'off' });
    await recorders.perform(bridge, { do: 'recorder', recording: lateToo.recording, is: 'off' });
    await recorders.untilSettled();
    const told = recorders.missing.filter((it) =>
      [late, lateToo, prompt].some((order) => order.recording === it.recording),
    );
    expect(told.map(({ recording, seconds }) => [recording, seconds > 4.9])).toEqual([
      [late.recording, true],
      [lateToo.recording, true],
    ]);
    await hangUp(leg);
  });

  it('hears nothing at all when it is opened paused, and in a bridge hardly a moment', async () => {
    const leg = await calls(phoneWithVoice(0).number);
    const bridge = await meet(leg);
    const recordings = [recorders.newRecord(1), recorders.newRecord(2), recorders.newRecord(1)] as const;
    for (const [at, record] of recordings.entries()) {
      const { recording } = record;
      await recorders.perform(at === 2 ? bridge : leg, record, { do: 'recorder', recording, is: 'paused' });
    }
    await playOn(leg, SECRET);
    for (const [at, { recording }] of recordings.entries()) {
      await recorders.perform(at === 2 ? bridge : leg, { do: 'recorder', recording, is: 'off' });
    }
    const seconds = await Promise.all(
      recordings.map(async ({ recording }) => (await recorders.complete(recording)).map(({ length }) => length / 8000)),
    );
    expect(seconds.slice(0, 2)).toEqual([[0], [0, 0]]);
    expect(seconds[2]?.[0]).toBeLessThan(0.1);
    await hangUp(leg);
    await fakeWorker.request('DELETE', `bridges/${bridge}`);
  });

  it('completes its file when the phone hangs up, which is no failure', async () => {
    const leg = await calls(phoneWithVoice(2).number, '+493023125901');
    const stereo = recorders.newRecord(2);
    await recorders.perform(leg, stereo);
    await playOn(leg, PROMPT);
    await hangUpPhone(phones, '+493023125901');
    recorders.handleEvent(await finished(stereo.recording));
    await fakeWorker.destroyed(leg);
    recorders.endLeg(leg);
    const [says, hears] = await recorders.complete(stereo.recording);
    expect(secondsWith(says ?? NONE, VOICE_HERTZ[2])).toBeGreaterThan(0.8);
    expect(secondsWith(hears ?? NONE, PROMPT)).toBeGreaterThan(0.8);
    await recorders.untilSettled();
    expect(failures(stereo.recording)).toEqual([]);
  });

  it('has the silence at both ends of its file cut off where that is asked for, alike on both channels', async () => {
    const leg = await calls(PHONES.greets.number);
    const [trimmed, whole] = [recorders.newRecord(2, { trim: true }), recorders.newRecord(2)];
    await recorders.perform(leg, whole, trimmed);
    // The phone says hello within half a second, and then listens.
    await sleep(3000);
    await playOn(leg, PROMPT);
    await sleep(2000);
    for (const { recording } of [trimmed, whole])
      await recorders.perform(leg, { do: 'recorder', recording, is: 'off' });
    await hangUp(leg);
    const [hello = NONE, prompt = NONE] = await recorders.complete(whole.recording);
    const worker = await workerServer();
    const uploader = startUploader({
      folder: gateway.doneRecordings,
      writer: { pid: gateway.pid, since: 0 },
      worker: worker.url,
      id: 'gw',
      token: 't',
      pollMs: 20,
    });
    await expect.poll(() => recorders.files(), { timeout: 10_000 }).toEqual([]);
    await Promise.all([uploader.stop(), worker.close()]);
    const [says, hears] = channelsOf(worker.file(`${trimmed.recording}/wav`));
    expect(secondsOfSound(hello)).toBeGreaterThan(0.4);
    for (const [kept, all] of [
      [says, hello],
      [hears, prompt],
    ] as const) {
      expect(Math.abs(secondsOfSound(kept) - secondsOfSound(all))).toBeLessThan(0.15);
    }
    expect(secondsWith(hears, PROMPT)).toBeGreaterThan(0.9);
    const silence = (samples: Int16Array) => [
      secondsOfSound(samples.subarray(0, 1400)),
      secondsOfSound(samples.subarray(-1400)),
    ];
    expect([silence(says), silence(hears)]).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(hello.length - says.length).toBeGreaterThan(1.7 * 8000);
  });

  it('hears everybody in a bridge, and completes its file when the bridge is deleted', async () => {
    const members = [await calls(phoneWithVoice(0).number), await calls(phoneWithVoice(1).number)];
    const bridge = await meet(...members);
    const record = recorders.newRecord(2);
    await recorders.perform(bridge, record);
    await playOn(bridge, PROMPT);
    await hangUp(...members);
    await fakeWorker.request('DELETE', `bridges/${bridge}`);
    const [samples = NONE] = await recorders.complete(record.recording);
    for (const hertz of [ONE, TWO]) expect(secondsWith(samples, hertz)).toBeGreaterThan(0.8);
    expect(await gateway.asterisk('core show channels')).not.toContain('Recorder/');
  });

  it('does not hear what is whispered to a leg in a bridge', async () => {
    const leg = await calls(phoneWithVoice(0).number);
    const bridge = await meet(leg);
    const record = recorders.newRecord(1);
    await recorders.perform(leg, record);
    const whisper = { spy: 'none', whisper: 'out', app: 'telefoon', appArgs: 'whisper', snoopId: `${leg}-1` };
    await fakeWorker.request('POST', `channels/${leg}/snoop`, whisper);
    await fakeWorker.started(`${leg}-1`);
    await playOn(`${leg}-1`, PROMPT);
    await hangUp(leg);
    const [samples = NONE] = await recorders.complete(record.recording);
    expect(secondsWith(samples, ONE)).toBeGreaterThan(0.3);
    expect(secondsWith(samples, PROMPT)).toBe(0);
    await fakeWorker.request('DELETE', `bridges/${bridge}`);
  });

  it('reports that a phone has said nothing, whatever is played to it', async () => {
    const [quiet, loud] = [await calls(PHONES.listens.number), await calls(phoneWithVoice(0).number)];
    const [record, other] = [recorders.newRecord(1, { silence: 1.5 }), recorders.newRecord(2, { silence: 1.5 })];
    await Promise.all([recorders.perform(quiet, record), recorders.perform(loud, other)]);
    void playOn(quiet, PROMPT);
    recorders.handleEvent(await fakeWorker.event('StasisStart', ({ args }) => args?.[0] === 'silence'));
    expect(recorders.reported.at(-1)).toEqual({ type: 'leg.recorder-silent', recording: record.recording, leg: quiet });
    // The recorder goes on after that, and so does the other one, whose phone is never silent.
    await playOn(quiet, AFTER);
    expect(fakeWorker.events.filter(({ args }) => args?.[0] === 'silence')).toHaveLength(1);
    await hangUp(quiet, loud);
    const [samples = NONE] = await recorders.complete(record.recording);
    expect(secondsWith(samples, AFTER)).toBeGreaterThan(0.8);
    await recorders.complete(other.recording);
  });

  it('reports that it broke off on a full disk, which Asterisk calls finished; the file is whole as far as it goes', async () => {
    const leg = await calls(phoneWithVoice(0).number);
    const record = recorders.newRecord(1);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k,mode=777', 'tmpfs', gateway.doneRecordings]);
    try {
      await recorders.perform(leg, record);
      recorders.handleEvent(await finished(record.recording));
      expect(fakeWorker.events.some(({ type }) => type === 'RecordingFailed')).toBe(false);
      await recorders.untilSettled();
      expect(failures(record.recording)).toMatchObject([{ type: 'leg.recorder-failed', reason: 'recorder-broke' }]);
      const [samples = NONE] = await recorders.complete(record.recording);
      expect(samples.length / 8000).toBeGreaterThan(1);
    } finally {
      // Lazily, because Asterisk may still have a file open there: the folder is what it was before.
      execFileSync('umount', ['--lazy', gateway.doneRecordings]);
    }
    await hangUp(leg);
  });

  it('reports that it was refused, but not when its leg is gone', async () => {
    const leg = await calls(phoneWithVoice(0).number);
    await hangUp(leg);
    const [gone, missing] = [recorders.newRecord(1), recorders.newRecord(1)];
    await recorders.perform(leg, gone);
    recorders.addBridge('CF0-1');
    await recorders.perform('CF0-1', missing);
    expect(failures(gone.recording)).toEqual([]);
    expect(failures(missing.recording)).toMatchObject([{ reason: 'recorder-refused' }]);
  });
});
