import { describe, expect, it } from 'vitest';
import { begin, digit, timeout, upon } from '../support/flow.ts';

const END = { verb: 'hangup' };

describe('say', () => {
  it('speaks and goes on when it was heard', () => {
    const start = begin([{ verb: 'say', text: 'Hallo', voice: 'anna', loop: 2 }, END]);
    expect(start.instructions).toEqual([
      {
        do: 'play',
        playback: start.position.playback,
        prompts: [{ say: 'Hallo', language: 'nl-NL', voice: 'anna', times: 2 }],
      },
    ]);
    expect(start.decision).toEqual({ do: 'wait' });
    expect(upon(start, 'prompt ends').decision).toEqual({ do: 'hangup' });
  });

  it('with nothing to say goes on', () => {
    expect(begin([{ verb: 'say' }, END])).toMatchObject({ instructions: [], decision: { do: 'hangup' } });
  });

  it('does not mind keys', () => {
    expect(upon(begin([{ verb: 'say', text: 'Hallo' }]), digit('1')).decision).toEqual({ do: 'nothing' });
  });

  it('ignores the end of an earlier playback', () => {
    const start = begin([{ verb: 'say', text: 'Hallo' }]);
    expect(upon(start, { type: 'leg.playback-ended', playback: 'another' }).decision).toEqual({ do: 'nothing' });
  });
});

describe('play', () => {
  it('plays a file, relative to its document', () => {
    expect(begin([{ verb: 'play', url: '../ding.wav' }]).instructions).toMatchObject([
      { do: 'play', prompts: [{ play: 'https://x.example/ding.wav', times: 1 }] },
    ]);
  });

  it('presses keys', () => {
    expect(begin([{ verb: 'play', digits: '1ww2' }]).instructions).toMatchObject([{ prompts: [{ digits: '1ww2' }] }]);
  });

  it('with neither does nothing', () => {
    expect(begin([{ verb: 'play' }, END])).toMatchObject({ instructions: [], decision: { do: 'hangup' } });
  });
});

describe('pause', () => {
  it('waits one second, or as long as it says', () => {
    expect(begin([{ verb: 'pause' }]).decision).toEqual({ do: 'wait', within: 1 });
    const start = begin([{ verb: 'pause', length: 2.5 }, END]);
    expect(start.decision).toEqual({ do: 'wait', within: 2.5 });
    expect(upon(start, timeout).decision).toEqual({ do: 'hangup' });
  });
});

describe('redirect', () => {
  it('asks for another document, and the rest of this one is never reached', () => {
    const move = begin([
      { verb: 'redirect', url: 'other' },
      { verb: 'say', text: 'nooit' },
    ]);
    expect(move).toMatchObject({ began: ['redirect'], decision: { do: 'ask', event: 'redirect', url: 'other' } });
  });
});

describe('reject', () => {
  it('refuses a call that was not answered', () => {
    expect(begin([{ verb: 'reject', reason: 'busy' }], { answered: false }).decision).toEqual({
      do: 'reject',
      reason: 'busy',
    });
  });

  it('ends a call that was', () => {
    expect(begin([{ verb: 'reject' }]).decision).toEqual({ do: 'hangup' });
  });
});

describe('before the answer of an inbound call', () => {
  const unanswered = (verbs: unknown[]) => begin(verbs, { answered: false });

  it('pause delays it', () => {
    expect(unanswered([{ verb: 'pause', length: 3 }]).decision).toEqual({ do: 'wait', within: 3 });
  });

  it.each(['say', 'gather', 'hangup'])('%s as the first verb answers, and has not begun yet', (verb) => {
    const move = unanswered([{ verb, text: 'Hallo' }]);
    expect(move).toMatchObject({ decision: { do: 'answer' }, began: [], instructions: [] });
  });

  it('redirect asks on', () => {
    expect(unanswered([{ verb: 'redirect', url: '/x' }]).decision).toMatchObject({ do: 'ask' });
  });
});

it('a document that is over says so', () => {
  expect(begin([]).decision).toEqual({ do: 'end' });
});
