import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallObject } from '../../../src/calls/object/object.ts';
import * as rendering from '../../../src/carriers/simulated/render.ts';
import { PROMPT_HERTZ, pitchOf } from '../../../src/carriers/simulated/tones.ts';
import type { Instruction, LegEvent, Script } from '../../../src/contracts/carrier.ts';
import type { NewRecording } from '../../../src/contracts/recording.ts';
import { scriptFor } from '../../../src/contracts/script.ts';
import { newId } from '../../../src/lib/ids.ts';
import { RecordingObject } from '../../../src/recordings/object/object.ts';
import type { Upload } from '../../../src/recordings/rpc.ts';
import { minimp3 } from '../../../src/speech/audio/minimp3.ts';
import { openMp3 } from '../../../src/speech/audio/mp3.ts';
import { tuneSamples } from '../../../src/speech/tunes.ts';
import { secondsOfSound, secondsOfTone, secondsWith } from '../../gateway/audio.ts';
import { someRecording } from '../../recordings/facts.ts';
import { aVoice } from '../../speech/support/voices.ts';
import { legOf, SCOPE } from '../../support/facts.ts';
import { recordingObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';

const TO = '+31201234567';

const events = new Map<string, LegEvent[]>();
beforeEach(() => {
  vi.spyOn(CallObject.prototype, 'legEvents').mockImplementation(async function (this: CallObject, more) {
    const leg = this.ctx.id.name ?? '';
    events.set(leg, [...(events.get(leg) ?? []), ...more]);
  });
});
afterEach(() => void vi.restoreAllMocks());

const typesOf = (leg: string) => (events.get(leg) ?? []).map(({ type }) => type);

const told = new Map<string, number>();
function tell(leg: string, ...instructions: Instruction[]) {
  const first = (told.get(leg) ?? 0) + 1;
  told.set(leg, first + instructions.length - 1);
  return legOf(leg).perform({ leg, first, at: Date.now(), instructions });
}

/** A leg that has answered, and whose time runs by itself, a hundred times as fast as ours unless it says otherwise. */
async function answered(script: Partial<Script> = {}, { to = TO, speed = 100 } = {}): Promise<string> {
  const id = newId('CA', Date.now());
  const full = scriptFor('', { answer_after: 0, talks: [], ...script });
  await tell(id, { do: 'dial', to, from: '+31851234567', script: full });
  await until(() => expect(typesOf(id)).toContain('leg.answered'));
  if (speed > 1) await tell(id, { do: 'run', speed });
  return id;
}

const record = (recording: string, channels: 1 | 2 = 2) =>
  ({ do: 'record', recording, order: { source: 'start-verb', channels } }) as const;
const off = (recording: string) => ({ do: 'recorder', recording, is: 'off' }) as const;

async function begun(facts: Partial<NewRecording> = {}): Promise<string> {
  const recording = someRecording({ channels: 2, ...facts });
  await recordingObject(env, recording.id).begin(recording);
  return recording.id;
}

const statusOf = async (recording: string) => {
  const found = await recordingObject(env, recording).facts(SCOPE);
  return found.ok ? found.value.status : found.refusal;
};
const untilStored = (recording: string) => until(async () => expect(await statusOf(recording)).toBe('completed'));

const fileOf = async (recording: string, format: 'wav' | 'mp3') =>
  new Uint8Array(await ((await env.RECORDINGS.get(`${recording}/${format}-1-of-1`)) as R2ObjectBody).arrayBuffer());

/** The samples of each channel of what was stored. */
async function wavOf(recording: string, channels: 1 | 2 = 2): Promise<Int16Array[]> {
  const samples = new Int16Array((await fileOf(recording, 'wav')).buffer, 44);
  return Array.from({ length: channels }, (_, channel) => samples.filter((_sample, at) => at % channels === channel));
}

/** The render jobs that the object of a leg or a bridge stores. */
const jobsOf = (id: string) =>
  runInDurableObject(legOf(id), (_object, state) => {
    const { leg, bridge } = state.storage.kv.get('line') as Record<string, { recorders: { job?: object }[] }>;
    return (leg ?? bridge)?.recorders.map(({ job }) => job);
  });

/** Silences the platform's log, and returns the failures that the object writes to it. */
const complaints = () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  return () => new Set(log.mock.calls.map(([complaint]) => complaint));
};

/** An eviction waits for what is under way. */
const crash = (id: string) =>
  runInDurableObject(legOf(id), (_object, state) => state.abort('a crash (part of this test)')).catch(() => {});

const missingOf = async (recording: string) => {
  const found = await recordingObject(env, recording).facts(SCOPE);
  return found.ok ? found.value.missingSeconds : undefined;
};

describe('a recorder that is opened later than it was ordered', () => {
  it('has its recording say how much is missing', async () => {
    const leg = await answered({}, { speed: 1 });
    const late = await begun({ id: newId('RE', Date.now() - 7000) });
    const prompt = await begun();
    await tell(leg, record(late), record(prompt), off(late), off(prompt));
    await untilStored(late);
    await untilStored(prompt);
    expect(Math.floor((await missingOf(late)) ?? 0)).toBe(7);
    expect(await missingOf(prompt)).toBeUndefined();
  });

  it('misses no more than there was until the end of the leg', async () => {
    const leg = await answered({}, { speed: 1 });
    const recording = await begun({ id: newId('RE', Date.now() - 3000) });
    await tell(leg, { do: 'hangup' });
    await until(() => expect(typesOf(leg)).toContain('leg.ended'));
    await tell(leg, record(recording));
    await untilStored(recording);
    expect(Math.floor((await missingOf(recording)) ?? 0)).toBe(3);
  });
});

describe('a recording of a simulated call', () => {
  it('is stored as WAV and as MP3, with the voice of the party and what it heard', async () => {
    const recording = await begun();
    const leg = await answered({ talks: [{ after: 0, for: 3600 }] });
    await tell(leg, record(recording), { do: 'play', playback: 'p1', prompts: [{ tune: 'waiting', times: 1 }] });
    await until(() => expect(typesOf(leg)).toContain('leg.playback-ended'));
    await tell(leg, { do: 'hangup' });
    await untilStored(recording);
    const [left, right] = (await wavOf(recording)) as [Int16Array, Int16Array];
    const seconds = left.length / 8000;
    expect(seconds).toBeGreaterThanOrEqual(20);
    expect(secondsOfTone(left, pitchOf(TO))).toBeCloseTo(seconds, 0);
    expect(right.slice(0, 20 * 8000)).toEqual(tuneSamples('waiting', 8000));
    expect(secondsOfSound(right.slice(20 * 8000))).toBe(0);
    const wav = await fileOf(recording, 'wav');
    expect(new DataView(wav.buffer).getUint32(40, true)).toBe(wav.length - 44);
    const mp3 = openMp3(await fileOf(recording, 'mp3'), minimp3);
    const decoded = mp3.ok ? [...mp3.chunks] : [];
    expect(decoded.reduce((sum, { samples }) => sum + samples.length, 0) / 8000).toBeCloseTo(seconds, 0);
    const found = await recordingObject(env, recording).facts(SCOPE);
    expect(found.ok && found.value.seconds).toBeCloseTo(seconds, 3);
  });

  it('has a tone where a prompt cannot be spoken', async () => {
    const recording = await begun();
    const leg = await answered();
    const prompts = [{ say: `Hallo ${recording}`, language: 'nl-NL', times: 1 }];
    await tell(leg, record(recording), { do: 'play', playback: 'p1', prompts });
    await until(() => expect(typesOf(leg)).toContain('leg.playback-ended'));
    await tell(leg, off(recording));
    await untilStored(recording);
    const [left, right] = (await wavOf(recording)) as [Int16Array, Int16Array];
    expect(secondsOfSound(left)).toBe(0);
    expect(secondsOfTone(right, PROMPT_HERTZ)).toBeGreaterThan(3);
  });

  it('has the same speech as on a gateway, where a voice is available', async () => {
    const recording = await begun();
    const leg = await answered();
    const { fetcher } = aVoice();
    vi.spyOn(env.SPEECH, 'fetch').mockImplementation(fetcher.fetch);
    const prompts = [{ say: `Hallo ${recording}`, language: 'nl-NL', times: 1 }];
    await tell(leg, record(recording), { do: 'play', playback: 'p1', prompts });
    await until(() => expect(typesOf(leg)).toContain('leg.playback-ended'));
    await tell(leg, off(recording));
    await untilStored(recording);
    const [, right] = (await wavOf(recording)) as [Int16Array, Int16Array];
    expect(right.indexOf(1000)).toBe(0);
    expect(right.lastIndexOf(1000) / 8000).toBeGreaterThan(3);
  });

  it('of a conference has everyone, once the last leg has left', async () => {
    const bridge = `${newId('CF', Date.now())}-1`;
    const recording = await begun({ channels: 1 });
    const [one, two] = [
      await answered({ talks: [{ after: 0, for: 9999 }] }),
      await answered({}, { to: '+31209876543' }),
    ];
    await tell(bridge, { do: 'run', speed: 100 }, record(recording, 1));
    await tell(one, { do: 'join', bridge: { id: bridge }, muted: false });
    await tell(two, { do: 'join', bridge: { id: bridge }, muted: false });
    await tell(one, { do: 'play', playback: 'p1', prompts: [{ pause: 10 }] });
    await until(() => expect(typesOf(one)).toContain('leg.playback-ended'));
    await tell(one, { do: 'hangup' });
    expect(await statusOf(recording)).toBe('in-progress');
    await tell(two, { do: 'hangup' });
    await untilStored(recording);
    const [mono] = (await wavOf(recording, 1)) as [Int16Array];
    expect(secondsWith(mono, pitchOf(TO))).toBeGreaterThan(9);
    expect(secondsWith(mono, pitchOf('+31209876543'))).toBe(0);
  });

  it('is stored once, however often its leg is asked for it', async () => {
    const recording = await begun();
    const leg = await answered();
    const put = vi.spyOn(RecordingObject.prototype, 'receive');
    const command = { leg, first: (told.get(leg) ?? 0) + 1, at: Date.now() };
    for (let n = 0; n < 3; n++) {
      await legOf(leg).perform({ ...command, instructions: [record(recording), off(recording)] });
    }
    await untilStored(recording);
    await legOf(leg).perform({ ...command, instructions: [record(recording), off(recording)] });
    await runDurableObjectAlarm(legOf(leg));
    expect(put.mock.calls.map(([{ format }]) => format)).toEqual(['wav', 'mp3']);
    expect(await jobsOf(leg)).toEqual([undefined]);
  });

  it('is stored though its object is evicted after every step, and while it renders', async () => {
    const recording = await begun();
    const leg = await answered({ talks: [{ after: 0, for: 3600 }] });
    let wasAsked = () => {};
    const asked = new Promise<void>((resolve) => {
      wasAsked = resolve;
    });
    const offer = vi.spyOn(RecordingObject.prototype, 'offer').mockImplementation(() => {
      wasAsked();
      return new Promise(() => {}) as never;
    });
    for (const instruction of [record(recording), off(recording)]) {
      await tell(leg, instruction);
      await evictDurableObject(legOf(leg));
    }
    await asked;
    await crash(leg);
    offer.mockRestore();
    expect(await jobsOf(leg)).toMatchObject([{ isClaimed: true, tries: 1 }]);
    await runDurableObjectAlarm(legOf(leg));
    await untilStored(recording);
    const [left] = (await wavOf(recording)) as [Int16Array];
    expect(secondsOfTone(left, pitchOf(TO))).toBeCloseTo(left.length / 8000, 0);
  });

  it('waits for a recording that has not begun', async () => {
    const facts = someRecording({ channels: 2 });
    const leg = await answered();
    await tell(leg, record(facts.id), off(facts.id));
    await until(async () => expect(await jobsOf(leg)).toMatchObject([{ tries: 0, waits: 1 }]));
    await recordingObject(env, facts.id).begin(facts);
    await untilStored(facts.id);
  });

  it('is dropped when it is no longer wanted', async () => {
    const recording = await begun();
    await recordingObject(env, recording).report({ type: 'failed', at: Date.now(), reason: 'call-failed' });
    const leg = await answered();
    await tell(leg, record(recording), off(recording));
    await until(async () => expect(await jobsOf(leg)).toEqual([undefined]));
    expect((await env.RECORDINGS.list({ prefix: recording })).objects).toEqual([]);
  });

  it('waits for a bucket that cannot be reached', async () => {
    const recording = await begun();
    const leg = await answered();
    const complained = complaints();
    const put = vi.spyOn(env.RECORDINGS, 'put').mockRejectedValueOnce(new Error('away (part of this test)'));
    await tell(leg, record(recording), off(recording));
    await until(async () => expect(await jobsOf(leg)).toMatchObject([{ tries: 0, waits: 1 }]));
    await untilStored(recording);
    expect(put).toHaveBeenCalledTimes(3);
    expect(complained()).toEqual(new Set(['the files of a simulated recording have to wait']));
  });

  it('fails when it cannot be rendered, and a leg that is still there reports it', async () => {
    const recording = await begun();
    const leg = await answered();
    const complained = complaints();
    vi.spyOn(rendering, 'render').mockImplementation(() => {
      throw new Error('broken (part of this test)');
    });
    await tell(leg, record(recording), off(recording));
    await until(() => expect(typesOf(leg)).toContain('leg.recorder-failed'));
    expect(events.get(leg)?.at(-1)).toMatchObject({ recording, reason: 'rendering-failed' });
    expect(complained()).toEqual(new Set(['a simulated recording could not be rendered']));
    expect(await statusOf(recording)).toBe('failed');
    expect(await jobsOf(leg)).toEqual([undefined]);
  });

  it('fails when its leg is over, too', async () => {
    const recording = await begun();
    const leg = await answered();
    const complained = complaints();
    vi.spyOn(rendering, 'render').mockImplementation(() => {
      throw new Error('broken (part of this test)');
    });
    await tell(leg, record(recording), { do: 'hangup' });
    await until(async () => expect(await statusOf(recording)).toBe('failed'));
    await until(async () => expect(await jobsOf(leg)).toEqual([undefined]));
    expect(typesOf(leg).at(-1)).toBe('leg.ended');
    expect(complained()).toEqual(new Set(['a simulated recording could not be rendered']));
  });

  it('holds nothing up while it is rendered', async () => {
    const recording = await begun();
    const leg = await answered();
    const { offer } = RecordingObject.prototype;
    let goOn = () => {};
    const busy = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const offered = vi.spyOn(RecordingObject.prototype, 'offer').mockImplementationOnce(async function (
      this: RecordingObject,
      brought: Upload,
    ) {
      await busy;
      return offer.call(this, brought);
    } as never);
    await tell(leg, record(recording), off(recording));
    await until(() => expect(offered).toHaveBeenCalled());
    await tell(leg, { do: 'play', playback: 'p1', prompts: [{ pause: 1 }] });
    await until(() => expect(typesOf(leg)).toContain('leg.playback-ended'));
    expect(await statusOf(recording)).toBe('in-progress');
    goOn();
    await untilStored(recording);
  });
});
