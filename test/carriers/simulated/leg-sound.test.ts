import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { keyHertz, PROMPT_HERTZ, pitchOf } from '../../../src/carriers/simulated/tones.ts';
import type { Prompt } from '../../../src/contracts/carrier.ts';
import { tuneSamples } from '../../../src/speech/tunes.ts';
import { secondsOfSound, secondsOfTone, secondsWith } from '../../gateway/audio.ts';
import { BRIDGE } from './network.ts';
import { cut, length, RecordedNetwork, record, TALKS, turn, VOICE } from './recorded-network.ts';

const FILE: Prompt = { play: 'https://x.example/a.wav', times: 1 };
const play = (playback: string, ...prompts: Prompt[]) => ({ do: 'play', playback, prompts }) as const;

let network: RecordedNetwork;
beforeEach(() => {
  network = new RecordedNetwork();
});

describe('the voices of simulated parties', () => {
  it('differ from one number to the next, and are no keys', () => {
    const voices = Array.from({ length: 41 }, (_, n) => pitchOf(`+31201234${600 + n}`));
    expect(new Set(voices).size).toBe(41);
    const keys = [...'0123456789*#ABCD'].flatMap((key) => keyHertz(key) ?? []);
    expect(keys).toHaveLength(32);
    for (const voice of voices) {
      expect(voice).toBeGreaterThanOrEqual(300);
      expect(voice).toBeLessThanOrEqual(1200);
      expect(Math.min(...keys.map((key) => Math.abs(key - voice)))).toBeGreaterThanOrEqual(20);
    }
  });

  it('exist for anonymous callers, too', () => expect(pitchOf('anonymous')).toBeGreaterThan(0));
});

describe('a recorder of a leg', () => {
  it('has on the left what the party says, and on the right what it hears', () => {
    network.answered('CA1', { talks: [{ after: 1, for: 2 }], digits: [{ after: 4, digits: '5' }] });
    network.tell('CA1', record(), play('p1', { pause: 2 }, FILE));
    network.pass(6);
    network.tell('CA1', turn('off'));
    const [left, right] = network.sound('CA1');
    expect([length(left), length(right)]).toEqual([6, 6]);
    expect(secondsOfTone(cut(left, 1, 3), VOICE.CA1)).toBeCloseTo(2);
    for (const hertz of keyHertz('5') ?? []) expect(secondsWith(cut(left, 4, 4.2), hertz)).toBeGreaterThan(0.1);
    expect(secondsOfSound(left as Int16Array)).toBeCloseTo(2.15);
    expect(secondsOfTone(cut(right, 2, 5), PROMPT_HERTZ)).toBeCloseTo(3);
    expect(secondsOfSound(right as Int16Array)).toBeCloseTo(3);
  });

  it('has both directions in one channel when it is mono', () => {
    network.answered('CA1', { talks: TALKS });
    network.tell('CA1', record({ channels: 1 }), play('p1', FILE));
    network.pass(3);
    network.tell('CA1', turn('off'));
    const [mono, ...none] = network.sound('CA1');
    expect(none).toEqual([]);
    expect(secondsWith(mono as Int16Array, VOICE.CA1)).toBeCloseTo(3);
    expect(secondsWith(mono as Int16Array, PROMPT_HERTZ)).toBeCloseTo(3);
  });

  it('has a prompt as it was prepared, also from its middle, and each time it is played', () => {
    const prompt: Prompt = { tune: 'waiting', times: 1 };
    const tune = tuneSamples('waiting', 8000);
    network.answered('CA1', { talks: [] });
    network.tell('CA1', play('p1', { tune: 'waiting', times: 2 }));
    network.pass(5);
    network.tell('CA1', record());
    network.pass(30);
    network.tell('CA1', turn('off'));
    const [, right] = network.sound('CA1', 'RE1', new Map([[JSON.stringify(prompt), tune]]));
    expect(right?.slice(0, 15 * 8000)).toEqual(tune.slice(5 * 8000));
    expect(right?.slice(15 * 8000)).toEqual(tune.slice(0, 15 * 8000));
  });

  it('has nothing from before it began, nor from after its end', () => {
    network.answered('CA1', { talks: [{ after: 0, for: 2 }], digits: [{ after: 1, digits: '12345' }] });
    network.tell('CA1', play('p1', FILE, { pause: 3 }, FILE));
    network.pass(4);
    network.tell('CA1', record());
    network.pass(1.5);
    network.tell('CA1', turn('off'));
    network.pass(9);
    const both = network.sound('CA1');
    expect(both.map(length)).toEqual([1.5, 1.5]);
    expect(both.map(secondsOfSound)).toEqual([0, 0]);
  });

  it('leaves out what is said while it is paused, and keeps as silence what is said while it is silent', () => {
    network.answered('CA1', {
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
    const both = network.sound('CA1');
    expect(both.map(length)).toEqual([5, 5]);
    expect(both.map(secondsOfSound)).toEqual([0, 0]);
    expect(both.every((samples) => samples.every((sample) => sample === 0))).toBe(true);
  });

  it('has every second in which it was on, as sound or as silence, and no other', () => {
    const turns = fc.array(
      fc.record({ is: fc.constantFrom('on', 'paused', 'silent'), seconds: fc.integer({ min: 0, max: 3 }) }),
    );
    fc.assert(
      fc.property(turns, fc.constantFrom('CA1', BRIDGE), (turned, id) => {
        network = new RecordedNetwork();
        network.answered('CA1', { talks: TALKS });
        network.join('CA1');
        network.tell(id, record({ channels: 1 }));
        for (const { is, seconds } of turned) {
          network.tell(id, turn(is));
          network.pass(seconds);
        }
        network.tell(id, turn('off'));
        network.pass(2);
        const [mono] = network.sound(id);
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
    network.answered('CA1', { talks: TALKS, hang_up_after: 3 });
    network.tell('CA1', record());
    network.pass(10);
    expect(length(network.sound('CA1')[0])).toBe(3);
    expect(network.recorders('CA1')).toMatchObject([{ state: 'off', job: { tries: 0 } }]);
  });

  it('exists, and is over, when it is asked for after the end', () => {
    network.answered('CA1', { hang_up_after: 1 });
    network.pass(2);
    network.tell('CA1', record());
    expect(length(network.sound('CA1')[0])).toBe(0);
    expect(network.recorders('CA1')).toMatchObject([{ state: 'off', job: { tries: 0 } }]);
  });

  it('is not opened again under the same id, even when it is over', () => {
    network.answered('CA1', { talks: TALKS });
    network.tell('CA1', record());
    network.pass(1);
    network.tell('CA1', record({ channels: 1 }));
    network.pass(1);
    network.tell('CA1', turn('off'), record(), turn('on'));
    network.pass(1);
    expect(network.sound('CA1').map(length)).toEqual([2, 2]);
  });

  it('may be one of several on the leg', () => {
    network.answered('CA1', { talks: TALKS });
    network.tell('CA1', record());
    network.pass(1);
    network.tell('CA1', record({ recording: 'RE2', channels: 1 }));
    network.pass(1);
    network.tell('CA1', turn('off'));
    network.pass(1);
    network.tell('CA1', { do: 'hangup' });
    network.pass(1);
    expect([length(network.sound('CA1')[0]), length(network.sound('CA1', 'RE2')[0])]).toEqual([2, 2]);
  });

  it('counts the time of the leg, however fast that runs', () => {
    network.answered('CA1', { talks: [{ after: 10, for: 20 }], speed: 1000, hang_up_after: 60 });
    network.tell('CA1', record(), { do: 'run', speed: 1000 });
    network.pass(1);
    const [left] = network.sound('CA1');
    expect(length(left)).toBe(60);
    expect(secondsOfTone(cut(left, 10, 30), VOICE.CA1)).toBeCloseTo(20);
    expect(secondsOfSound(left as Int16Array)).toBeCloseTo(20);
  });

  it('records ten minutes of sound at most', () => {
    network.answered('CA1', { talks: [] });
    network.tell('CA1', record({ channels: 1 }));
    network.pass(3600);
    network.tell('CA1', turn('off'));
    expect(length(network.sound('CA1')[0])).toBe(600);
  });

  it('has the voices and keys of the parties it was connected with, and of its own party meanwhile', () => {
    network.answered('CA1');
    network.answered('CA2', { digits: [{ after: 3, digits: '3' }] });
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
    const [left, right] = network.sound('CA1');
    expect(secondsOfTone(cut(left, 1, 6), VOICE.CA1)).toBeCloseTo(5);
    expect(secondsOfSound(left as Int16Array)).toBeCloseTo(5);
    expect(secondsWith(cut(right, 1, 5), VOICE.CA2)).toBeCloseTo(4);
    expect(secondsOfSound(right as Int16Array)).toBeCloseTo(4);
    for (const hertz of keyHertz('3') ?? []) expect(secondsWith(right as Int16Array, hertz)).toBeGreaterThan(0.1);
  });

  it('does not repeat what was played in a bridge before the leg came', () => {
    const tune = tuneSamples('waiting', 8000);
    network.answered('CA2', { talks: [] });
    network.answered('CA1', { talks: [] });
    network.join('CA2');
    network.tell(BRIDGE, play('p1', { tune: 'waiting', times: 1 }));
    network.pass(7);
    network.tell('CA1', record());
    network.join('CA1');
    network.pass(2);
    network.tell('CA1', turn('off'));
    const [, right] = network.sound('CA1', 'RE1', new Map([[JSON.stringify({ tune: 'waiting', times: 1 }), tune]]));
    expect(right).toEqual(tune.slice(7 * 8000, 9 * 8000));
  });
});
