import { describe, expect, it } from 'vitest';
import { checkRequest, isTooMuch } from '../../src/conferences/check-request.ts';
import type { Conference } from '../../src/conferences/conference.ts';
import type { ConferenceEvent } from '../../src/conferences/effects.ts';
import { advance, newState, shape } from '../../src/conferences/object/state.ts';
import { NOW } from '../support/call.ts';
import { aConference, enters, take, upon } from '../support/conference.ts';

const announces = (announcement: string, say = 'Hallo', call?: string): ConferenceEvent => ({
  type: 'user.announce',
  announcement,
  prompts: [{ say, language: 'nl-NL', times: 1 }],
  ...(call !== undefined && { call }),
});

/** What the object does with a request: it is checked first. Answers with the refusals. */
function ask(conference: Conference, events: ConferenceEvent[], who?: string) {
  const refusals: string[] = [];
  const after = events.reduce((it, event) => {
    const checked = checkRequest(it, event, who);
    if (!checked.ok) refusals.push(checked.refusal);
    return checked.ok ? take(it, checked.value).conference : it;
  }, conference);
  return { after, refusals };
}

const two = () => upon(aConference(), enters('anna'), enters('ben'));
const many = (count: number, say: string) => Array.from({ length: count }, (_, at) => announces(`a${at}`, say));

describe('announcements', () => {
  it('to all wait for their turn, 20 of them', () => {
    const { after, refusals } = ask(two(), many(599, 'Hallo'));
    expect(refusals).toEqual(Array(579).fill('announcements_full'));
    expect(after.sounds).toHaveLength(19);
  });

  it('to all wait for their turn, as long as their text is no longer than 32 KB', () => {
    const { after, refusals } = ask(two(), many(599, 'x'.repeat(4096)));
    expect(refusals.length).toBe(599 - 7);
    expect(JSON.stringify(after).length).toBeLessThan(40_000);
  });

  it('find room again once one was heard', () => {
    const { after } = ask(two(), many(30, 'Hallo'));
    const heard = upon(after, { type: 'sound.ended', playback: after.sound?.playback ?? '' });
    expect(checkRequest(heard, announces('b'))).toMatchObject({ ok: true });
  });

  it('to one participant wait until it has heard them, 20 of them', () => {
    const { after, refusals } = ask(two(), many(50, 'Hallo'), 'anna');
    expect(refusals).toEqual(Array(30).fill('announcements_full'));
    const heard = upon(after, { type: 'participant.announced', call: 'anna', stay: 1, announcement: 'a0', at: NOW });
    expect(checkRequest(heard, announces('b'), 'anna')).toMatchObject({ ok: true });
    expect(checkRequest(after, announces('b'), 'ben')).toMatchObject({ ok: true });
  });
});

describe('a conference whose row is nearly full', () => {
  it.each<[string, ConferenceEvent, boolean]>([
    ['announces nothing', announces('a'), true],
    ['changes nobody', { type: 'user.change', call: 'anna', change: { hold: true } }, true],
    ['can be ended', { type: 'user.end' }, false],
    ['can be left', { type: 'user.kick', call: 'anna' }, false],
  ])('%s', (_what, event, isRefused) => {
    expect(isTooMuch(event, 1_300_000)).toBe(isRefused);
    expect(isTooMuch(event, 1_000)).toBe(false);
  });

  it('ends where it cannot be written any more, and everyone goes on', () => {
    const [drop, end] = shape.lighten ?? [];
    const [anna, ben] = [enters('anna'), enters('ben')];
    const events = Array.from({ length: 60 }, (_, at) => [
      { type: 'user.change', call: 'anna', change: { hold: at % 2 === 0 } } as const,
    ]).flat();
    const busy = [anna, ben, ...events].reduce((it, event) => advance(it, event, NOW), newState(aConference()));
    const lighter = drop?.(busy, NOW);
    expect(busy.deliveries.messages.length).toBeGreaterThan(20);
    expect(lighter?.deliveries.messages).toEqual(busy.deliveries.messages.slice(-20));
    const over = lighter && end?.(lighter, NOW);
    expect(over?.conference.status).toBe('completed');
    const reasons = over?.messages.messages.map(({ call, message }) => [call, message.type]);
    expect(reasons).toContainEqual(['anna', 'conference.remove']);
  });
});
