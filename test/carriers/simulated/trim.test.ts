import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SimulatedRecorder } from '../../../src/carriers/simulated/recorder.ts';
import { secondsOfSound, secondsOfTone } from '../../gateway/audio.ts';
import { BRIDGE } from './network.ts';
import { cut, length, RecordedNetwork, record, turn, VOICE } from './recorded-network.ts';

const WHOLE = record({ recording: 'RE2' });
const TRIMMED = record({ trim: true });
const OFF = [turn('off'), { ...turn('off'), recording: 'RE2' }];

let network: RecordedNetwork;
beforeEach(() => {
  network = new RecordedNetwork();
});

describe('a simulated recording that is trimmed', () => {
  it('keeps a fifth of a second of silence at each end, and everything in between', () => {
    network.answered('CA1', { talks: [2, 5].map((after) => ({ after, for: 1 })), digits: [] });
    network.tell('CA1', TRIMMED);
    network.pass(10);
    network.tell('CA1', turn('off'));
    const [left, right] = network.sound('CA1') as [Int16Array, Int16Array];
    expect([length(left), length(right)]).toEqual([4.4, 4.4]);
    expect(secondsOfSound(left.subarray(0, 1600))).toBe(0);
    expect(secondsOfTone(cut(left, 0.2, 1.2), VOICE.CA1)).toBeCloseTo(1);
    expect(secondsOfTone(cut(left, 3.2, 4.2), VOICE.CA1)).toBeCloseTo(1);
    expect(secondsOfSound(left)).toBeCloseTo(2);
  });

  it('is cut alike on both channels, whichever is heard first', () => {
    network.answered('CA1', { talks: [{ after: 6, for: 1 }], digits: [] });
    network.tell('CA1', TRIMMED, { do: 'play', playback: 'p1', prompts: [{ pause: 2 }, { tune: 'enter', times: 1 }] });
    network.pass(10);
    network.tell('CA1', turn('off'));
    const [left, right] = network.sound('CA1') as [Int16Array, Int16Array];
    expect([length(left), length(right)]).toEqual([5.4, 5.4]);
    expect(secondsOfTone(cut(left, 4.2, 5.2), VOICE.CA1)).toBeCloseTo(1);
  });

  it('is a fifth of a second long when nothing was heard, or less', () => {
    network.answered('CA1', { talks: [], digits: [] });
    network.tell('CA1', TRIMMED);
    network.pass(5);
    network.tell('CA1', turn('off'), record({ recording: 'RE2', trim: true }));
    network.pass(0.1);
    network.tell('CA1', { ...turn('off'), recording: 'RE2' });
    expect([network.sound('CA1'), network.sound('CA1', 'RE2')].map(([left]) => length(left))).toEqual([0.2, 0.1]);
  });

  it('may be of a conference', () => {
    network.answered('CA1', { talks: [{ after: 5, for: 2 }], digits: [] });
    network.tell('CA1', { do: 'join', bridge: { id: BRIDGE }, muted: false });
    network.tell(BRIDGE, record({ channels: 1, trim: true }));
    network.pass(10);
    network.tell(BRIDGE, turn('off'));
    const [all] = network.sound(BRIDGE) as [Int16Array];
    expect(length(all)).toBeCloseTo(2.4);
    expect(secondsOfTone(all, VOICE.CA1)).toBeCloseTo(2);
  });

  it('is the untrimmed recording without its ends, whatever happens', () => {
    const span = fc.record({
      after: fc.double({ min: 0, max: 8, noNaN: true }),
      for: fc.double({ min: 0.1, max: 3, noNaN: true }),
    });
    const turns = fc.array(fc.constantFrom('on' as const, 'paused' as const, 'silent' as const), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(span, { maxLength: 3 }), turns, (talks, states) => {
        const recorded = new RecordedNetwork();
        recorded.answered('CA1', { talks, digits: [] });
        recorded.tell('CA1', TRIMMED, WHOLE);
        for (const is of states) {
          recorded.pass(2);
          recorded.tell('CA1', turn(is), { ...turn(is), recording: 'RE2' });
        }
        recorded.pass(4);
        recorded.tell('CA1', ...OFF);
        const [kept, whole] = [recorded.sound('CA1')[0], recorded.sound('CA1', 'RE2')[0]] as [Int16Array, Int16Array];
        const first = whole.findIndex((sample) => sample !== 0);
        const from = first < 0 ? 0 : Math.max(0, first - 1602);
        const at = [0, 1, 2, 3].find((n) =>
          whole.subarray(from + n, from + n + kept.length).every((it, m) => it === kept[m]),
        );
        expect(at).toBeDefined();
        const sounding = (samples: Int16Array) => samples.filter((sample) => sample !== 0).length;
        expect(sounding(kept)).toBe(sounding(whole));
        const last = whole.findLastIndex((sample) => sample !== 0);
        expect(kept.length).toBeLessThanOrEqual(Math.max(1600, last - first + 3210));
      }),
      { numRuns: 200 },
    );
  });

  it('has the sound that follows ten minutes of silence', () => {
    network.answered('CA1', { talks: [{ after: 700, for: 1 }], digits: [] });
    network.tell('CA1', TRIMMED);
    network.pass(710);
    network.tell('CA1', turn('off'));
    expect(length(network.sound('CA1')[0])).toBeCloseTo(1.4);
    expect((network.recorders('CA1')[0] as SimulatedRecorder).trim).toBe(true);
  });
});
