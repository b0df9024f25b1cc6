import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bridgeOf, type Conference, present } from '../../src/conferences/conference.ts';
import { type ConferenceEffect, type ConferenceEvent, inBridge, placementOf } from '../../src/conferences/effects.ts';
import { entryRefusal } from '../../src/conferences/machine.ts';
import type { ConferenceMessage, Placement } from '../../src/contracts/conference.ts';
import { NOW } from '../support/call.ts';
import { aConference, enters, expected, leaves, said, take, told } from '../support/conference.ts';

const CALLS = ['anna', 'ben', 'carl', 'dora', 'emil'];
const MAX = 3;

/** A call as it knows its place in the conference: what it does is what calls do. */
interface Caller {
  stay: number;
  isIn: boolean;
  heard: number;
  place?: Placement;
}

/** A conference with those who call it, all messages delivered as they are made. */
class Meeting {
  conference: Conference = aConference({ maxParticipants: MAX });
  readonly callers = new Map(CALLS.map((call): [string, Caller] => [call, { stay: 0, isIn: false, heard: 0 }]));
  readonly effects: ConferenceEffect[] = [];
  /** What was to be announced to all. */
  readonly announced: string[] = [];
  /** What calls have said and the conference has taken, which may come again. */
  readonly history: ConferenceEvent[] = [];

  caller(call: string): Caller {
    return this.callers.get(call) as Caller;
  }

  take(event: ConferenceEvent): void {
    // As the object does it: the conference that is kept is JSON.
    const before = JSON.parse(JSON.stringify(this.conference)) as Conference;
    const { conference, effects } = take(before, event);
    if (before.status === 'completed') expect([conference, effects]).toEqual([before, []]);
    this.conference = conference;
    this.effects.push(...effects);
    for (const { call, message } of said(effects)) this.#hear(call, message);
    this.check();
  }

  enter(call: string, entry: Parameters<typeof enters>[1]): void {
    const caller = this.caller(call);
    if (caller.isIn) return;
    caller.stay++;
    const event = enters(call, entry, caller.stay);
    const refusal = entryRefusal(this.conference, event);
    caller.isIn = refusal === undefined;
    delete caller.place;
    this.take(event);
    // Whom it let in may come again at any time; who was refused has only asked twice if no answer came.
    if (refusal === undefined) this.history.push(event);
    else this.take(event);
  }

  leave(call: string): void {
    const caller = this.caller(call);
    if (!caller.isIn) return;
    caller.isIn = false;
    const event = leaves(call, caller.stay);
    this.history.push(event);
    this.take(event);
  }

  #hear(call: string, message: ConferenceMessage): void {
    const caller = this.caller(call);
    if (message.stay !== caller.stay || !caller.isIn) return;
    expect(message.n).toBeGreaterThan(caller.heard);
    caller.heard = message.n;
    if (message.type === 'conference.place') caller.place = message.placement;
    if (message.type === 'conference.remove') caller.isIn = false;
  }

  check(): void {
    const { conference } = this;
    expect(JSON.parse(JSON.stringify(conference))).toEqual(conference);
    expect(present(conference).length).toBeLessThanOrEqual(MAX);
    const inside = [...this.callers].filter(([, { isIn }]) => isIn).map(([call]) => call);
    expect(
      present(conference)
        .map(({ call }) => call)
        .sort(),
    ).toEqual(inside.sort());
    for (const it of present(conference)) {
      expect(it.stay).toBe(this.caller(it.call).stay);
      expect(this.caller(it.call).place).toEqual(placementOf(conference, it));
      if (it.placement?.is === 'joined') expect(it.placement.bridge.id).toBe(bridgeOf(conference));
    }
    if (conference.sound || conference.sounds.length > 0) expect(inBridge(conference)).not.toEqual([]);
    if (conference.status === 'in-progress') expect(conference.participants).not.toEqual([]);
  }
}

const call = fc.constantFrom(...CALLS);
const entry = fc.record({
  startOnEnter: fc.boolean(),
  endOnExit: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  muted: fc.boolean(),
});

type Deed = (meeting: Meeting) => void;

const change = fc.record(
  { muted: fc.boolean(), hold: fc.boolean(), endOnExit: fc.constant(false) },
  { requiredKeys: [] },
);

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(call, entry).map(
      ([who, how]): Deed =>
        (it) =>
          it.enter(who, how),
    ),
  },
  {
    weight: 3,
    arbitrary: call.map(
      (who): Deed =>
        (it) =>
          it.leave(who),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(call, change).map(
      ([who, how]): Deed =>
        (it) =>
          it.take({ type: 'user.change', call: who, change: how }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(call, call).map(
      ([who, coaches]): Deed =>
        (it) =>
          coach(it, who, coaches),
    ),
  },
  {
    weight: 1,
    arbitrary: call.map(
      (who): Deed =>
        (it) =>
          it.take({ type: 'user.kick', call: who }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(call, fc.boolean()).map(
      ([who, on]): Deed =>
        (it) =>
          talk(it, who, on),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.option(call).map(
      (who): Deed =>
        (it) =>
          announce(it, who),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constant<Deed>((it) =>
      it.take({ type: 'sound.ended', playback: it.conference.sound?.playback ?? 'none' }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('timer.check', 'timer.arrival', 'timer.sound').map(
      (type): Deed =>
        (it) =>
          it.take({ type } as ConferenceEvent),
    ),
  },
  {
    weight: 1,
    arbitrary: call.map(
      (who): Deed =>
        (it) =>
          invite(it, who),
    ),
  },
  // Anything that was ever said comes again.
  {
    weight: 4,
    arbitrary: fc.nat().map(
      (n): Deed =>
        (it) =>
          repeat(it, n),
    ),
  },
);

function coach(it: Meeting, who: string, coaches: string): void {
  if (who !== coaches && present(it.conference).some((one) => one.call === coaches))
    it.take({ type: 'user.change', call: who, change: { coaches } });
}

function talk(it: Meeting, who: string, talking: boolean): void {
  const event: ConferenceEvent = {
    type: 'participant.talking',
    call: who,
    stay: it.caller(who).stay,
    talking,
    at: NOW,
  };
  it.history.push(event);
  it.take(event);
}

let announcements = 0;

function announce(it: Meeting, who: string | null): void {
  if (who !== null && !present(it.conference).some((one) => one.call === who)) return;
  const announcement = `a${++announcements}`;
  if (who === null && it.conference.status !== 'completed') it.announced.push(announcement);
  it.take({ type: 'user.announce', announcement, prompts: [], ...(who !== null && { call: who }) });
  if (who === null) return;
  const event: ConferenceEvent = {
    type: 'participant.announced',
    call: who,
    stay: it.caller(who).stay,
    announcement,
    at: NOW,
  };
  it.history.push(event);
}

function invite(it: Meeting, who: string): void {
  if (it.conference.participants.some((one) => one.call === who)) return;
  it.take(expected(who));
  it.history.push({ type: 'participant.calling', call: who, stay: 0, callStatus: 'busy', at: NOW });
}

function repeat(it: Meeting, n: number): void {
  const event = it.history[n % Math.max(1, it.history.length)];
  if (event) it.take(event);
}

const deeds = fc.array(deed, { minLength: 1, maxLength: 60 });
const meetings = (check: (meeting: Meeting) => void): void =>
  fc.assert(
    fc.property(deeds, (all) => {
      const meeting = new Meeting();
      for (const each of all) each(meeting);
      check(meeting);
    }),
    { numRuns: 500 },
  );

const kinds = (meeting: Meeting, type: string) => told(meeting.effects).filter((it) => it.type === type);

describe('a conference, whatever happens to it', () => {
  // What holds after every single event is in Meeting.check.
  it('never has too many, knows where everyone is, and has told them', () => {
    meetings(() => {});
  });

  it('numbers what it says, begins once at most, and ends once at most, as the last thing that is told', () => {
    meetings((meeting) => {
      const numbers = said(meeting.effects).map(({ message }) => message.n);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(kinds(meeting, 'conference.started').length).toBeLessThanOrEqual(1);
      const ends = kinds(meeting, 'conference.ended').length;
      expect(ends).toBe(meeting.conference.status === 'completed' ? 1 : 0);
      if (ends > 0) expect(told(meeting.effects).at(-1)?.type).toBe('conference.ended');
    });
  });

  it('tells each coming and going once, and of speech and mute only what is new', () => {
    meetings((meeting) => {
      const news = told(meeting.effects);
      for (const who of CALLS) {
        const types = news.filter(({ call: of }) => of === who).map(({ type }) => type);
        const isIn = meeting.caller(who).isIn;
        expect(alternates(types, 'participant.joined', 'participant.left')).toBe(isIn);
        for (const [on, off] of [
          ['participant.speech-started', 'participant.speech-stopped'],
          ['participant.held', 'participant.unheld'],
        ] as const) {
          // Whoever leaves stops without a word.
          const stays = types.map((type) => (type === 'participant.joined' ? 'participant.left' : type));
          for (const stay of split(stays, 'participant.left')) alternates(stay, on, off);
        }
      }
    });
  });

  it('tells the end of an announcement once, and of each that was for all', () => {
    meetings((meeting) => {
      const ended = told(meeting.effects).flatMap((it) => ('announcement' in it ? [it.announcement] : []));
      expect(new Set(ended).size).toBe(ended.length);
      if (meeting.conference.status === 'completed') expect(ended).toEqual(expect.arrayContaining(meeting.announced));
    });
  });

  it('lets two in or turns both away when they race the last who leaves', () => {
    const racers = [
      (it: Meeting) => it.leave('anna'),
      (it: Meeting) => it.enter('ben', {}),
      (it: Meeting) => it.enter('carl', {}),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(racers, { minLength: 3 }), entry, (order, how) => {
        const meeting = new Meeting();
        meeting.enter('anna', { ...how, endOnExit: false });
        for (const race of order) race(meeting);
        const wasFirst = order[0] === racers[0];
        expect(meeting.conference.status).toBe(wasFirst ? 'completed' : 'in-progress');
        expect(meeting.caller('ben').isIn).toBe(!wasFirst);
        expect(meeting.caller('carl').isIn).toBe(!wasFirst);
      }),
    );
  });
});

/** Whether it is on at the end; `on` and `off` must take turns. */
function alternates(types: string[], on: string, off: string): boolean {
  let isOn = false;
  for (const type of types) {
    if (type !== on && type !== off) continue;
    expect(type).toBe(isOn ? off : on);
    isOn = type === on;
  }
  return isOn;
}

function split(types: string[], at: string): string[][] {
  const parts: string[][] = [[]];
  for (const type of types) type === at ? parts.push([]) : parts.at(-1)?.push(type);
  return parts;
}
