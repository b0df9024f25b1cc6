import { describe, expect, it } from 'vitest';
import { checkRequest } from '../../../src/conferences/check-request.ts';
import type { ConferenceEvent } from '../../../src/conferences/effects.ts';
import {
  advance,
  type ConferenceState,
  messagesSent,
  newState,
  nextMessages,
  shape,
} from '../../../src/conferences/object/state.ts';
import { nextIn } from '../../../src/lib/object-state.ts';
import { NOW } from '../../support/call.ts';
import { aConference, enters, expected, upon } from '../../support/conference.ts';

describe('a customer who is away', () => {
  const advanceAll = (record: ConferenceState, events: ConferenceEvent[]) =>
    events.reduce((it, event) => advance(it, event, NOW), record);
  const talk = Array.from(
    { length: 1000 },
    (_, n): ConferenceEvent => ({
      type: 'participant.talking',
      call: 'anna',
      stay: 1,
      talking: n % 2 === 0,
      at: NOW,
    }),
  );

  it('does not stop the conference: of very much the latest is left out, but not the end, and the sequence shows it', () => {
    const meeting = advanceAll(newState(aConference()), [enters('anna'), enters('ben'), ...talk, { type: 'user.end' }]);
    const waiting = meeting.deliveries.messages;
    expect(waiting.map(({ sequence }) => sequence).slice(0, 500)).toEqual(Array.from({ length: 500 }, (_, n) => n + 1));
    expect(waiting.slice(500)).toMatchObject([{ type: 'conference.ended', sequence: 1006 }]);
    expect(JSON.stringify(meeting).length).toBeLessThan(1_000_000);
  });
});

describe('what calls are told', () => {
  const meeting = [enters('anna'), enters('ben')].reduce(
    (it, event) => advance(it, event, NOW),
    newState(aConference()),
  );
  const waiting = (record: ConferenceState, at: number) =>
    nextIn(record, 'messages', shape.lanes.messages, at) === undefined ? [] : nextMessages(record);
  const words = (record: ConferenceState, at = NOW) =>
    waiting(record, at).map(({ call, message }) => [call, message.n]);

  it('is said to all at once, and to each in order', () => {
    expect(words(meeting)).toEqual([
      ['anna', 1],
      ['ben', 3],
    ]);
    const heard = messagesSent(meeting, [], nextMessages(meeting), NOW);
    expect(words(heard)).toEqual([['anna', 2]]);
    expect(messagesSent(heard, [], nextMessages(heard), NOW).messages).toEqual({ messages: [], attempts: 0 });
  });

  it('waits for its time when nobody heard it, but a new word is said at once', () => {
    const waiting = Array.from({ length: 6 }).reduce<ConferenceState>((it) => messagesSent(it, [], [], NOW), meeting);
    expect(words(waiting)).toEqual([]);
    expect(words(waiting, NOW + 60_000)).toHaveLength(2);
    const busy = advance(waiting, enters('carl'), NOW);
    expect(words(busy)).toContainEqual(['carl', 4]);
  });
});

describe('what the API asks of a conference', () => {
  const conference = upon(aConference(), enters('anna', { label: 'a' }), enters('ben'));
  const announce: ConferenceEvent = { type: 'user.announce', announcement: 'a1', prompts: [] };
  const hold = (call: string): ConferenceEvent => ({ type: 'user.change', call, change: { hold: true } });

  it('is no announcement that nobody would hear', () => {
    expect(checkRequest(upon(aConference(), enters('anna')), announce)).toMatchObject({
      refusal: 'conference_not_started',
    });
    expect(checkRequest(upon(conference, hold('anna')), announce)).toMatchObject({ ok: true });
    expect(checkRequest(upon(conference, hold('anna'), hold('ben')), announce)).toMatchObject({
      refusal: 'everyone_on_hold',
    });
  });

  it('means a call, by whatever it was named', () => {
    expect(checkRequest(conference, { type: 'user.kick', call: '' }, 'a')).toMatchObject({ value: { call: 'anna' } });
    expect(checkRequest(conference, { type: 'user.change', call: '', change: { coaches: 'a' } }, 'ben')).toMatchObject({
      value: { call: 'ben', change: { coaches: 'anna' } },
    });
    expect(checkRequest(conference, expected('coach', { coaches: 'a' }))).toMatchObject({
      value: { participant: { coaches: 'anna' } },
    });
  });

  it('is refused when it cannot be', () => {
    const refusal = (event: ConferenceEvent, who?: string) =>
      checkRequest(upon(conference, expected('guest')), event, who);
    const kick: ConferenceEvent = { type: 'user.kick', call: '' };
    expect(refusal(kick, 'nobody')).toMatchObject({ refusal: 'participant_not_found' });
    expect(refusal(kick, 'guest')).toMatchObject({ refusal: 'participant_not_connected' });
    expect(refusal({ type: 'user.change', call: '', change: { coaches: 'a' } }, 'a')).toMatchObject({
      refusal: 'coach_absent',
    });
    expect(refusal({ type: 'user.change', call: '', change: { coaches: 'guest' } }, 'a')).toMatchObject({
      refusal: 'coach_absent',
    });
    expect(refusal(expected('other', { label: 'a' }))).toMatchObject({ refusal: 'label_taken' });
    const full = upon(aConference({ maxParticipants: 2 }), enters('anna'), expected('guest'));
    expect(checkRequest(full, expected('other'))).toMatchObject({ refusal: 'conference_full' });
  });
});
