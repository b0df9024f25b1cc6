import { describe, expect, it } from 'vitest';
import { newSimulatedLeg, type SimulatedLeg } from '../../../src/carriers/simulated/leg.ts';
import { advanceLeg, newIncomingLeg, nextDueInLeg, performOnLeg } from '../../../src/carriers/simulated/machine.ts';
import { promptSeconds, spokenSeconds } from '../../../src/carriers/simulated/prompt-duration.ts';
import type { Instruction, LegEvent, Script } from '../../../src/contracts/carrier.ts';
import { scriptFor } from '../../../src/contracts/script.ts';
import { NOW } from '../../support/call.ts';

const DIAL: Instruction = { do: 'dial', to: '+493023125000', from: '+31851234567' };
const pausePrompt = (playback: string, seconds: number): Instruction => ({
  do: 'play',
  playback,
  prompts: [{ pause: seconds }],
});

const tell = (leg: SimulatedLeg, first: number, at: number, ...instructions: Instruction[]) =>
  performOnLeg(leg, { leg: leg.id, first, at, instructions }, at);

/** Lets the leg live until nothing more happens by itself, or until `until`. */
function watch(leg: SimulatedLeg, until = Number.POSITIVE_INFINITY): { leg: SimulatedLeg; events: LegEvent[] } {
  const all: LegEvent[] = [];
  let now = leg;
  for (let wake = nextDueInLeg(now); wake !== undefined && wake <= until; wake = nextDueInLeg(now)) {
    const { leg: moved, events } = advanceLeg(now, wake);
    now = moved;
    all.push(...events);
  }
  return { leg: now, events: all };
}

const seen = (events: LegEvent[]) => events.map(({ type, at }) => [type, (at - NOW) / 1000]);
const dialled = (script: Partial<Script> = {}, number = '+31201234567') =>
  tell(newSimulatedLeg('CA1', scriptFor(number, script), NOW, NOW), 1, NOW, DIAL);

describe('a simulated callee', () => {
  it.each<[string, string, [string, number][]]>([
    [
      'any number',
      '+31201234567',
      [
        ['leg.ringing', 0],
        ['leg.answered', 1],
      ],
    ],
    [
      '000',
      '+493023125000',
      [
        ['leg.ringing', 0],
        ['leg.answered', 0],
      ],
    ],
    ['001', '+493023125001', [['leg.ended', 0]]],
    ['002', '+493023125002', [['leg.ringing', 0]]],
    ['003', '+493023125003', [['leg.ended', 0]]],
    [
      '004',
      '+493023125004',
      [
        ['leg.ringing', 0],
        ['leg.answered', 5],
      ],
    ],
    [
      '005',
      '+493023125005',
      [
        ['leg.ringing', 0],
        ['leg.answered', 1],
        ['leg.machine-detected', 3],
      ],
    ],
    [
      '007',
      '+493023125007',
      [
        ['leg.ringing', 0],
        ['leg.answered', 1],
        ['leg.ended', 4],
      ],
    ],
    ['008', '+493023125008', [['leg.ended', 0]]],
  ])('at %s behaves as documented', (_name, number, events) => {
    expect(seen(watch(dialled({}, number)).events)).toEqual(events);
  });

  it.each([
    ['busy', 'busy'],
    ['unallocated', 'unallocated'],
    ['congestion', 'congestion'],
    ['reject', 'rejected'],
  ] as const)('with outcome %s ends because of %s', (outcome, cause) => {
    expect(watch(dialled({ outcome })).events.at(-1)).toMatchObject({ type: 'leg.ended', cause });
  });

  it('rings and answers when its script says', () => {
    expect(seen(watch(dialled({ ring_after: 0.5, answer_after: 2.25 })).events)).toEqual([
      ['leg.ringing', 0.5],
      ['leg.answered', 2.75],
    ]);
  });

  it('presses keys, counted from the answer', () => {
    const { events } = watch(
      dialled({
        answer_after: 0,
        digits: [
          { after: 2, digits: '12' },
          { after: 4, digits: '#' },
        ],
      }),
    );
    expect(seen(events).slice(2)).toEqual([
      ['leg.digit', 2],
      ['leg.digit', 2.2],
      ['leg.digit', 4],
    ]);
  });

  it('at 006 presses 1 after the first prompt only', () => {
    const { leg } = watch(dialled({}, '+493023125006'));
    const { events, leg: quiet } = watch(tell(leg, 2, NOW + 2000, pausePrompt('p1', 3)));
    expect(events).toMatchObject([
      { type: 'leg.playback-ended', playback: 'p1', at: NOW + 5000 },
      { type: 'leg.digit', digit: '1', at: NOW + 5500 },
    ]);
    expect(watch(tell(quiet, 3, NOW + 6000, pausePrompt('p2', 1))).events).toHaveLength(1);
  });

  it('counts its events from 1, so that a repeat can be recognised', () => {
    expect(watch(dialled()).events.map(({ n }) => n)).toEqual([1, 2]);
  });
});

describe('an answered leg', () => {
  const { leg } = watch(dialled({ answer_after: 0 }));

  it('reports one end for all prompts of a playback', () => {
    const play: Instruction = {
      do: 'play',
      playback: 'p1',
      prompts: [{ pause: 1 }, { play: 'x', times: 2 }, { digits: '1w2' }],
    };
    expect(seen(watch(tell(leg, 2, NOW, play)).events)).toEqual([['leg.playback-ended', 7.9]]);
  });

  it('ends a playback that is stopped, at once and only once', () => {
    const playing = tell(leg, 2, NOW, pausePrompt('p1', 60));
    const { events } = watch(tell(playing, 3, NOW + 1000, { do: 'stop', playback: 'p1' }));
    expect(seen(events)).toEqual([['leg.playback-ended', 1]]);
  });

  it('has heard a playback that ended by itself, and not one that was cut short', () => {
    const playing = tell(leg, 2, NOW, pausePrompt('p1', 60));
    expect(watch(playing).events.at(-1)).not.toHaveProperty('unheard');
    const { events } = watch(tell(playing, 3, NOW + 1000, pausePrompt('p2', 2)));
    expect(events).toMatchObject([{ playback: 'p1', unheard: true }, { playback: 'p2' }]);
    expect(events.at(-1)).not.toHaveProperty('unheard');
  });

  it('does not hear a text in a language without a voice, as on a line, but hears what stands beside it', () => {
    const prompts = [
      { say: 'Merhaba', language: 'tr-TR', times: 1 },
      { say: 'Dag.', language: 'nl-NL', times: 1 },
    ];
    const { leg: then, events } = watch(tell(leg, 2, NOW, { do: 'play', playback: 'p1', prompts }));
    expect(events).toMatchObject([
      { type: 'leg.prompt-failed', code: 'speech_unavailable', at: NOW },
      { type: 'leg.playback-ended', unheard: true, at: NOW + spokenSeconds('Dag.') * 1000 },
    ]);
    expect(then.sounds).toMatchObject([{ what: 'say', text: 'Dag.' }]);
  });

  it('hears such a text where the deployment has a voice for it', () => {
    const play: Instruction = { do: 'play', playback: 'p1', prompts: [{ say: 'Merhaba', language: 'tr', times: 1 }] };
    const command = { leg: leg.id, first: 2, at: NOW, instructions: [play] };
    const { events } = watch(performOnLeg(leg, command, NOW, () => true));
    expect(events).toMatchObject([{ type: 'leg.playback-ended' }]);
    expect(events[0]).not.toHaveProperty('unheard');
  });

  it('does not stop a playback that is no longer on', () => {
    const playing = tell(leg, 2, NOW, pausePrompt('p2', 60));
    expect(seen(watch(tell(playing, 3, NOW, { do: 'stop', playback: 'p1' })).events)).toEqual([
      ['leg.playback-ended', 60],
    ]);
  });

  it('replaces a playback by the next', () => {
    const playing = tell(tell(leg, 2, NOW, pausePrompt('p1', 60)), 3, NOW + 1000, pausePrompt('p2', 2));
    expect(watch(playing).events).toMatchObject([
      { playback: 'p1', at: NOW + 1000 },
      { playback: 'p2', at: NOW + 3000 },
    ]);
  });

  it('does nothing more once it is hung up', () => {
    const { leg: over, events } = watch(
      tell(tell(leg, 2, NOW, pausePrompt('p1', 60)), 3, NOW + 1000, { do: 'hangup' }),
    );
    expect(events).toMatchObject([{ type: 'leg.ended', cause: 'normal', at: NOW + 1000 }]);
    expect(watch(tell(over, 4, NOW + 2000, pausePrompt('p2', 1))).events).toEqual([]);
  });

  it('performs a repeated command once', () => {
    const command = { leg: 'CA1', first: 2, at: NOW, instructions: [pausePrompt('p1', 1)] };
    const twice = performOnLeg(performOnLeg(leg, command, NOW), command, NOW);
    expect(watch(twice).events).toHaveLength(1);
  });

  it('performs only what is new in a command that overlaps an earlier one', () => {
    const once = tell(leg, 2, NOW, pausePrompt('p1', 1));
    const overlapping = tell(once, 2, NOW, pausePrompt('p1', 1), { do: 'hangup' });
    expect(watch(overlapping).events.map(({ type }) => type)).toEqual(['leg.ended']);
  });
});

describe('a simulated caller', () => {
  it('waits for an answer', () => {
    const ringing = newIncomingLeg('CA1', scriptFor('', { hang_up_after: 2 }), NOW, NOW);
    expect(nextDueInLeg(ringing)).toBeUndefined();
    expect(seen(watch(tell(ringing, 1, NOW + 5000, { do: 'answer' })).events)).toEqual([
      ['leg.answered', 5],
      ['leg.ended', 7],
    ]);
  });

  it('may give up before the answer', () => {
    const ringing = newIncomingLeg('CA1', scriptFor('', { give_up_after: 4 }), NOW, NOW);
    expect(seen(watch(ringing).events)).toEqual([['leg.ended', 4]]);
  });

  it('does not give up once it was answered', () => {
    const ringing = newIncomingLeg('CA1', scriptFor('', { give_up_after: 4 }), NOW, NOW);
    expect(seen(watch(tell(ringing, 1, NOW + 1000, { do: 'answer' })).events)).toEqual([['leg.answered', 1]]);
  });
});

describe('a fast leg', () => {
  const fast = dialled({ answer_after: 10, speed: 1000 });

  it('stands still until its call says how far time may run', () => {
    expect(nextDueInLeg(fast)).toBeUndefined();
  });

  it('runs a thousand times faster to the next thing that happens, and stands still again', () => {
    const granted = tell(fast, 2, NOW, { do: 'wait' });
    const { leg: ringing } = advanceLeg(granted, nextDueInLeg(granted) as number);
    expect(nextDueInLeg(ringing)).toBeUndefined();
    const again = tell(ringing, 3, NOW, { do: 'wait' });
    expect((nextDueInLeg(again) as number) - NOW).toBe(10);
    expect(advanceLeg(again, NOW + 10).events).toMatchObject([{ type: 'leg.answered', at: NOW + 10_000 }]);
  });

  it('reports when a timer of its call is due first', () => {
    const ringing = advanceLeg(tell(fast, 2, NOW, { do: 'wait' }), NOW).leg;
    const granted = tell(ringing, 3, NOW, { do: 'wait', until: NOW + 4000 });
    expect(advanceLeg(granted, NOW + 4).events).toMatchObject([{ type: 'leg.clock', at: NOW + 4000 }]);
  });
});

describe('the duration of speech', () => {
  it('is about that of a person, without the markup', () => {
    expect(spokenSeconds('Goedemorgen, u spreekt met de klantenservice.')).toBeCloseTo(3.6, 0);
    const said = (say: string, ssml?: true) =>
      promptSeconds({ say, language: 'nl-NL', times: 1, ...(ssml && { ssml }) });
    expect(said('Hallo <break time="500ms"/>', true)).toBeCloseTo(said('Hallo') + 0.5);
    expect(said('<prosody rate="50%">Hallo</prosody>', true)).toBeCloseTo(2 * said('Hallo'));
    expect(said('Hallo <break time="500ms"/>')).toBeGreaterThan(1.5);
  });

  it.each(['€', '%', '#', '* * *', '👍', '50 €', '@'])('of signs is that of their names: %s', (text) => {
    expect(spokenSeconds(text)).toBeGreaterThanOrEqual(0.5);
  });

  it.each(['...', '!!!', '?', '—', '()', '< >', '|'])('of marks that no voice reads is an instant: %s', (text) => {
    expect(promptSeconds({ say: text, language: 'nl-NL', times: 1 })).toBe(0.1);
  });

  it('is multiplied by the number of repetitions', () => {
    const once = promptSeconds({ say: 'Hallo', language: 'nl-NL', times: 1 });
    expect(promptSeconds({ say: 'Hallo', language: 'nl-NL', times: 3 })).toBeCloseTo(3 * once);
  });
});
