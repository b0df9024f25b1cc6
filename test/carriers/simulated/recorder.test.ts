import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Instruction, Prompt } from '../../../src/carriers/carrier.ts';
import type { Mixing } from '../../../src/carriers/simulated/bridge.ts';
import type { Leg } from '../../../src/carriers/simulated/model.ts';
import { claim, type Recorder, type Result, settle } from '../../../src/carriers/simulated/recorder.ts';
import { type Prompts, render } from '../../../src/carriers/simulated/render.ts';
import { scoreOfBridge, scoreOfLeg } from '../../../src/carriers/simulated/score.ts';
import { keyHertz, PROMPT_HERTZ, voiceHertz } from '../../../src/carriers/simulated/tones.ts';
import { joinSamples } from '../../../src/speech/audio/telephone.ts';
import { tuneSamples } from '../../../src/speech/tunes.ts';
import { secondsOfSound, secondsOfTone, secondsWith } from '../../gateway/audio.ts';
import { NOW } from '../../support/call.ts';
import { Network, ROOM } from './network.ts';

const FILE: Prompt = { play: 'https://x.example/a.wav', times: 1 };
const play = (playback: string, ...prompts: Prompt[]) => ({ do: 'play', playback, prompts }) as const;
const record = (more: Partial<Extract<Instruction, { do: 'record' }>> = {}) =>
  ({ do: 'record', recording: 'RE1', channels: 2, ...more }) as const;
const turn = (is: 'on' | 'paused' | 'silent' | 'off') => ({ do: 'recorder', recording: 'RE1', is }) as const;
/** Always speaking. */
const TALKS = [{ after: 0, for: 86_400 }];
const VOICE = { CA1: voiceHertz('CA1'), CA2: voiceHertz('CA22'), CA3: voiceHertz('CA333') };

let network: Network;
beforeEach(() => {
  network = new Network();
});

/** An answered leg with a pitch of its own. */
function answered(id: keyof typeof VOICE, script: Parameters<Network['answered']>[1] = {}): void {
  network.answered(id, script);
  network.legs.set(id, { ...(network.legs.get(id) as Leg), voice: VOICE[id] });
}

const recorders = (id: string): Recorder[] => (network.legs.get(id) ?? network.bridges.get(id))?.recorders ?? [];

/** The samples of each channel of what was recorded of a leg or a bridge. */
function sound(id: string, recording = 'RE1', prompts: Prompts = new Map()): Int16Array[] {
  const recorder = recorders(id).find((it) => it.recording === recording) as Recorder;
  const leg = network.legs.get(id);
  const score = leg
    ? scoreOfLeg(leg, recorder, Object.fromEntries(network.bridges))
    : scoreOfBridge(network.bridges.get(id) as Mixing, recorder);
  const seconds = [...render(score, prompts)];
  return Array.from({ length: score.channels }, (_, at) => joinSamples(seconds.map((it) => it[at] as Int16Array)));
}

const length = (samples: Int16Array | undefined) => (samples?.length ?? 0) / 8000;
const cut = (samples: Int16Array | undefined, from: number, to: number) =>
  (samples ?? new Int16Array()).slice(from * 8000, to * 8000);

describe('the voices of simulated parties', () => {
  it('differ from one number to the next, and are no keys', () => {
    const voices = Array.from({ length: 41 }, (_, n) => voiceHertz(`+31201234${600 + n}`));
    expect(new Set(voices).size).toBe(41);
    const keys = [...'0123456789*#ABCD'].flatMap((key) => keyHertz(key) ?? []);
    expect(keys).toHaveLength(32);
    for (const voice of voices) {
      expect(voice).toBeGreaterThanOrEqual(300);
      expect(voice).toBeLessThanOrEqual(1200);
      expect(Math.min(...keys.map((key) => Math.abs(key - voice)))).toBeGreaterThanOrEqual(20);
    }
  });

  it('are there for whoever hides, too', () => expect(voiceHertz('anonymous')).toBeGreaterThan(0));
});

describe('a recorder of a leg', () => {
  it('has on the left what the party says, and on the right what it hears', () => {
    answered('CA1', { talks: [{ after: 1, for: 2 }], digits: [{ after: 4, digits: '5' }] });
    network.tell('CA1', record(), play('p1', { pause: 2 }, FILE));
    network.pass(6);
    network.tell('CA1', turn('off'));
    const [left, right] = sound('CA1');
    expect([length(left), length(right)]).toEqual([6, 6]);
    expect(secondsOfTone(cut(left, 1, 3), VOICE.CA1)).toBeCloseTo(2);
    for (const hertz of keyHertz('5') ?? []) expect(secondsWith(cut(left, 4, 4.2), hertz)).toBeGreaterThan(0.1);
    expect(secondsOfSound(left as Int16Array)).toBeCloseTo(2.15);
    expect(secondsOfTone(cut(right, 2, 5), PROMPT_HERTZ)).toBeCloseTo(3);
    expect(secondsOfSound(right as Int16Array)).toBeCloseTo(3);
  });

  it('has both in one when it is mono', () => {
    answered('CA1', { talks: TALKS });
    network.tell('CA1', record({ channels: 1 }), play('p1', FILE));
    network.pass(3);
    network.tell('CA1', turn('off'));
    const [mono, ...none] = sound('CA1');
    expect(none).toEqual([]);
    expect(secondsWith(mono as Int16Array, VOICE.CA1)).toBeCloseTo(3);
    expect(secondsWith(mono as Int16Array, PROMPT_HERTZ)).toBeCloseTo(3);
  });

  it('has a prompt as it was made ready, also from its middle, and each time it is played', () => {
    const prompt: Prompt = { tune: 'waiting', times: 1 };
    const tune = tuneSamples('waiting', 8000);
    answered('CA1', { talks: [] });
    network.tell('CA1', play('p1', { tune: 'waiting', times: 2 }));
    network.pass(5);
    network.tell('CA1', record());
    network.pass(30);
    network.tell('CA1', turn('off'));
    const [, right] = sound('CA1', 'RE1', new Map([[JSON.stringify(prompt), tune]]));
    expect(right?.slice(0, 15 * 8000)).toEqual(tune.slice(5 * 8000));
    expect(right?.slice(15 * 8000)).toEqual(tune.slice(0, 15 * 8000));
  });

  it('has nothing from before it began, nor from after its end', () => {
    answered('CA1', { talks: [{ after: 0, for: 2 }], digits: [{ after: 1, digits: '12345' }] });
    network.tell('CA1', play('p1', FILE, { pause: 3 }, FILE));
    network.pass(4);
    network.tell('CA1', record());
    network.pass(1.5);
    network.tell('CA1', turn('off'));
    network.pass(9);
    const both = sound('CA1');
    expect(both.map(length)).toEqual([1.5, 1.5]);
    expect(both.map(secondsOfSound)).toEqual([0, 0]);
  });

  it('leaves out what is said while it is paused, and keeps as silence what is said while it is silent', () => {
    answered('CA1', {
      talks: [
        { after: 2, for: 2 },
        { after: 6, for: 2 },
      ],
      digits: [{ after: 3, digits: '9' }],
    });
    network.tell('CA1', record(), play('p1', { pause: 2 }, FILE));
    network.pass(1);
    network.tell('CA1', turn('paused'));
    network.pass(4);
    network.tell('CA1', turn('on'));
    network.pass(0.5);
    network.tell('CA1', turn('silent'));
    network.pass(3);
    network.tell('CA1', turn('on'));
    network.pass(0.5);
    network.tell('CA1', turn('off'));
    const both = sound('CA1');
    expect(both.map(length)).toEqual([5, 5]);
    expect(both.map(secondsOfSound)).toEqual([0, 0]);
    expect(both.every((samples) => samples.every((sample) => sample === 0))).toBe(true);
  });

  it('has every second that it was on, as sound or as silence, and no other', () => {
    const turns = fc.array(
      fc.record({ is: fc.constantFrom('on', 'paused', 'silent'), seconds: fc.integer({ min: 0, max: 3 }) }),
    );
    fc.assert(
      fc.property(turns, fc.constantFrom('CA1', ROOM), (turned, id) => {
        network = new Network();
        answered('CA1', { talks: TALKS });
        network.join('CA1');
        network.tell(id, record({ channels: 1 }));
        for (const { is, seconds } of turned) {
          network.tell(id, turn(is));
          network.pass(seconds);
        }
        network.tell(id, turn('off'));
        network.pass(2);
        const [mono] = sound(id);
        const kept = turned.filter(({ is }) => is !== 'paused').flatMap(({ is, seconds }) => Array(seconds).fill(is));
        const heard = kept.map((_is, at) => (secondsOfTone(cut(mono, at, at + 1), VOICE.CA1) > 0.9 ? 'on' : 'silent'));
        expect(length(mono)).toBe(kept.length);
        expect(heard).toEqual(kept);
        expect(secondsOfSound(mono as Int16Array)).toBeCloseTo(kept.filter((is) => is === 'on').length);
      }),
      { numRuns: 60 },
    );
  });

  it('ends with the leg', () => {
    answered('CA1', { talks: TALKS, hang_up_after: 3 });
    network.tell('CA1', record());
    network.pass(10);
    expect(length(sound('CA1')[0])).toBe(3);
    expect(recorders('CA1')).toMatchObject([{ is: 'off', job: { tries: 0 } }]);
  });

  it('is there, and over, when it is asked for after the end', () => {
    answered('CA1', { hang_up_after: 1 });
    network.pass(2);
    network.tell('CA1', record());
    expect(length(sound('CA1')[0])).toBe(0);
    expect(recorders('CA1')).toMatchObject([{ is: 'off', job: { tries: 0 } }]);
  });

  it('is not begun again under the same id, even when it is over', () => {
    answered('CA1', { talks: TALKS });
    network.tell('CA1', record());
    network.pass(1);
    network.tell('CA1', record({ channels: 1 }));
    network.pass(1);
    network.tell('CA1', turn('off'), record(), turn('on'));
    network.pass(1);
    expect(sound('CA1').map(length)).toEqual([2, 2]);
  });

  it('may be one of several', () => {
    answered('CA1', { talks: TALKS });
    network.tell('CA1', record());
    network.pass(1);
    network.tell('CA1', record({ recording: 'RE2', channels: 1 }));
    network.pass(1);
    network.tell('CA1', turn('off'));
    network.pass(1);
    network.tell('CA1', { do: 'hangup' });
    network.pass(1);
    expect([length(sound('CA1')[0]), length(sound('CA1', 'RE2')[0])]).toEqual([2, 2]);
  });

  it('counts the time of the leg, however fast that runs', () => {
    answered('CA1', { talks: [{ after: 10, for: 20 }], speed: 1000, hang_up_after: 60 });
    network.tell('CA1', record(), { do: 'run', speed: 1000 });
    network.pass(1);
    const [left] = sound('CA1');
    expect(length(left)).toBe(60);
    expect(secondsOfTone(cut(left, 10, 30), VOICE.CA1)).toBeCloseTo(20);
    expect(secondsOfSound(left as Int16Array)).toBeCloseTo(20);
  });

  it('has ten minutes of sound at most', () => {
    answered('CA1', { talks: [] });
    network.tell('CA1', record({ channels: 1 }));
    network.pass(3600);
    network.tell('CA1', turn('off'));
    expect(length(sound('CA1')[0])).toBe(600);
  });

  it('has the voices and keys of those it was connected with, and its own while it was', () => {
    answered('CA1');
    answered('CA2', { digits: [{ after: 3, digits: '3' }] });
    network.tell('CA1', record());
    network.pass(1);
    network.join('CA1');
    network.join('CA2');
    network.pass(4);
    network.tell('CA2', { do: 'hangup' });
    network.pass(1);
    network.tell('CA1', { do: 'leave' });
    network.pass(1);
    network.tell('CA1', turn('off'));
    const [left, right] = sound('CA1');
    expect(secondsOfTone(cut(left, 1, 6), VOICE.CA1)).toBeCloseTo(5);
    expect(secondsOfSound(left as Int16Array)).toBeCloseTo(5);
    expect(secondsWith(cut(right, 1, 5), VOICE.CA2)).toBeCloseTo(4);
    expect(secondsOfSound(right as Int16Array)).toBeCloseTo(4);
    for (const hertz of keyHertz('3') ?? []) expect(secondsWith(right as Int16Array, hertz)).toBeGreaterThan(0.1);
  });

  it('does not repeat what was played in a bridge before the leg came', () => {
    const tune = tuneSamples('waiting', 8000);
    answered('CA2', { talks: [] });
    answered('CA1', { talks: [] });
    network.join('CA2');
    network.tell(ROOM, play('p1', { tune: 'waiting', times: 1 }));
    network.pass(7);
    network.tell('CA1', record());
    network.join('CA1');
    network.pass(2);
    network.tell('CA1', turn('off'));
    const [, right] = sound('CA1', 'RE1', new Map([[JSON.stringify({ tune: 'waiting', times: 1 }), tune]]));
    expect(right).toEqual(tune.slice(7 * 8000, 9 * 8000));
  });
});

describe('silence', () => {
  const silences = (id = 'CA1') =>
    (network.events.get(id) ?? [])
      .filter(({ type }) => type === 'leg.recorder-silent')
      .map(({ at }) => (at - NOW) / 1000);

  it('is told once nobody has spoken or pressed a key for so long, and once only', () => {
    answered('CA1', {
      talks: [
        { after: 2, for: 3 },
        { after: 8, for: 1 },
      ],
      digits: [{ after: 11, digits: '1' }],
    });
    network.pass(1);
    network.tell('CA1', record({ silence: 4 }));
    network.pass(60);
    expect(silences()).toEqual([15.2]);
    expect(network.events.get('CA1')?.at(-1)).toMatchObject({ recording: 'RE1' });
  });

  it('is told when nobody ever spoke', () => {
    answered('CA1', { talks: [] });
    network.tell('CA1', record({ silence: 5 }));
    network.pass(60);
    expect(silences()).toEqual([5]);
  });

  it('is not told of a recorder that does not ask, nor of one that is over', () => {
    answered('CA1', { talks: [] });
    network.tell('CA1', record(), record({ recording: 'RE2', silence: 5 }));
    network.pass(4);
    network.tell('CA1', { do: 'recorder', recording: 'RE2', is: 'off' });
    network.pass(60);
    expect(silences()).toEqual([]);
  });

  it('follows a message of three seconds of someone who has no script', () => {
    answered('CA1');
    network.pass(1);
    network.tell('CA1', record({ silence: 2 }));
    network.pass(60);
    network.tell('CA1', turn('off'));
    expect(silences()).toEqual([6]);
    const [left] = sound('CA1');
    expect(secondsOfTone(cut(left, 0, 3), VOICE.CA1)).toBeCloseTo(3);
    expect(secondsOfSound(left as Int16Array)).toBeCloseTo(3);
  });

  it('begins anew when the recorder was paused', () => {
    answered('CA1', { talks: [] });
    network.tell('CA1', record({ silence: 5 }));
    network.pass(3);
    network.tell('CA1', turn('paused'));
    network.pass(30);
    network.tell('CA1', turn('on'));
    network.pass(30);
    expect(silences()).toEqual([38]);
  });

  it('does not come while someone without a script is in a bridge', () => {
    answered('CA1');
    network.join('CA1');
    network.tell('CA1', record({ silence: 5 }));
    network.pass(30);
    network.tell('CA1', { do: 'leave' });
    network.pass(30);
    expect(silences()).toEqual([35]);
  });

  it('is told at the same moment of a fast leg', () => {
    answered('CA1', { talks: [{ after: 2, for: 3 }], speed: 100 });
    network.tell('CA1', record({ silence: 4 }), { do: 'wait' });
    network.pass(1);
    expect(silences()).toEqual([9]);
  });
});

describe('a recorder of a bridge', () => {
  it('has everyone who is heard in it, and what is played to all', () => {
    for (const id of ['CA1', 'CA2', 'CA3'] as const) answered(id);
    network.tell(ROOM, record({ channels: 1 }));
    network.join('CA1');
    network.pass(1);
    network.join('CA2');
    network.join('CA3', { muted: true });
    network.pass(2);
    network.tell(ROOM, play('p1', FILE));
    network.tell('CA2', { do: 'leave' });
    network.pass(3);
    for (const id of ['CA1', 'CA3']) network.tell(id, { do: 'hangup' });
    network.pass(1);
    const [mono] = sound(ROOM);
    expect(length(mono)).toBe(6);
    expect(secondsWith(mono as Int16Array, VOICE.CA1)).toBeCloseTo(6);
    expect(secondsWith(cut(mono, 1, 3), VOICE.CA2)).toBeCloseTo(2);
    expect(secondsWith(cut(mono, 3, 6), VOICE.CA2)).toBe(0);
    expect(secondsWith(cut(mono, 3, 6), PROMPT_HERTZ)).toBeCloseTo(3);
    expect(secondsWith(mono as Int16Array, VOICE.CA3)).toBe(0);
  });

  it('has nothing of what only one of them is told by a coach', () => {
    for (const id of ['CA1', 'CA2'] as const) answered(id);
    network.join('CA1', { muted: true });
    network.join('CA2', { coaches: 'CA1' });
    network.tell(ROOM, record({ channels: 1 }));
    network.pass(2);
    network.tell(ROOM, turn('off'));
    expect(secondsOfSound(sound(ROOM)[0] as Int16Array)).toBe(0);
  });

  it('leaves out its pauses and is silent when it should be', () => {
    answered('CA1');
    network.join('CA1');
    network.tell(ROOM, record({ channels: 1 }));
    for (const is of ['paused', 'on', 'silent', 'on'] as const) {
      network.pass(1);
      network.tell(ROOM, turn(is));
    }
    network.pass(1);
    network.tell(ROOM, turn('off'));
    const [mono] = sound(ROOM);
    expect(length(mono)).toBe(4);
    expect(secondsOfSound(cut(mono, 2, 3))).toBe(0);
    expect(secondsWith(mono as Int16Array, VOICE.CA1)).toBeCloseTo(3);
  });

  it('ends when the last has left, and not before', () => {
    for (const id of ['CA1', 'CA2'] as const) answered(id);
    network.tell(ROOM, record({ channels: 1 }));
    network.join('CA1');
    network.join('CA2');
    network.pass(1);
    network.tell('CA1', { do: 'leave' });
    network.pass(1);
    expect(recorders(ROOM)).toMatchObject([{ is: 'on' }]);
    network.tell('CA2', { do: 'leave' });
    network.pass(5);
    expect(recorders(ROOM)).toMatchObject([{ is: 'off', job: { tries: 0 } }]);
    expect(length(sound(ROOM)[0])).toBe(2);
    network.tell(ROOM, record({ recording: 'RE2', channels: 1 }));
    expect(recorders(ROOM)[1]).toMatchObject({ is: 'off' });
  });

  it('counts the time of those who hear it, also when that becomes faster', () => {
    for (const id of ['CA1', 'CA2'] as const) answered(id);
    network.tell(ROOM, record({ channels: 1 }));
    network.join('CA1');
    network.pass(2);
    network.tell(ROOM, { do: 'run', speed: 10 });
    network.pass(1);
    network.join('CA2');
    network.pass(1);
    network.tell(ROOM, turn('off'));
    const [mono] = sound(ROOM);
    expect(length(mono)).toBe(22);
    expect(secondsWith(mono as Int16Array, VOICE.CA1)).toBeCloseTo(22);
    expect(secondsWith(mono as Int16Array, VOICE.CA2)).toBeCloseTo(10);
  });
});

describe('the sound of a recording', () => {
  const OFF: Recorder = {
    recording: 'RE1',
    channels: 1,
    is: 'off',
    from: NOW,
    listensFrom: NOW,
    stretches: [{ from: NOW, to: NOW + 1000, speed: 1 }],
    job: { dueAt: NOW, tries: 0, waits: 0 },
  };
  const tryOnce = (recorder: Recorder, result: Result): Recorder => {
    const claimed = claim([recorder], recorder.job?.dueAt ?? 0);
    return claimed ? settle(claimed, result, claimed.job?.dueAt ?? 0) : recorder;
  };

  it('is made once it is due, and by one at a time', () => {
    expect(claim([OFF], NOW - 1)).toBeUndefined();
    expect(claim([OFF], NOW)).toMatchObject({ job: { isClaimed: true, tries: 1 } });
  });

  it('is made once', () => {
    const done = tryOnce(OFF, 'done');
    expect(done).not.toHaveProperty('job');
    expect(done.stretches).toEqual([]);
  });

  it('is tried three times when it breaks', () => {
    const twice = tryOnce(tryOnce(OFF, 'failed'), 'failed');
    expect(twice).toHaveProperty('job');
    expect(tryOnce(twice, 'failed')).not.toHaveProperty('job');
  });

  it('waits for others for about a day, less and less often', () => {
    let [recorder, tries] = [OFF, 0];
    for (; recorder.job && tries < 1000; tries++) {
      const { dueAt } = recorder.job;
      recorder = settle(claim([recorder], dueAt) as Recorder, 'later', dueAt);
      if (recorder.job) expect(recorder.job.dueAt - dueAt).toBeGreaterThanOrEqual(1000);
      if (recorder.job && tries === 100) expect(recorder.job.dueAt - dueAt).toBe(900_000);
    }
    expect(tries).toBe(111);
  });
});
