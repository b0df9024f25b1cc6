import { beforeEach, describe, expect, it } from 'vitest';
import { PROMPT_HERTZ } from '../../../src/carriers/simulated/tones.ts';
import type { Prompt } from '../../../src/contracts/carrier.ts';
import { secondsOfSound, secondsWith } from '../../gateway/audio.ts';
import { BRIDGE } from './network.ts';
import { cut, length, RecordedNetwork, record, turn, VOICE } from './recorded-network.ts';

const FILE: Prompt = { play: 'https://x.example/a.wav', times: 1 };
const play = (playback: string, ...prompts: Prompt[]) => ({ do: 'play', playback, prompts }) as const;

let network: RecordedNetwork;
beforeEach(() => {
  network = new RecordedNetwork();
});

describe('a recorder of a bridge', () => {
  it('has everyone who is heard in the bridge, and what is played to all', () => {
    for (const id of ['CA1', 'CA2', 'CA3'] as const) network.answered(id);
    network.tell(BRIDGE, record({ channels: 1 }));
    network.join('CA1');
    network.pass(1);
    network.join('CA2');
    network.join('CA3', { muted: true });
    network.pass(2);
    network.tell(BRIDGE, play('p1', FILE));
    network.tell('CA2', { do: 'leave' });
    network.pass(3);
    for (const id of ['CA1', 'CA3']) network.tell(id, { do: 'hangup' });
    network.pass(1);
    const [mono] = network.sound(BRIDGE);
    expect(length(mono)).toBe(6);
    expect(secondsWith(mono as Int16Array, VOICE.CA1)).toBeCloseTo(6);
    expect(secondsWith(cut(mono, 1, 3), VOICE.CA2)).toBeCloseTo(2);
    expect(secondsWith(cut(mono, 3, 6), VOICE.CA2)).toBe(0);
    expect(secondsWith(cut(mono, 3, 6), PROMPT_HERTZ)).toBeCloseTo(3);
    expect(secondsWith(mono as Int16Array, VOICE.CA3)).toBe(0);
  });

  it('has nothing of what a coach says to one of them', () => {
    for (const id of ['CA1', 'CA2'] as const) network.answered(id);
    network.join('CA1', { muted: true });
    network.join('CA2', { coaches: 'CA1' });
    network.tell(BRIDGE, record({ channels: 1 }));
    network.pass(2);
    network.tell(BRIDGE, turn('off'));
    expect(secondsOfSound(network.sound(BRIDGE)[0] as Int16Array)).toBe(0);
  });

  it('leaves out its pauses and is silent when it should be', () => {
    network.answered('CA1');
    network.join('CA1');
    network.tell(BRIDGE, record({ channels: 1 }));
    for (const is of ['paused', 'on', 'silent', 'on'] as const) {
      network.pass(1);
      network.tell(BRIDGE, turn(is));
    }
    network.pass(1);
    network.tell(BRIDGE, turn('off'));
    const [mono] = network.sound(BRIDGE);
    expect(length(mono)).toBe(4);
    expect(secondsOfSound(cut(mono, 2, 3))).toBe(0);
    expect(secondsWith(mono as Int16Array, VOICE.CA1)).toBeCloseTo(3);
  });

  it('ends when the last leg has left, and not before', () => {
    for (const id of ['CA1', 'CA2'] as const) network.answered(id);
    network.tell(BRIDGE, record({ channels: 1 }));
    network.join('CA1');
    network.join('CA2');
    network.pass(1);
    network.tell('CA1', { do: 'leave' });
    network.pass(1);
    expect(network.recorders(BRIDGE)).toMatchObject([{ state: 'on' }]);
    network.tell('CA2', { do: 'leave' });
    network.pass(5);
    expect(network.recorders(BRIDGE)).toMatchObject([{ state: 'off', job: { tries: 0 } }]);
    expect(length(network.sound(BRIDGE)[0])).toBe(2);
    network.tell(BRIDGE, record({ recording: 'RE2', channels: 1 }));
    expect(network.recorders(BRIDGE)[1]).toMatchObject({ state: 'off' });
  });

  it('counts the time of those who hear the bridge, also when that becomes faster', () => {
    for (const id of ['CA1', 'CA2'] as const) network.answered(id);
    network.tell(BRIDGE, record({ channels: 1 }));
    network.join('CA1');
    network.pass(2);
    network.tell(BRIDGE, { do: 'run', speed: 10 });
    network.pass(1);
    network.join('CA2');
    network.pass(1);
    network.tell(BRIDGE, turn('off'));
    const [mono] = network.sound(BRIDGE);
    expect(length(mono)).toBe(22);
    expect(secondsWith(mono as Int16Array, VOICE.CA1)).toBeCloseTo(22);
    expect(secondsWith(mono as Int16Array, VOICE.CA2)).toBeCloseTo(10);
  });
});
