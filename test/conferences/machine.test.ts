import { describe, expect, it } from 'vitest';
import { type Conference, conferenceFacts } from '../../src/conferences/conference.ts';
import type { ConferenceEvent, ParticipantChange } from '../../src/conferences/effects.ts';
import { entryRefusal } from '../../src/conferences/machine.ts';
import { NOW } from '../support/call.ts';
import {
  aConference,
  enters,
  expected,
  leaves,
  outs,
  participantOf,
  places,
  played,
  said,
  take,
  told,
  types,
  upon,
} from '../support/conference.ts';

const MINUTE = 60_000;
const changes = (call: string, change: ParticipantChange): ConferenceEvent => ({ type: 'user.change', call, change });
const announces = (announcement: string, call?: string): ConferenceEvent => ({
  type: 'user.announce',
  announcement,
  prompts: [{ say: announcement, language: 'nl', times: 1 }],
  ...(call !== undefined && { call }),
});
const speaks = (call: string, talking: boolean, stay = 1): ConferenceEvent => ({
  type: 'participant.talking',
  call,
  stay,
  talking,
  at: NOW,
});
const soundEnds = (conference: Conference): ConferenceEvent => ({
  type: 'sound.ended',
  playback: conference.sound?.playback ?? 'none',
});
const calls = (call: string, callStatus: 'ringing' | 'in-progress' | 'busy' | 'completed'): ConferenceEvent => ({
  type: 'participant.calling',
  call,
  stay: 0,
  callStatus,
  at: NOW,
});

/** Anna and Ben talk. */
const two = () => upon(aConference(), enters('anna'), enters('ben'));

describe('who comes first', () => {
  const { conference, effects } = take(aConference(), enters('anna'));

  it('waits, and the conference is in progress', () => {
    expect(places(effects)).toEqual({ anna: 'waiting' });
    expect(conferenceFacts(conference)).toMatchObject({ status: 'in-progress', participantCount: 1 });
    expect(conference).not.toHaveProperty('startedAt');
    expect(types(effects)).toEqual(['participant.joined']);
  });

  it('keeps the conference from expiring, and is checked from now on', () => {
    expect(effects).toContainEqual({ do: 'timer.clear', name: 'idle' });
    expect(effects).toContainEqual({ do: 'timer.set', name: 'check', at: NOW + 10 * MINUTE });
    expect(take(conference, enters('ben')).effects).not.toContainEqual(expect.objectContaining({ name: 'check' }));
  });

  it('decides where the conference reports to, unless its creator has', () => {
    const mine = { statusCallback: 'https://mine.example/', statusEvents: ['join' as const] };
    const unknown = upon(
      { ...aConference(), statusCallback: undefined } as unknown as Conference,
      enters('anna', mine),
    );
    expect(unknown).toMatchObject(mine);
    expect(upon(unknown, enters('ben', { statusCallback: 'https://other.example/' }))).toMatchObject(mine);
    expect(upon(aConference(), enters('anna', mine)).statusCallback).toBe('https://hook.example/conference');
  });
});

describe('a meeting begins', () => {
  it('with two: they meet in one bridge, and hear no tone', () => {
    const { conference, effects } = take(upon(aConference(), enters('anna')), enters('ben'));
    expect(places(effects)).toEqual({ anna: 'joined', ben: 'joined' });
    expect(
      new Set(conference.participants.map(({ placement }) => placement?.is === 'joined' && placement.bridge.id)),
    ).toEqual(new Set([`${conference.id}-1`]));
    expect(types(effects)).toEqual(['participant.joined', 'conference.started']);
    expect(played(effects)).toEqual([]);
  });

  it('only once someone is there who starts it', () => {
    const waiting = upon(
      aConference(),
      enters('anna', { startOnEnter: false }),
      enters('ben', { startOnEnter: false }),
    );
    expect(waiting).not.toHaveProperty('startedAt');
    const { effects } = take(waiting, enters('host'));
    expect(places(effects)).toEqual({ anna: 'joined', ben: 'joined', host: 'joined' });
    expect(types(effects)).toEqual(['participant.joined', 'conference.started']);
  });

  it('also when the one who starts it came first', () => {
    const begun = upon(aConference(), enters('host'), enters('anna', { startOnEnter: false }));
    expect(begun.startedAt).toBe(NOW);
  });

  it('once: whoever comes later joins it, and the others hear a tone', () => {
    const { effects } = take(two(), enters('carl'));
    expect(places(effects)).toEqual({ carl: 'joined' });
    expect(types(effects)).toEqual(['participant.joined']);
    expect(played(effects)).toMatchObject([{ prompts: [{ tune: 'enter' }] }]);
  });

  it('on the gateway of the first who can talk', () => {
    const conference = upon(aConference(), enters('anna', { gateway: 'gw-1' }), enters('ben', { gateway: 'gw-2' }));
    expect(conference.participants.map(({ placement }) => placement)).toMatchObject([
      { bridge: { home: 'gw-1' } },
      { bridge: { home: 'gw-1' } },
    ]);
  });
});

describe('who may not enter', () => {
  const full = upon(aConference({ maxParticipants: 2 }), enters('anna'), enters('ben'));

  it('is turned away when the conference is full, which is told once', () => {
    expect(entryRefusal(full, enters('carl'))).toBe('conference_full');
    const { conference, effects } = take(full, enters('carl'));
    expect(told(effects)).toEqual([{ type: 'conference.full', call_id: 'carl' }]);
    expect(conferenceFacts(conference).participantCount).toBe(2);
    expect(take(conference, enters('carl')).effects).toEqual([]);
    expect(types(take(conference, enters('carl', {}, 2)).effects)).toEqual(['conference.full']);
  });

  it('may enter as soon as there is conference', () => {
    const again = upon(full, enters('carl'), leaves('ben'));
    expect(places(take(again, enters('carl')).effects)).toEqual({ carl: 'joined' });
  });

  it.each([
    ['a label that someone else has', enters('carl', { label: 'anna' }), 'label_taken'],
    ['a coach of nobody', enters('carl', { coach: 'nobody' }), 'coach_absent'],
    ['a coach of itself', enters('carl', { label: 'carl', coach: 'carl' }), 'coach_absent'],
  ])('is %s, and nobody hears of it', (_who, entry, refusal) => {
    const conference = upon(aConference(), enters('anna', { label: 'anna' }));
    expect(entryRefusal(conference, entry)).toBe(refusal);
    expect(take(conference, entry)).toEqual({ conference, effects: [] });
  });

  it('is not refused for the label of one who has left', () => {
    const conference = upon(aConference(), enters('anna', { label: 'x' }), enters('ben'), leaves('anna'));
    expect(entryRefusal(conference, enters('carl', { label: 'x' }))).toBeUndefined();
  });

  it('is late when the conference is over', () => {
    const over = upon(two(), { type: 'user.end' });
    expect(entryRefusal(over, enters('carl'))).toBe('conference_ended');
    // It was in: its answer was lost, and that it is out has been said.
    expect(entryRefusal(over, enters('anna'))).toBeUndefined();
  });
});

describe('what comes twice, or late', () => {
  it.each([
    ['an entry', enters('ben')],
    ['an entry of a stay that is over', enters('carl')],
    ['a farewell', leaves('carl')],
    ['an earlier stay’s farewell', leaves('dora', 1)],
    ['speech of someone who has left', speaks('carl', true)],
  ])('changes nothing: %s', (_what, event) => {
    const conference = upon(
      two(),
      enters('carl'),
      leaves('carl'),
      enters('dora'),
      leaves('dora'),
      enters('dora', {}, 2),
    );
    expect(take(conference, event)).toEqual({ conference, effects: [] });
  });

  it('does not bring back a stay that was over, after an earlier farewell was repeated', () => {
    const left = upon(two(), enters('carl'), leaves('carl'), enters('carl', {}, 2), leaves('carl', 2), leaves('carl'));
    expect(take(left, enters('carl', {}, 2))).toEqual({ conference: left, effects: [] });
  });

  it('may be a farewell: whoever enters anew before it stays, and hears anew where to be', () => {
    const { conference, effects } = take(two(), enters('anna', {}, 2));
    expect(said(effects)).toMatchObject([{ call: 'anna', message: { stay: 2, placement: { is: 'joined' } } }]);
    expect(told(effects)).toEqual([]);
    expect(take(conference, leaves('anna', 1)).effects).toEqual([]);
    expect(types(take(conference, leaves('anna', 2)).effects)).toEqual(['participant.left']);
  });

  it('is not let in when the farewell came first', () => {
    const conference = upon(two(), leaves('carl'));
    expect(take(conference, enters('carl'))).toEqual({ conference, effects: [] });
  });

  it('is remembered of the latest calls only, so that the row stays small', () => {
    const guests = Array.from({ length: 300 }, (_, n) => `guest${n}`);
    const conference = guests.reduce((it, guest) => upon(it, enters(guest), leaves(guest)), two());
    expect(Object.keys(conference.left)).toEqual(guests.slice(50));
  });
});

describe('who leaves', () => {
  it('is told of, and the others hear a tone and go on', () => {
    const { conference, effects } = take(upon(two(), enters('carl')), leaves('carl'));
    // The tone of the entry is still on.
    expect(played(effects)).toEqual([]);
    const calm = upon(two(), enters('carl', { beep: 'leave' }));
    expect(played(take(calm, leaves('carl')).effects)).toMatchObject([{ prompts: [{ tune: 'leave' }] }]);
    expect(told(effects)).toEqual([
      { type: 'participant.left', call: 'carl', reason: 'left', call_status: 'completed' },
    ]);
    expect(said(effects)).toEqual([]);
    expect(conference.status).toBe('in-progress');
  });

  it('as the last ends the conference, and is said to have ended it', () => {
    const { conference, effects } = take(upon(two(), leaves('anna')), leaves('ben'));
    expect(told(effects)).toEqual([
      { type: 'participant.left', call: 'ben', reason: 'left', call_status: 'completed' },
      { type: 'conference.ended', call: undefined, reason: 'last-participant-left', ended_by: 'ben' },
    ]);
    expect(conferenceFacts(conference)).toMatchObject({ status: 'completed', participantCount: 0, endedAt: NOW });
  });

  it('ends the conference when it was to end with them, and the flow of the others goes on', () => {
    const conference = upon(
      aConference(),
      enters('host', { endOnExit: true, label: 'chair' }),
      enters('ben'),
      enters('carl'),
    );
    const { effects } = take(conference, leaves('host'));
    expect(outs(effects)).toEqual({ ben: 'conference_ended', carl: 'conference_ended' });
    expect(told(effects)).toMatchObject([
      { type: 'participant.left', call: 'host', reason: 'left' },
      { type: 'participant.left', call: 'ben', reason: 'conference-ended' },
      { type: 'participant.left', call: 'carl', reason: 'conference-ended' },
      {
        type: 'conference.ended',
        reason: 'participant-with-end-conference-on-exit-left',
        ended_by: 'host',
        ended_by_label: 'chair',
      },
    ]);
  });

  it('stays in the meeting alone, and whoever comes joins them', () => {
    const alone = upon(two(), leaves('anna'));
    expect(participantOf(alone, 'ben')?.placement?.is).toBe('joined');
    expect(places(take(alone, enters('carl')).effects)).toEqual({ carl: 'joined' });
  });
});

describe('who is removed', () => {
  it('is told to go, and everyone hears why', () => {
    const { effects } = take(two(), { type: 'user.kick', call: 'anna' });
    expect(outs(effects)).toEqual({ anna: 'kicked' });
    expect(told(effects)).toEqual([{ type: 'participant.left', call: 'anna', reason: 'kicked' }]);
  });

  it('as the last, or as the one with whom it ends, ends the conference', () => {
    const last = take(upon(aConference(), enters('anna')), { type: 'user.kick', call: 'anna' });
    expect(last.conference.endReason).toBe('last-participant-kicked');
    const host = take(upon(aConference(), enters('anna', { endOnExit: true }), enters('ben')), {
      type: 'user.kick',
      call: 'anna',
    });
    expect(host.conference.endReason).toBe('participant-with-end-conference-on-exit-kicked');
    expect(outs(host.effects)).toEqual({ anna: 'kicked', ben: 'conference_ended' });
  });

  it('is not let in by a repeat of the same entry, but by a later one', () => {
    const out = upon(two(), { type: 'user.kick', call: 'anna' });
    expect(take(out, enters('anna')).effects).toEqual([]);
    expect(places(take(out, enters('anna', {}, 2)).effects)).toEqual({ anna: 'joined' });
  });
});

describe('muting and holding', () => {
  it('is told to the one and to the customer, and to nobody else', () => {
    const { effects } = take(two(), changes('anna', { muted: true }));
    expect(said(effects)).toMatchObject([{ call: 'anna', message: { placement: { is: 'joined', muted: true } } }]);
    expect(told(effects)).toEqual([{ type: 'participant.muted', call: 'anna' }]);
  });

  it('holds with a file that is asked for with GET', () => {
    const held = take(two(), changes('anna', { hold: true, holdUrl: 'https://x.example/a.mp3', holdMethod: 'GET' }));
    expect(said(held.effects)).toMatchObject([{ message: { placement: { is: 'held', method: 'GET' } } }]);
  });

  it('holds with a document, and comes back to the same bridge', () => {
    const held = take(two(), changes('anna', { hold: true, holdUrl: 'https://x.example/hold' }));
    expect(said(held.effects)).toMatchObject([
      { call: 'anna', message: { placement: { is: 'held', url: 'https://x.example/hold' } } },
    ]);
    expect(types(held.effects)).toEqual(['participant.held']);
    const back = take(held.conference, changes('anna', { hold: false }));
    expect(said(back.effects)).toMatchObject([
      { message: { placement: { bridge: { id: `${held.conference.id}-1` } } } },
    ]);
    expect(types(back.effects)).toEqual(['participant.unheld']);
  });

  it('that is so already changes nothing', () => {
    const { effects } = take(two(), changes('anna', { muted: false, hold: false }));
    expect(effects).toEqual([]);
  });

  it('of someone who waits is kept until it begins', () => {
    const waiting = take(upon(aConference(), enters('anna')), changes('anna', { muted: true }));
    expect(said(waiting.effects)).toEqual([]);
    expect(said(take(waiting.conference, enters('ben')).effects)).toMatchObject([
      { call: 'anna', message: { placement: { muted: true } } },
      { call: 'ben', message: { placement: { muted: false } } },
    ]);
  });

  it('makes a new bridge when nobody was left in the old one', () => {
    const nobody = upon(two(), changes('anna', { hold: true }), changes('ben', { hold: true }));
    const { conference, effects } = take(nobody, changes('ben', { hold: false }));
    expect(said(effects)).toMatchObject([
      { call: 'ben', message: { placement: { bridge: { id: `${conference.id}-2` } } } },
    ]);
  });

  it('makes no tone for those who are on hold', () => {
    const nobody = upon(two(), changes('anna', { hold: true }), changes('ben', { hold: true }));
    const alone = take(nobody, enters('carl'));
    expect(played(alone.effects)).toEqual([]);
    expect(played(take(alone.conference, leaves('carl')).effects)).toEqual([]);
  });
});

describe('a coach', () => {
  const coached = () =>
    upon(aConference(), enters('anna', { label: 'pupil' }), enters('ben'), enters('carl', { coach: 'pupil' }));

  it('is heard by the one alone, whom it named by label', () => {
    expect(participantOf(coached(), 'carl')?.placement).toMatchObject({ coaches: 'anna', muted: false });
  });

  it('only listens once that one has left, and the customer hears of it', () => {
    const { effects } = take(coached(), leaves('anna'));
    expect(places(effects)).toEqual({ carl: 'joined' });
    expect(said(effects)[0]?.message).toMatchObject({ placement: { muted: true } });
    expect(said(effects)[0]?.message).not.toHaveProperty('placement.coaches');
    expect(told(effects)).toMatchObject([
      { type: 'participant.left', call: 'anna' },
      { type: 'participant.muted', call: 'carl' },
    ]);
  });

  it('that was muted is not muted again', () => {
    const conference = upon(coached(), changes('carl', { muted: true }));
    expect(types(take(conference, leaves('anna')).effects)).toEqual(['participant.left']);
  });

  it('speaks to all once that is over', () => {
    const { effects } = take(coached(), changes('carl', { coaches: null }));
    expect(said(effects)[0]?.message).not.toHaveProperty('placement.coaches');
  });
});

describe('what all hear', () => {
  it('comes one after the other, and each end is told', () => {
    const first = take(two(), announces('a1'));
    expect(played(first.effects)).toMatchObject([{ prompts: [{ say: 'a1' }] }]);
    expect(first.effects).toContainEqual({ do: 'timer.set', name: 'sound', at: NOW + 5 * MINUTE });
    const second = take(first.conference, announces('a2'));
    expect(second.effects).toEqual([]);
    const next = take(second.conference, soundEnds(second.conference));
    expect(told(next.effects)).toMatchObject([{ type: 'announcement.ended', announcement: 'a1' }]);
    expect(played(next.effects)).toMatchObject([{ prompts: [{ say: 'a2' }] }]);
    expect(take(next.conference, soundEnds(second.conference)).effects).toEqual([]);
    const silent = take(next.conference, soundEnds(next.conference));
    expect(told(silent.effects)).toMatchObject([{ announcement: 'a2' }]);
    expect(silent.conference).not.toHaveProperty('sound');
  });

  it('is no tone while something else is on', () => {
    const { effects } = take(upon(two(), announces('a1')), enters('carl'));
    expect(played(effects)).toEqual([]);
  });

  it('waits for a tone', () => {
    const beeping = upon(two(), enters('carl'), announces('a1'));
    expect(played(take(beeping, soundEnds(beeping)).effects)).toMatchObject([{ prompts: [{ say: 'a1' }] }]);
  });

  it('does not wait for ever for an end that was lost', () => {
    const { effects } = take(upon(two(), announces('a1'), announces('a2')), { type: 'timer.sound' });
    expect(told(effects)).toMatchObject([{ type: 'announcement.ended', announcement: 'a1' }]);
    expect(played(effects)).toMatchObject([{ prompts: [{ say: 'a2' }] }]);
  });

  it('is over with its bridge: ends are told, and the next bridge is silent', () => {
    const announcing = upon(two(), announces('a1'), announces('a2'), changes('anna', { hold: true }));
    const { conference, effects } = take(announcing, changes('ben', { hold: true }));
    expect(told(effects)).toMatchObject([
      { type: 'announcement.ended', announcement: 'a1' },
      { type: 'announcement.ended', announcement: 'a2' },
      { type: 'participant.held' },
    ]);
    expect(told(take(conference, announces('a3')).effects)).toMatchObject([{ type: 'announcement.ended' }]);
    expect(played(take(conference, announces('a3')).effects)).toEqual([]);
    const back = take(conference, changes('ben', { hold: false }));
    expect(played(back.effects)).toEqual([]);
    expect(played(take(back.conference, announces('a3')).effects)).toMatchObject([{ prompts: [{ say: 'a3' }] }]);
  });

  it.each([
    ['both', true, true],
    ['enter', true, false],
    ['leave', false, true],
    ['none', false, false],
  ] as const)('are tones as the one who comes and goes wants them: %s', (beep, atEntry, atExit) => {
    const { conference, effects } = take(two(), enters('carl', { beep }));
    expect(played(effects)).toHaveLength(atEntry ? 1 : 0);
    const calm = conference.sound ? upon(conference, soundEnds(conference)) : conference;
    expect(played(take(calm, leaves('carl')).effects)).toHaveLength(atExit ? 1 : 0);
  });
});

describe('what one hears alone', () => {
  it('is said to that one, and its end is told once', () => {
    const { conference, effects } = take(two(), announces('a1', 'anna'));
    expect(said(effects)).toMatchObject([
      { call: 'anna', message: { type: 'conference.announce', announcement: 'a1' } },
    ]);
    const ended: ConferenceEvent = {
      type: 'participant.announced',
      call: 'anna',
      stay: 1,
      announcement: 'a1',
      at: NOW,
    };
    const over = take(conference, ended);
    expect(told(over.effects)).toEqual([{ type: 'announcement.ended', call: 'anna', announcement: 'a1' }]);
    expect(take(over.conference, ended).effects).toEqual([]);
    expect(take(two(), ended).effects).toEqual([]);
  });
});

describe('speech', () => {
  it('is told when it begins and when it ends, each once', () => {
    const begun = take(two(), speaks('anna', true));
    expect(told(begun.effects)).toEqual([{ type: 'participant.speech-started', call: 'anna' }]);
    expect(take(begun.conference, speaks('anna', true)).effects).toEqual([]);
    const over = take(begun.conference, speaks('anna', false));
    expect(told(over.effects)).toEqual([{ type: 'participant.speech-stopped', call: 'anna' }]);
    expect(take(over.conference, speaks('anna', false)).effects).toEqual([]);
  });

  it('ends when the one who speaks is put on hold, and is not heard there', () => {
    const { conference, effects } = take(upon(two(), speaks('anna', true)), changes('anna', { hold: true }));
    expect(types(effects)).toEqual(['participant.speech-stopped', 'participant.held']);
    expect(take(conference, speaks('anna', false)).effects).toEqual([]);
    expect(take(conference, speaks('anna', true)).effects).toEqual([]);
    expect(types(take(upon(conference, changes('anna', { hold: false })), speaks('anna', true)).effects)).toEqual([
      'participant.speech-started',
    ]);
  });

  it.each([
    [undefined, true],
    [['speaker' as const], true],
    [['join' as const], false],
  ])('is listened for only when it is to be told: %j', (statusEvents, talking) => {
    const conference = upon(aConference(statusEvents ? { statusEvents } : {}), enters('anna'), enters('ben'));
    expect(participantOf(conference, 'anna')?.placement).toMatchObject({ talking });
  });
});

describe('someone whom the conference calls', () => {
  const inviting = () => upon(aConference(), enters('anna'), expected('guest', { label: 'gast' }));

  it('does not count, and is seen to ring', () => {
    const conference = upon(inviting(), calls('guest', 'ringing'));
    expect(conferenceFacts(conference).participantCount).toBe(1);
    expect(participantOf(conference, 'guest')).toMatchObject({ stay: 0, callStatus: 'ringing' });
    expect(conference).not.toHaveProperty('startedAt');
  });

  it('enters as the API said, also while the phone rang', () => {
    const conference = upon(inviting(), changes('guest', { muted: true, endOnExit: true, hold: true, beep: 'none' }));
    const inside = upon(conference, enters('guest', { label: 'another', muted: false }));
    expect(participantOf(inside, 'guest')).toMatchObject({
      stay: 1,
      callStatus: 'in-progress',
      label: 'gast',
      muted: true,
      hold: true,
      endOnExit: true,
      beep: 'none',
      placement: { is: 'held' },
    });
  });

  it('is not waited for once its call is over', () => {
    const { conference, effects } = take(inviting(), calls('guest', 'busy'));
    expect(participantOf(conference, 'guest')).toBeUndefined();
    expect(told(effects)).toEqual([]);
    expect(conference.status).toBe('in-progress');
  });

  it('keeps the conference open for as long as it may come', () => {
    const waiting = upon(inviting(), leaves('anna'));
    expect(waiting.status).toBe('in-progress');
    const { conference, effects } = take(waiting, calls('guest', 'completed'));
    expect(conference).toMatchObject({ status: 'completed', endReason: 'last-participant-left' });
    expect(types(effects)).toEqual(['conference.ended']);
  });

  it('is not waited for when there was no place left', () => {
    const full = upon(aConference({ maxParticipants: 2 }), enters('anna'), expected('guest'), enters('ben'));
    const { conference } = take(full, enters('guest'));
    expect(participantOf(conference, 'guest')).toBeUndefined();
    expect(upon(conference, leaves('anna'), leaves('ben')).status).toBe('completed');
  });

  it('is not waited for when whom it was to coach is not there', () => {
    const conference = upon(
      aConference(),
      enters('anna'),
      expected('pupil'),
      expected('coach', { coaches: 'pupil' }),
      enters('coach'),
    );
    expect(participantOf(conference, 'coach')).toBeUndefined();
  });

  it('only listens when whom it was to coach has left meanwhile', () => {
    const conference = upon(
      two(),
      expected('coach', { coaches: 'anna' }),
      leaves('anna'),
      enters('coach', { coach: 'anna' }),
    );
    expect(participantOf(conference, 'coach')).toMatchObject({ muted: true, placement: { is: 'joined', muted: true } });
  });

  it('does not open a conference that nobody has entered', () => {
    const conference = upon(aConference(), expected('guest'), calls('guest', 'busy'));
    expect(conference).toMatchObject({ status: 'init', participants: [] });
  });

  it('is checked, though nobody has entered', () => {
    expect(take(aConference(), expected('guest')).effects).toEqual([
      { do: 'timer.set', name: 'arrival', at: NOW + 10_000 },
      { do: 'timer.set', name: 'check', at: NOW + 10 * MINUTE },
    ]);
  });
});

describe('time', () => {
  it('ends a conference that nobody has entered', () => {
    const opened = take(aConference(), { type: 'conference.opened', idleMs: 24 * 60 * MINUTE });
    expect(opened.effects).toEqual([{ do: 'timer.set', name: 'idle', at: NOW + 24 * 60 * MINUTE }]);
    const { conference, effects } = take(opened.conference, { type: 'timer.idle' });
    expect(conference).toMatchObject({ status: 'completed', endReason: 'expired' });
    expect(told(effects)).toEqual([{ type: 'conference.ended', call: undefined, reason: 'expired' }]);
  });

  it('checks again and again who is there, and nobody in an empty conference', () => {
    expect(take(two(), { type: 'timer.check' }, NOW + 10 * MINUTE).effects).toEqual([
      { do: 'timer.set', name: 'check', at: NOW + 20 * MINUTE },
    ]);
    expect(take(aConference(), { type: 'timer.check' }).effects).toEqual([]);
  });

  it('asks within seconds for the call of someone whom nobody has heard of, and goes on until all are heard of', () => {
    const one = upon(aConference(), expected('guest'));
    expect(take(one, expected('other'), NOW + 3000).effects).toEqual([]);
    const again = [{ do: 'timer.set', name: 'arrival', at: NOW + 20_000 }];
    expect(take(one, { type: 'timer.arrival' }, NOW + 10_000).effects).toEqual(again);
    const ringing = upon(one, calls('guest', 'ringing'));
    expect(take(ringing, { type: 'timer.arrival' }, NOW + 10_000).effects).toEqual([]);
  });
});

describe('a conference that is over', () => {
  const announcing = upon(two(), expected('guest'), announces('a1'));
  const { conference: over, effects } = take(announcing, { type: 'user.end' });

  it('has told everyone, also who was still being called, and its timers are off', () => {
    expect(outs(effects)).toEqual({ anna: 'conference_ended', ben: 'conference_ended', guest: 'conference_ended' });
    expect(types(effects)).toEqual(['participant.left', 'participant.left', 'announcement.ended', 'conference.ended']);
    expect(told(effects).at(-1)).toMatchObject({ reason: 'ended-via-api' });
    for (const name of ['idle', 'check', 'sound']) expect(effects).toContainEqual({ do: 'timer.clear', name });
    expect(over).toMatchObject({ participants: [], sounds: [], endedAt: NOW });
  });

  it.each<ConferenceEvent>([
    enters('anna'),
    enters('carl'),
    leaves('anna'),
    speaks('anna', true),
    calls('guest', 'ringing'),
    expected('late'),
    changes('anna', { muted: true }),
    announces('a2'),
    { type: 'participant.announced', call: 'anna', stay: 1, announcement: 'a1', at: NOW },
    { type: 'sound.ended', playback: `${over.id}-1-1` },
    { type: 'user.kick', call: 'anna' },
    { type: 'user.end' },
    { type: 'timer.idle' },
    { type: 'timer.check' },
    { type: 'timer.sound' },
    { type: 'conference.opened', idleMs: 1 },
  ])('does nothing any more: $type', (event) => {
    expect(take(over, event)).toEqual({ conference: over, effects: [] });
  });
});

describe('what a conference says', () => {
  it('is numbered, for the stay that it is meant for', () => {
    const conference = aConference();
    const effects = [enters('anna', {}, 3), enters('ben'), changes('anna', { muted: true })].reduce(
      ({ it, all }, event) => {
        const step = take(it, event);
        return { it: step.conference, all: [...all, ...step.effects] };
      },
      { it: conference, all: [] as ReturnType<typeof take>['effects'] },
    ).all;
    expect(said(effects).map(({ call, message: { n, stay } }) => [call, n, stay])).toEqual([
      ['anna', 1, 3],
      ['anna', 2, 3],
      ['ben', 3, 1],
      ['anna', 4, 3],
    ]);
  });
});
