import { describe, expect, it } from 'vitest';
import { viewConference, viewParticipant } from '../../../src/conferences/api/view.ts';
import { conferenceFacts } from '../../../src/conferences/conference.ts';
import type { ConferenceEvent } from '../../../src/conferences/effects.ts';
import {
  advance,
  applyBridgeEvent,
  type ConferenceState,
  mayForget,
  newState,
  shape,
} from '../../../src/conferences/object/state.ts';
import { conferenceUpgrades } from '../../../src/conferences/object/upgrades.ts';
import { copyLane, wakeAt } from '../../../src/lib/object-state.ts';
import { emptyLane } from '../../../src/lib/outbox.ts';
import { oldWordsIn, readRow, storedRows } from '../../fixtures/rows.ts';
import { aConference, enters, expected, leaves } from '../../support/conference.ts';

/** One of each thing that can happen to a conference. */
const eventsFor = ({ conference }: ConferenceState, at: number): ConferenceEvent[] => {
  const [{ call, stay } = { call: 'CA1', stay: 1 }] = conference.participants;
  const recording = conference.recorder?.id ?? 'RE1';
  const person = { call, stay, at };
  const everything: Record<ConferenceEvent['type'], ConferenceEvent> = {
    'conference.opened': { type: 'conference.opened', idleMs: 1000 },
    'participant.entered': { ...enters('CA2'), at },
    'participant.left': leaves(call, stay),
    'participant.talking': { ...person, type: 'participant.talking', talking: true },
    'participant.announced': { ...person, type: 'participant.announced', announcement: 'a1' },
    'participant.calling': { ...person, type: 'participant.calling', callStatus: 'ringing' },
    'participant.answered': {
      call,
      stay,
      type: 'participant.answered',
      partyConsent: { policy: 'announce', consent: 'announced' },
    },
    'sound.ended': { type: 'sound.ended', playback: conference.sound?.playback ?? '' },
    'recorder.paused': { type: 'recorder.paused', recording },
    'recorder.failed': { type: 'recorder.failed', recording, reason: 'disk-full' },
    'consent.withdrawn': { type: 'consent.withdrawn', consent: conference.recorder?.consents[0] ?? 'CN1' },
    'timer.idle': { type: 'timer.idle' },
    'timer.check': { type: 'timer.check' },
    'timer.arrival': { type: 'timer.arrival' },
    'timer.sound': { type: 'timer.sound' },
    'timer.consent': { type: 'timer.consent' },
    'user.expect': expected('CA3'),
    'user.change': { type: 'user.change', call, change: { hold: true } },
    'user.announce': { type: 'user.announce', announcement: 'a2', prompts: [] },
    'user.kick': { type: 'user.kick', call },
    'user.recorder': { type: 'user.recorder', recording, is: 'paused' },
    'user.end': { type: 'user.end' },
  };
  return Object.values(everything);
};

/** All that a state must have, whatever it was doing. */
const ALWAYS = Object.entries(newState(aConference()));

describe.each(storedRows('conference'))('the row %s of a conference', (_name, stored) => {
  const state: ConferenceState = readRow(stored, conferenceUpgrades);
  const { conference } = state;
  const isOver = conference.endedAt !== undefined;
  const later = (conference.endedAt ?? conference.startedAt ?? conference.createdAt) + 60_000;

  it('has every field that a conference has, under its name of today', () => {
    for (const [field, value] of ALWAYS) expect(typeof state[field as keyof ConferenceState], field).toBe(typeof value);
    for (const [field, value] of Object.entries(aConference()))
      if (typeof value === 'number') expect(conference[field as 'messages'], field).toBeTypeOf('number');
    for (const participant of conference.participants) {
      expect(participant.stay).toBeTypeOf('number');
      expect(viewParticipant(participant).call_id).toBe(participant.call);
    }
    expect(oldWordsIn(state)).toEqual([]);
    expect(viewConference(conferenceFacts(conference)).id).toBe(conference.id);
  });

  it('takes whatever can happen to it', () => {
    for (const event of eventsFor(state, later)) {
      const after = advance(state, event, later);
      expect(JSON.parse(JSON.stringify(after)), event.type).toEqual(after);
    }
    if (state.bridge !== undefined)
      applyBridgeEvent(state, state.bridge, { type: 'leg.playback-ended', playback: '', at: later }, later);
  });

  it('ends when it is ended: everyone in it, the customer and the database hear of it', () => {
    if (isOver) return expect(conference.expiresAt).toBeGreaterThan(conference.endedAt ?? 0);
    const over = advance(state, { type: 'user.end' }, later);
    expect(over.conference).toMatchObject({ status: 'completed', endedAt: later });
    expect(over.conference.expiresAt).toBeGreaterThan(later);
    expect(over.copies.messages).toEqual([over.version]);
    const removed = over.messages.messages.filter(({ message }) => message.type === 'conference.remove');
    expect(removed.map(({ call }) => call).sort()).toEqual(conference.participants.map(({ call }) => call).sort());
    if (conference.statusCallback !== undefined && !conference.statusEvents)
      expect(over.deliveries.messages.map(({ type }) => type)).toContain('conference.ended');
    const emptied = { ...copyLane.sent(over, over.version, undefined), recordingMessages: emptyLane<never>() };
    expect(mayForget(emptied)).toBe(true);
  });

  it('is woken again as long as it is not over', () => {
    if (!isOver) expect(wakeAt(shape, state)).toBeTypeOf('number');
    expect(shape.fireTimers(state, later + 86_400_000).conference).toBeDefined();
  });
});
