import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PHONES, phoneWithVoice, VOICES } from '../../src/gateway-agent/configuration/phones.ts';
import { type Gateway, startGateway } from '../../src/gateway-agent/gateway.ts';
import { type PhoneNetwork, startPhoneNetwork } from '../../src/gateway-agent/phone-network.ts';
import { startUploader } from '../../src/gateway-agent/upload.ts';
import { workerServer } from '../recordings/worker-server.ts';
import { channelsOf } from '../support/samples.ts';
import { secondsOfSound, secondsWith, toneWav } from './audio.ts';
import { Edge } from './edge.ts';
import { hangUpPhone } from './hands.ts';
import { recorderAt } from './recorder.ts';

const INDEX = 9;
const [ONE, TWO] = VOICES;
const PROMPT = 2700;
const SECRET = 3100;
const BEFORE = 1370;
const AFTER = 2470;
const NONE: Int16Array = new Int16Array();
const FROM = '+493023125900';

describe.skipIf(inject('skipped'))('the recorder of a gateway', () => {
  let edge: Edge;
  let phones: PhoneNetwork;
  let gateway: Gateway;
  let recorder: ReturnType<typeof recorderAt>;
  let legs = 0;

  beforeAll(async () => {
    edge = await Edge.start();
    for (const hertz of [PROMPT, SECRET, BEFORE, AFTER]) edge.audio.set(pathOf(hertz), toneWav(hertz, 1));
    phones = await startPhoneNetwork({ index: INDEX });
    gateway = await startGateway({ index: INDEX, worker: edge.worker });
    for (const file of await recorderAt(edge, gateway).files()) await rm(`${gateway.recorded}/${file}`);
    await edge.event('ApplicationRegistered');
    recorder = recorderAt(edge, gateway);
  });
  afterAll(async () => {
    await Promise.all([gateway?.stop(), phones?.stop()]);
    await edge?.kill();
  });

  const pathOf = (hertz: number) => `/v1/prompts/a-prompt-with-a-long-name-${hertz}.wav`;
  const calls = async (number: string, from = FROM) => {
    const id = `leg${++legs}`;
    await edge.originate(id, number, { callerId: from });
    await edge.started(id);
    recorder.leg(id);
    return id;
  };
  /** For a second, at the end of which it is over. */
  const playsOn = async (target: string, hertz: number) => {
    const playbackId = `${hertz}-${++legs}`;
    await edge.request('POST', `${target.startsWith('CF') ? 'bridges' : 'channels'}/${target}/play`, {
      media: `sound:http://127.0.0.1:${edge.port}${pathOf(hertz)}`,
      playbackId,
    });
    const { playback } = await edge.event('PlaybackFinished', (event) => event.playback?.id === playbackId);
    expect(playback?.state).toBe('done');
  };
  const meet = async (...channels: string[]) => {
    const bridge = `CF${++legs}-1`;
    await edge.request('POST', `bridges/${bridge}`, { type: 'mixing,proxy_media' });
    for (const channel of channels) await edge.request('POST', `bridges/${bridge}/addChannel`, { channel });
    recorder.bridge(bridge);
    return bridge;
  };
  const hangUp = async (...channels: string[]) => {
    for (const channel of channels) {
      await edge.request('DELETE', `channels/${channel}`);
      await edge.destroyed(channel);
    }
  };
  const finished = (id: string) =>
    edge.event('RecordingFinished', ({ recording }) => recording?.name.startsWith(`done/${id}`) === true);
  const failures = (recording: string) => recorder.told.filter((it) => 'recording' in it && it.recording === recording);

  it('hears a phone, what is played to it and whom it meets: on one channel, or on two', async () => {
    const [leg, other] = [await calls(phoneWithVoice(0).number), await calls(phoneWithVoice(1).number)];
    const [mono, stereo] = [recorder.record(1), recorder.record(2)];
    await recorder.does(leg, mono, stereo);
    await playsOn(leg, PROMPT);
    await playsOn(await meet(leg, other), AFTER);
    for (const { recording } of [mono, stereo]) await recorder.does(leg, { do: 'recorder', recording, is: 'off' });
    const [all] = await recorder.complete(mono.recording);
    const [says, hears] = await recorder.complete(stereo.recording);
    const heard = (samples: Int16Array = NONE) => [ONE, PROMPT, TWO].map((hertz) => secondsWith(samples, hertz) > 0.8);
    expect([all, says, hears].map(heard)).toEqual([
      [true, true, true],
      [true, false, false],
      [false, true, true],
    ]);
    // The channels that listened are gone; the phones talk on.
    await expect.poll(() => gateway.asterisk('core show channels')).not.toContain('Snoop/');
    expect(await edge.request('GET', `channels/${leg}`)).toMatchObject({ status: 200 });
    await hangUp(leg, other);
  });

  it('leaves out what is said while it is paused, and keeps the time of what it silences', async () => {
    const leg = await calls(phoneWithVoice(0).number);
    const { recording, ...how } = recorder.record(1);
    const is = (state: 'on' | 'paused' | 'silent' | 'off') =>
      recorder.does(leg, { do: 'recorder', recording, is: state });
    await recorder.does(leg, { ...how, recording });
    await playsOn(leg, BEFORE);
    await is('paused');
    await is('paused');
    await playsOn(leg, SECRET);
    await is('silent');
    await playsOn(leg, PROMPT);
    await is('paused');
    await playsOn(leg, SECRET);
    await is('on');
    await playsOn(leg, AFTER);
    for (const state of ['off', 'off', 'on'] as const) await is(state);
    const [samples = NONE] = await recorder.complete(recording);
    // Of what was on its way through Asterisk when the recorder was resumed, a few frames are left.
    for (const hertz of [SECRET, PROMPT]) expect(secondsWith(samples, hertz)).toBeLessThan(0.25);
    for (const hertz of [BEFORE, AFTER]) expect(secondsWith(samples, hertz)).toBeGreaterThan(0.8);
    const silent = samples.length / 8000 - secondsWith(samples, ONE);
    expect(silent).toBeGreaterThan(0.8);
    expect(silent).toBeLessThan(1.7);
    expect(failures(recording)).toEqual([]);
    await hangUp(leg);
  });

  it('hears nothing at all when it is opened paused, in a bridge hardly a moment', async () => {
    const leg = await calls(phoneWithVoice(0).number);
    const bridge = await meet(leg);
    const recordings = [recorder.record(1), recorder.record(2), recorder.record(1)] as const;
    for (const [at, record] of recordings.entries()) {
      const { recording } = record;
      await recorder.does(at === 2 ? bridge : leg, record, { do: 'recorder', recording, is: 'paused' });
    }
    await playsOn(leg, SECRET);
    for (const [at, { recording }] of recordings.entries()) {
      await recorder.does(at === 2 ? bridge : leg, { do: 'recorder', recording, is: 'off' });
    }
    const seconds = await Promise.all(
      recordings.map(async ({ recording }) => (await recorder.complete(recording)).map(({ length }) => length / 8000)),
    );
    expect(seconds.slice(0, 2)).toEqual([[0], [0, 0]]);
    expect(seconds[2]?.[0]).toBeLessThan(0.1);
    await hangUp(leg);
    await edge.request('DELETE', `bridges/${bridge}`);
  });

  it('is complete when the phone hangs up, which is no failure', async () => {
    const leg = await calls(phoneWithVoice(2).number, '+493023125901');
    const stereo = recorder.record(2);
    await recorder.does(leg, stereo);
    await playsOn(leg, PROMPT);
    await hangUpPhone(phones, '+493023125901');
    recorder.hear(await finished(stereo.recording));
    await edge.destroyed(leg);
    recorder.over(leg);
    const [says, hears] = await recorder.complete(stereo.recording);
    expect(secondsWith(says ?? NONE, VOICES[2])).toBeGreaterThan(0.8);
    expect(secondsWith(hears ?? NONE, PROMPT)).toBeGreaterThan(0.8);
    await recorder.settled();
    expect(failures(stereo.recording)).toEqual([]);
  });

  it('is brought without its silent ends where that is wished, alike on both channels', async () => {
    const leg = await calls(PHONES.greets.number);
    const [trimmed, whole] = [{ ...recorder.record(2), trim: true as const }, recorder.record(2)];
    await recorder.does(leg, whole, trimmed);
    // The phone has said hello after half a second, and listens then.
    await sleep(3000);
    await playsOn(leg, PROMPT);
    await sleep(2000);
    for (const { recording } of [trimmed, whole]) await recorder.does(leg, { do: 'recorder', recording, is: 'off' });
    await hangUp(leg);
    const [hello = NONE, prompt = NONE] = await recorder.complete(whole.recording);
    const worker = await workerServer();
    const uploader = startUploader({
      folder: gateway.recorded,
      writer: { pid: gateway.pid, since: 0 },
      worker: worker.url,
      id: 'gw',
      token: 't',
      pollMs: 20,
    });
    await expect.poll(() => recorder.files(), { timeout: 10_000 }).toEqual([]);
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

  it('hears all in a bridge, and is complete when that is gone', async () => {
    const members = [await calls(phoneWithVoice(0).number), await calls(phoneWithVoice(1).number)];
    const bridge = await meet(...members);
    const record = recorder.record(2);
    await recorder.does(bridge, record);
    await playsOn(bridge, PROMPT);
    await hangUp(...members);
    await edge.request('DELETE', `bridges/${bridge}`);
    const [samples = NONE] = await recorder.complete(record.recording);
    for (const hertz of [ONE, TWO]) expect(secondsWith(samples, hertz)).toBeGreaterThan(0.8);
    expect(await gateway.asterisk('core show channels')).not.toContain('Recorder/');
  });

  it('does not hear what is whispered to a leg in a bridge', async () => {
    const leg = await calls(phoneWithVoice(0).number);
    const bridge = await meet(leg);
    const record = recorder.record(1);
    await recorder.does(leg, record);
    const whisper = { spy: 'none', whisper: 'out', app: 'telefoon', appArgs: 'whisper', snoopId: `${leg}-1` };
    await edge.request('POST', `channels/${leg}/snoop`, whisper);
    await edge.started(`${leg}-1`);
    await playsOn(`${leg}-1`, PROMPT);
    await hangUp(leg);
    const [samples = NONE] = await recorder.complete(record.recording);
    expect(secondsWith(samples, ONE)).toBeGreaterThan(0.3);
    expect(secondsWith(samples, PROMPT)).toBe(0);
    await edge.request('DELETE', `bridges/${bridge}`);
  });

  it('tells that a phone has said nothing, whatever is played to it', async () => {
    const [quiet, loud] = [await calls(PHONES.listens.number), await calls(phoneWithVoice(0).number)];
    const [record, other] = [recorder.record(1, 1.5), recorder.record(2, 1.5)];
    await Promise.all([recorder.does(quiet, record), recorder.does(loud, other)]);
    void playsOn(quiet, PROMPT);
    recorder.hear(await edge.event('StasisStart', ({ args }) => args?.[0] === 'silence'));
    expect(recorder.told.at(-1)).toEqual({ type: 'leg.recorder-silent', recording: record.recording, leg: quiet });
    // It goes on, and so does the one that has heard something all the time.
    await playsOn(quiet, AFTER);
    expect(edge.events.filter(({ args }) => args?.[0] === 'silence')).toHaveLength(1);
    await hangUp(quiet, loud);
    const [samples = NONE] = await recorder.complete(record.recording);
    expect(secondsWith(samples, AFTER)).toBeGreaterThan(0.8);
    await recorder.complete(other.recording);
  });

  it('tells when it breaks off: on a full disk Asterisk calls it done, and the file is whole as far as it goes', async () => {
    const leg = await calls(phoneWithVoice(0).number);
    const record = recorder.record(1);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k,mode=777', 'tmpfs', gateway.recorded]);
    try {
      await recorder.does(leg, record);
      recorder.hear(await finished(record.recording));
      expect(edge.events.some(({ type }) => type === 'RecordingFailed')).toBe(false);
      await recorder.settled();
      expect(failures(record.recording)).toMatchObject([{ type: 'leg.recorder-failed', reason: 'recorder-broke' }]);
      const [samples = NONE] = await recorder.complete(record.recording);
      expect(samples.length / 8000).toBeGreaterThan(1);
    } finally {
      // Whatever still has a file of it open: the folder is what it was.
      execFileSync('umount', ['--lazy', gateway.recorded]);
    }
    await hangUp(leg);
  });

  it('tells that it was refused, but nothing of a leg that is gone', async () => {
    const leg = await calls(phoneWithVoice(0).number);
    await hangUp(leg);
    const [gone, missing] = [recorder.record(1), recorder.record(1)];
    await recorder.does(leg, gone);
    recorder.bridge('CF0-1');
    await recorder.does('CF0-1', missing);
    expect(failures(gone.recording)).toEqual([]);
    expect(failures(missing.recording)).toMatchObject([{ reason: 'recorder-refused' }]);
  });
});
