import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../../src/conferences/check-request.ts';
import type { RoomEvent } from '../../../src/conferences/effects.ts';
import { advance, newRecord, nextWords, type RoomRecord, wordsSaid } from '../../../src/conferences/object/state.ts';
import { NOW } from '../../support/call.ts';
import { aRoom, enters, expected, upon } from '../../support/room.ts';

describe('a customer who is away', () => {
  const advanceAll = (record: RoomRecord, events: RoomEvent[]) =>
    events.reduce((it, event) => advance(it, event, NOW), record);
  const talk = Array.from(
    { length: 1000 },
    (_, n): RoomEvent => ({
      type: 'participant.talking',
      call: 'anna',
      visit: 1,
      talking: n % 2 === 0,
      at: NOW,
    }),
  );

  it('does not stop the room: of very much the latest is left out, but not the end, and the sequence shows it', () => {
    const meeting = advanceAll(newRecord(aRoom()), [enters('anna'), enters('ben'), ...talk, { type: 'user.end' }]);
    const waiting = meeting.mailbox.lane.messages;
    expect(waiting.map(({ sequence }) => sequence).slice(0, 500)).toEqual(Array.from({ length: 500 }, (_, n) => n + 1));
    expect(waiting.slice(500)).toMatchObject([{ type: 'conference.ended', sequence: 1006 }]);
    expect(JSON.stringify(meeting).length).toBeLessThan(1_000_000);
  });
});

describe('what calls are told', () => {
  const meeting = [enters('anna'), enters('ben')].reduce((it, event) => advance(it, event, NOW), newRecord(aRoom()));
  const words = (record: RoomRecord, at = NOW) => nextWords(record, at).map(({ call, message }) => [call, message.n]);

  it('is said to all at once, and to each in order', () => {
    expect(words(meeting)).toEqual([
      ['anna', 1],
      ['ben', 3],
    ]);
    const heard = wordsSaid(meeting, nextWords(meeting, NOW), NOW);
    expect(words(heard)).toEqual([['anna', 2]]);
    expect(wordsSaid(heard, nextWords(heard, NOW), NOW).words).toEqual({ messages: [], attempts: 0 });
  });

  it('waits for its time when nobody heard it, but a new word is said at once', () => {
    const waiting = Array.from({ length: 6 }).reduce<RoomRecord>((it) => wordsSaid(it, [], NOW), meeting);
    expect(words(waiting)).toEqual([]);
    expect(words(waiting, NOW + 60_000)).toHaveLength(2);
    const busy = advance(waiting, enters('carl'), NOW);
    expect(words(busy)).toContainEqual(['carl', 4]);
  });
});

describe('what the API asks of a room', () => {
  const room = upon(aRoom(), enters('anna', { label: 'a' }), enters('ben'));
  const announce: RoomEvent = { type: 'user.announce', announcement: 'a1', prompts: [] };
  const hold = (call: string): RoomEvent => ({ type: 'user.change', call, change: { hold: true } });

  it('is no announcement that nobody would hear', () => {
    expect(refusalOf(upon(aRoom(), enters('anna')), announce)).toMatchObject({ refusal: 'conference_not_started' });
    expect(refusalOf(upon(room, hold('anna')), announce)).toMatchObject({ ok: true });
    expect(refusalOf(upon(room, hold('anna'), hold('ben')), announce)).toMatchObject({ refusal: 'everyone_on_hold' });
  });

  it('means a call, by whatever it was named', () => {
    expect(refusalOf(room, { type: 'user.kick', call: '' }, 'a')).toMatchObject({ value: { call: 'anna' } });
    expect(refusalOf(room, { type: 'user.change', call: '', change: { coaches: 'a' } }, 'ben')).toMatchObject({
      value: { call: 'ben', change: { coaches: 'anna' } },
    });
    expect(refusalOf(room, expected('coach', { coaches: 'a' }))).toMatchObject({
      value: { participant: { coaches: 'anna' } },
    });
  });

  it('is refused when it cannot be', () => {
    const refusal = (event: RoomEvent, who?: string) => refusalOf(upon(room, expected('guest')), event, who);
    const kick: RoomEvent = { type: 'user.kick', call: '' };
    expect(refusal(kick, 'nobody')).toMatchObject({ refusal: 'participant_not_found' });
    expect(refusal(kick, 'guest')).toMatchObject({ refusal: 'participant_not_connected' });
    expect(refusal({ type: 'user.change', call: '', change: { coaches: 'a' } }, 'a')).toMatchObject({
      refusal: 'coach_absent',
    });
    expect(refusal({ type: 'user.change', call: '', change: { coaches: 'guest' } }, 'a')).toMatchObject({
      refusal: 'coach_absent',
    });
    expect(refusal(expected('other', { label: 'a' }))).toMatchObject({ refusal: 'label_taken' });
    const full = upon(aRoom({ maxParticipants: 2 }), enters('anna'), expected('guest'));
    expect(refusalOf(full, expected('other'))).toMatchObject({ refusal: 'conference_full' });
  });
});
