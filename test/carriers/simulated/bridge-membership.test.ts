import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  advanceBridge,
  applyBridgeUpdates,
  newBridge,
  performInBridge,
  type SimulatedBridge,
} from '../../../src/carriers/simulated/bridge.ts';
import type { SimulatedLeg } from '../../../src/carriers/simulated/leg.ts';
import { advanceLeg, newIncomingLeg, nextDueInLeg, performOnLeg } from '../../../src/carriers/simulated/machine.ts';
import type { Prompt } from '../../../src/contracts/carrier.ts';
import { scriptFor } from '../../../src/contracts/script.ts';
import { NOW } from '../../support/call.ts';
import { BRIDGE, Network } from './network.ts';

const FILE: Prompt = { play: 'https://x.example/a.wav', times: 1 };
const play = (playback: string, ...prompts: Prompt[]) => ({ do: 'play', playback, prompts }) as const;

let network: Network;
beforeEach(() => {
  network = new Network();
});

describe('a leg on its own', () => {
  beforeEach(() => network.answered('CA1'));

  it('hears its prompts one after the other, and silence between them', () => {
    network.pass(1);
    const say: Prompt = { say: '1234567890', language: 'nl-NL', times: 2 };
    network.tell('CA1', play('p1', say, { pause: 2 }, FILE, { tune: 'waiting', times: 2 }, { digits: '1w' }));
    network.pass(60);
    expect(network.lines('CA1')).toEqual([
      '0-1 silence',
      '1-8 say 1234567890 nl-NL',
      '8-10 silence',
      '10-13 play https://x.example/a.wav',
      '13-53 tune waiting',
      '53-53.7 digits 1w',
      '53.7-… silence',
    ]);
  });

  it('is not said to have heard what is still to come', () => {
    network.tell('CA1', play('p1', FILE, { tune: 'enter', times: 1 }));
    network.pass(1);
    expect(network.lines('CA1')).toEqual(['0-… play https://x.example/a.wav']);
  });

  it('hears no more of a playback that was stopped', () => {
    network.tell('CA1', play('p1', FILE, FILE));
    network.pass(1);
    network.tell('CA1', { do: 'stop', playback: 'p1' });
    network.pass(1);
    expect(network.lines('CA1')).toEqual(['0-1 play https://x.example/a.wav', '1-… silence']);
  });

  it.each([
    ['something is played', () => network.tell('CA1', play('p1', FILE)), '2-… play https://x.example/a.wav'],
    ['it joins a bridge', () => network.join('CA1'), '2-… silence'],
  ])('hears the ringing tone until %s', (_what, then, next) => {
    network.tell('CA1', { do: 'ring' });
    network.pass(2);
    then();
    expect(network.lines('CA1').slice(0, 2)).toEqual(['0-2 ringing', next]);
  });

  it('does not hear the ringing tone over what it is played', () => {
    network.tell('CA1', play('p1', FILE), { do: 'ring' });
    network.pass(5);
    expect(network.lines('CA1')).toEqual(['0-3 play https://x.example/a.wav', '3-… silence']);
  });

  it('hears nothing after its end', () => {
    network.tell('CA1', play('p1', FILE, FILE));
    network.pass(4);
    network.tell('CA1', { do: 'hangup' });
    network.pass(4);
    expect(network.lines('CA1').at(-1)).toBe('3-4 play https://x.example/a.wav');
  });

  it('reports the end of each playback that another has replaced, however quickly', () => {
    network.tell('CA1', play('p1', FILE), play('p2', FILE), play('p3', FILE));
    network.pass(5);
    expect(network.events.get('CA1')?.slice(2)).toMatchObject([
      { playback: 'p1', at: NOW },
      { playback: 'p2', at: NOW },
      { playback: 'p3', at: NOW + 3000 },
    ]);
  });
});

it('a leg that hears very much keeps the latest, little enough for its object', () => {
  network.answered('CA1');
  for (let n = 1; n <= 600; n++) {
    const say = { say: `${n} ${'ж'.repeat(4000)}`, language: 'bg-BG', times: 1 };
    network.tell('CA1', play(`p${n}`, say));
    network.pass(1);
  }
  const { sounds = [] } = network.legs.get('CA1') ?? {};
  expect(JSON.stringify(sounds).length).toBeLessThan(110_000);
  expect(sounds.length).toBeGreaterThan(20);
  expect(sounds.at(-1)).toMatchObject({ text: expect.stringMatching(/^600 /) });
  expect(network.heard('CA1').filter(({ what }) => what === 'silence')).toEqual([]);
});

it('a caller hears the ringing tone until the answer', () => {
  network.legs.set('CA1', newIncomingLeg('CA1', scriptFor(''), NOW, NOW));
  network.pass(3);
  network.tell('CA1', { do: 'answer' });
  network.pass(1);
  expect(network.lines('CA1')).toEqual(['0-3 ringing', '3-… silence']);
});

describe('legs in a bridge', () => {
  beforeEach(() => {
    for (const id of ['CA1', 'CA2', 'CA3']) network.answered(id);
  });

  it('hear each other and not themselves, from when both are there until one leaves', () => {
    network.join('CA1');
    network.pass(1);
    network.join('CA2');
    network.pass(2);
    network.tell('CA2', { do: 'leave' });
    network.pass(1);
    expect(network.lines('CA1')).toEqual(['0-1 silence', '1-3 voice CA2', '3-… silence']);
    expect(network.lines('CA2')).toEqual(['0-1 silence', '1-3 voice CA1', '3-… silence']);
    expect(network.lines('CA3')).toEqual(['0-… silence']);
  });

  it('end their playbacks when they join, and report that', () => {
    network.tell('CA1', play('p1', { pause: 600 }));
    network.pass(1);
    network.join('CA1');
    network.pass(1);
    expect(network.events.get('CA1')?.at(-1)).toMatchObject({ playback: 'p1', at: NOW + 1000 });
  });

  it('go on hearing their own prompts while they are muted', () => {
    network.join('CA1');
    network.tell('CA1', play('p1', FILE));
    network.pass(1);
    network.join('CA1', { muted: true });
    network.pass(5);
    expect(network.events.get('CA1')?.at(-1)).toMatchObject({ playback: 'p1', at: NOW + 3000 });
  });

  it('hear, but are not heard, while they are muted', () => {
    network.join('CA1');
    network.join('CA2');
    network.pass(1);
    network.join('CA2', { muted: true });
    network.pass(1);
    network.join('CA2');
    network.pass(1);
    expect(network.lines('CA1')).toEqual(['0-1 voice CA2', '1-2 silence', '2-… voice CA2']);
    expect(network.lines('CA2')).toEqual(['0-… voice CA1']);
  });

  it('do not hear a coach, except the one that is coached; a coach hears all', () => {
    network.join('CA1');
    network.join('CA2');
    network.join('CA3', { coaches: 'CA2' });
    network.pass(1);
    expect(network.lines('CA1')).toEqual(['0-… voice CA2']);
    expect(network.lines('CA2')).toEqual(['0-… voice CA1', '0-… voice CA3']);
    expect(network.lines('CA3')).toEqual(['0-… voice CA1', '0-… voice CA2']);
    network.join('CA3');
    network.pass(1);
    expect(network.lines('CA1')).toContain('1-… voice CA3');
  });

  it('leave a bridge by joining another, or by ending', () => {
    for (const id of ['CA1', 'CA2', 'CA3']) network.join(id);
    network.pass(1);
    network.join('CA2', {}, 'CF1-2');
    network.pass(1);
    network.tell('CA3', { do: 'hangup' });
    network.pass(1);
    expect(network.lines('CA1')).toEqual(['0-1 voice CA2', '0-2 voice CA3', '2-… silence']);
    expect(network.lines('CA2')).toEqual(['0-1 voice CA1', '0-1 voice CA3', '1-… silence']);
    expect(network.lines('CA3')).toEqual(['0-2 voice CA1', '0-1 voice CA2']);
  });

  it('change nothing upon a repeated join, or upon a leave without a bridge', () => {
    network.tell('CA2', { do: 'leave' });
    network.join('CA1');
    network.join('CA2');
    network.pass(1);
    network.join('CA2');
    network.pass(1);
    expect(network.lines('CA1')).toEqual(['0-… voice CA2']);
    expect(network.types('CA2')).toEqual(['leg.ringing', 'leg.answered']);
  });

  it('hear what the bridge plays, all that are in it at that moment', () => {
    network.join('CA1');
    network.join('CA2');
    network.pass(1);
    network.tell(BRIDGE, play('b1', { tune: 'enter', times: 1 }, FILE));
    network.pass(1);
    network.tell('CA2', { do: 'leave' });
    network.join('CA3');
    network.pass(5);
    const file = 'play https://x.example/a.wav';
    expect(network.lines('CA1').slice(1, 3)).toEqual(['1-1.25 tune enter', `1.25-4.25 ${file}`]);
    expect(network.lines('CA2').slice(1)).toEqual(['1-1.25 tune enter', `1.25-2 ${file}`, '2-… silence']);
    expect(network.lines('CA3')).toEqual(['0-2 silence', `2-4.25 ${file}`, '2-… voice CA1']);
    expect(network.events.get(BRIDGE)).toEqual([{ type: 'leg.playback-ended', playback: 'b1', at: NOW + 4250, n: 1 }]);
  });

  it('hear the keys that others press, and those that others are told to press', () => {
    network.answered('CA4', { digits: [{ after: 1, digits: '1#' }] });
    network.join('CA4');
    network.join('CA1');
    network.pass(3);
    network.tell('CA1', play('p1', { pause: 1 }, { digits: '42' }));
    network.pass(5);
    const keys = (id: string) => network.lines(id).filter((line) => line.includes('digits'));
    expect(keys('CA1')).toEqual(['1-1.2 digits 1 CA4', '1.2-1.4 digits # CA4', '4-4.4 digits 42']);
    expect(keys('CA4')).toEqual(['4-4.4 digits 42 CA1']);
  });

  it('do not hear keys whose playback was stopped before their time', () => {
    network.join('CA1');
    network.join('CA2');
    network.tell('CA1', play('p1', { digits: '1' }, { pause: 2 }, { digits: '2' }));
    network.pass(1);
    network.tell('CA1', { do: 'stop', playback: 'p1' });
    network.pass(5);
    expect(network.lines('CA2')).toEqual(['0-0.2 digits 1 CA1', '0-… voice CA1']);
  });

  it('ignore commands once they are over', () => {
    network.tell('CA1', { do: 'hangup' });
    network.pass(1);
    network.join('CA1');
    network.join('CA2');
    network.pass(1);
    expect(network.lines('CA2')).toEqual(['0-… silence']);
  });
});

describe('a leg whose script says when it speaks', () => {
  const talks = [
    { after: 2, for: 1 },
    { after: 5, for: 2 },
  ];

  beforeEach(() => {
    network.answered('CA1', { talks });
    network.answered('CA2');
    network.join('CA2');
  });

  it('is heard only at these times', () => {
    network.join('CA1');
    network.pass(10);
    expect(network.lines('CA2')).toEqual([
      '0-2 silence',
      '2-3 voice CA1',
      '3-5 silence',
      '5-7 voice CA1',
      '7-… silence',
    ]);
  });

  it('reports that it speaks while it is asked to', () => {
    network.join('CA1');
    network.pass(4);
    network.join('CA1', { talking: true });
    network.pass(6);
    expect(network.events.get('CA1')?.slice(2)).toMatchObject([
      { type: 'leg.talking', talking: true, at: NOW + 5000, n: 3 },
      { type: 'leg.talking', talking: false, at: NOW + 7000, n: 4 },
    ]);
  });

  it('reports at once that it speaks already', () => {
    network.pass(2.5);
    network.join('CA1', { talking: true });
    network.pass(1);
    expect(network.types('CA1').slice(2)).toEqual(['leg.talking true', 'leg.talking false']);
  });

  it('reports nothing outside of the bridge', () => {
    network.join('CA1', { talking: true });
    network.pass(2.5);
    network.tell('CA1', { do: 'leave' });
    network.pass(10);
    expect(network.types('CA1').slice(2)).toEqual(['leg.talking true']);
  });
});

describe('a fast leg that is told to run freely', () => {
  beforeEach(() => {
    network.answered('CA1', { speed: 1000, hang_up_after: 400 });
    network.answered('CA2', { speed: 1000 }, NOW + 3_600_000);
  });

  it('waits for nobody any more, and goes by its own time', () => {
    network.tell('CA1', { do: 'run', speed: 20 });
    network.pass(19.9);
    expect(network.types('CA1')).not.toContain('leg.ended');
    network.pass(0.2);
    expect(network.events.get('CA1')?.at(-1)).toMatchObject({ type: 'leg.ended', at: NOW + 400_000 });
    expect(network.types('CA1')).not.toContain('leg.clock');
  });

  it('hears another leg at the same moment, though each has a time of its own', () => {
    for (const id of ['CA1', 'CA2']) {
      network.tell(id, { do: 'run', speed: 20 });
      network.join(id);
    }
    network.pass(0.5);
    network.join('CA2', { muted: true });
    network.pass(0.5);
    network.tell(BRIDGE, play('b1', FILE));
    network.pass(1);
    const heard = ['play https://x.example/a.wav', 'silence'];
    expect(network.lines('CA1')).toEqual(['0-10 voice CA2', '10-20 silence', `20-23 ${heard[0]}`, `23-… ${heard[1]}`]);
    expect(network.lines('CA2', NOW + 3_600_000)).toEqual(['0-… voice CA1', `20-23 ${heard[0]}`]);
    expect(network.events.get(BRIDGE)).toMatchObject([{ at: NOW + 1150 }]);
  });

  it('hears on without a gap when its speed changes in the middle of a talk', () => {
    network.answered('CA3');
    network.join('CA1');
    network.join('CA3');
    network.tell('CA1', { do: 'run', speed: 20 });
    network.pass(1);
    network.tell('CA1', { do: 'run', speed: 2 });
    network.pass(1);
    network.tell('CA3', { do: 'leave' });
    network.pass(1);
    expect(network.lines('CA1')).toEqual(['0-22 voice CA3', '22-… silence']);
  });

  it('loses no time to an alarm that comes late', () => {
    network.tell('CA1', { do: 'run', speed: 20 });
    network.pass(1);
    network.tell('CA1', play('p1', { pause: 2 }));
    const late = advanceLeg(network.legs.get('CA1') as SimulatedLeg, NOW + 5000);
    expect(late.events).toMatchObject([{ playback: 'p1', at: NOW + 22_000 }]);
    expect(nextDueInLeg(late.leg)).toBe(NOW + 20_000);
  });

  it('does not fall behind its call, which began to run a little earlier', () => {
    network.tell('CA1', { do: 'run', speed: 20 });
    network.pass(1);
    const leg = network.legs.get('CA1') as SimulatedLeg;
    const ahead = { leg: 'CA1', first: leg.performed + 1, at: NOW + 20_100 };
    const told = performOnLeg(leg, { ...ahead, instructions: [play('p1', { pause: 1 })] }, NOW + 1000);
    expect(nextDueInLeg(told)).toBe(NOW + 1050);
    expect(advanceLeg(told, NOW + 1060).events).toMatchObject([{ playback: 'p1', at: NOW + 21_100 }]);
  });
});

describe('a bridge', () => {
  it('ends a playback that is stopped or replaced, and reports each end once', () => {
    network.tell(BRIDGE, play('b1', { pause: 60 }));
    network.pass(1);
    network.tell(BRIDGE, play('b2', { pause: 60 }), { do: 'stop', playback: 'b1' });
    network.pass(1);
    network.tell(BRIDGE, { do: 'stop', playback: 'b2' });
    network.pass(100);
    expect(network.events.get(BRIDGE)).toMatchObject([
      { playback: 'b1', at: NOW + 1000, n: 1 },
      { playback: 'b2', at: NOW + 2000, n: 2 },
    ]);
  });

  it('runs in the time of its owner when it is told to', () => {
    network.tell(BRIDGE, { do: 'run', speed: 10 }, play('b1', { pause: 60 }));
    network.pass(6);
    expect(network.events.get(BRIDGE)).toMatchObject([{ playback: 'b1', at: NOW + 60_000 }]);
  });

  it('does not fall behind its owner, which began to run a little earlier', () => {
    network.tell(BRIDGE, { do: 'run', speed: 10 });
    const bridge = network.bridges.get(BRIDGE) as SimulatedBridge;
    const ahead = { leg: BRIDGE, first: 2, at: NOW + 300, instructions: [play('b1', { pause: 60 })] };
    const playing = performInBridge(bridge, ahead, NOW + 10);
    expect(advanceBridge(playing, NOW + 6010).events).toMatchObject([{ at: NOW + 60_300 }]);
  });

  it('performs a repeated command once', () => {
    const command = { leg: BRIDGE, first: 1, at: NOW, instructions: [play('b1', FILE)] };
    const once = performInBridge(newBridge(BRIDGE, NOW), command, NOW);
    expect(performInBridge(once, command, NOW + 1000)).toEqual(once);
  });

  it('keeps a bounded log, the latest', () => {
    const note = (n: number) => ({ n, leg: 'CA1', bridge: BRIDGE, wall: NOW + n }) as const;
    const part = { is: 'in', muted: false, isSilent: false, speed: 1 } as const;
    const notes = Array.from({ length: 3000 }, (_, at) => ({ ...note(at + 1), ...part }));
    const { presences } = applyBridgeUpdates(newBridge(BRIDGE, NOW), notes);
    expect(presences).toHaveLength(2000);
    expect(presences.at(-1)).toMatchObject({ from: NOW + 3000 });
  });
});

/** Everything that may happen to a leg, by a number each. */
const DEEDS = [
  (it: Network, leg: string) => it.join(leg),
  (it: Network, leg: string) => it.join(leg, { muted: true }),
  (it: Network, leg: string) => it.join(leg, {}, 'CF1-2'),
  (it: Network, leg: string) => it.join(leg, { coaches: 'CA1', talking: true }),
  (it: Network, leg: string) => it.tell(leg, { do: 'leave' }),
  (it: Network, leg: string) => it.tell(leg, play('p', FILE, { digits: '7' })),
  (it: Network, leg: string) => it.tell(leg, { do: 'ring' }),
  (it: Network, leg: string) => it.tell(leg, { do: 'hangup' }),
  (it: Network) => it.tell(BRIDGE, play('b', FILE)),
];

it('whatever happens, no leg hears itself or one thing twice at once, and every moment from the answer on is accounted for', () => {
  const deed = fc.record({
    leg: fc.constantFrom('CA1', 'CA2', 'CA3'),
    what: fc.nat(DEEDS.length - 1),
    pause: fc.nat(4),
  });
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 25 }), (deeds) => {
      const it = new Network();
      for (const leg of ['CA1', 'CA2', 'CA3']) it.answered(leg, leg === 'CA3' ? { talks: [{ after: 3, for: 6 }] } : {});
      for (const { leg, what, pause } of deeds) {
        DEEDS[what]?.(it, leg);
        it.pass(pause);
      }
      for (const leg of it.legs.keys()) {
        const heard = it.heard(leg);
        expect(heard).toEqual([...heard].sort((a, b) => a.from - b.from));
        expect(heard.filter((one) => 'call' in one && one.call === leg)).toEqual([]);
        const kinds = new Map<string, number>();
        let covered = NOW;
        for (const { from, to = Number.POSITIVE_INFINITY, ...what } of heard) {
          const kind = 'call' in what ? what.call + what.what : '';
          if (kind !== '') expect(from).toBeGreaterThanOrEqual(kinds.get(kind) ?? 0);
          kinds.set(kind, to);
          expect(to).toBeGreaterThan(from);
          expect(from).toBeLessThanOrEqual(covered + 100);
          covered = Math.max(covered, to);
        }
        expect(covered).toBeGreaterThanOrEqual(it.legs.get(leg)?.endedAt ?? Number.POSITIVE_INFINITY);
      }
    }),
    { numRuns: 300 },
  );
});
