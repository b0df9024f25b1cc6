import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerMessage } from '../../../src/calls/activities/messages.ts';
import { isOver, newCall } from '../../../src/calls/call.ts';
import type { CallEvent } from '../../../src/calls/effects.ts';
import { flowFetched } from '../../../src/calls/object/flow-requests.ts';
import { shape } from '../../../src/calls/object/shape.ts';
import {
  advance,
  applyLegEvent,
  type CallState,
  commandTaken,
  fireUpTo,
  newState,
  nextCommand,
} from '../../../src/calls/object/state.ts';
import { CALL_STATUSES } from '../../../src/contracts/call.ts';
import type { EndCause, Instruction, LegFact } from '../../../src/contracts/carrier.ts';
import { startClock } from '../../../src/lib/clock.ts';
import { nextIn, wakeAt } from '../../../src/lib/object-state.ts';
import { emptyLane, failed, put } from '../../../src/lib/outbox.ts';
import { done } from '../../../src/lib/result.ts';
import { aCall, NOW } from '../../support/call.ts';
import { documentOf } from '../../support/flow.ts';

const RANK = Object.fromEntries(CALL_STATUSES.map((status, rank) => [status, Math.min(rank, 3)]));

/** Anything that can happen to a call, in any order, at any time, any number of times. */
type Happening =
  | { fact: LegFact; later: number; repeat: boolean }
  | { timersLate: number }
  | { fetched: unknown[] | 'failed'; stale: boolean }
  | { hangUp: true };

const causes: EndCause[] = ['normal', 'busy', 'rejected', 'no-answer', 'unallocated', 'congestion', 'network-failure'];
const facts: fc.Arbitrary<LegFact> = fc.oneof(
  fc.constantFrom<LegFact>({ type: 'leg.ringing' }, { type: 'leg.answered' }, { type: 'leg.machine-detected' }),
  fc.constantFrom(...'0123456789*#').map((digit): LegFact => ({ type: 'leg.digit', digit })),
  fc.nat(4).map((n): LegFact => ({ type: 'leg.playback-ended', playback: `${aCall().id}-${n}` })),
  fc.constantFrom(...causes).map((cause): LegFact => ({ type: 'leg.ended', cause })),
);
const verbs = fc.array(
  fc.constantFrom(
    { verb: 'say', text: 'Hallo' },
    { verb: 'pause', length: 2 },
    { verb: 'gather', numDigits: 2, prompts: [{ verb: 'say', text: 'Kies' }] },
    { verb: 'redirect' },
    { verb: 'reject' },
    { verb: 'hangup' },
  ),
  { maxLength: 4 },
);
const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ fact: facts, later: fc.nat(40_000), repeat: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ timersLate: fc.nat(100_000) }) },
    {
      weight: 4,
      arbitrary: fc.record({ fetched: fc.oneof(verbs, fc.constant('failed' as const)), stale: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.constant<Happening>({ hangUp: true }) },
  ),
  { maxLength: 40 },
);

interface Life {
  record: CallState;
  now: number;
  n: number;
}

function live(life: Life, it: Happening): Life {
  if ('fact' in it) {
    const now = life.now + it.later;
    const event = { ...it.fact, at: now, n: life.n + 1 };
    const once = applyLegEvent(life.record, event, now);
    return { record: it.repeat ? applyLegEvent(once, event, now) : once, now, n: life.n + 1 };
  }
  const now =
    'timersLate' in it ? Math.max(life.now, (wakeAt(shape, life.record) ?? life.now) + it.timersLate) : life.now;
  return { ...life, now, record: apply(life.record, it, now) };
}

function apply(record: CallState, it: Exclude<Happening, { fact: LegFact }>, now: number): CallState {
  if ('timersLate' in it) return fireUpTo(record, now, now);
  if ('hangUp' in it) return isOver(record.call) ? record : advance(record, { type: 'user.hangup' }, now, now);
  const request = record.fetches.messages[0];
  if (!request) return record;
  const asked = it.stale ? { ...request, number: request.number - 1 } : request;
  const fetched =
    it.fetched === 'failed'
      ? { milliseconds: 1, problem: { code: 'flow_timeout' as const, detail: '' } }
      : { milliseconds: 1, verbs: documentOf(it.fetched), ignored: [], warnings: [], url: request.url };
  return flowFetched(record, asked, fetched, now);
}

const kinds = fc.constantFrom<[CallEvent, Parameters<typeof aCall>[0]]>(
  [{ type: 'call.placed' }, { url: 'https://x.example/' }],
  [{ type: 'call.placed' }, { url: 'https://x.example/', fallbackUrl: 'https://y.example/' }],
  [{ type: 'call.placed' }, {}],
  [{ type: 'call.received' }, { direction: 'inbound', url: 'https://x.example/' }],
);

const begin = (event: CallEvent, kind: Parameters<typeof aCall>[0]): Life => {
  const call = newCall({ ...aCall(kind) });
  return { record: advance(newState(call, startClock(NOW, 1)), event, NOW, NOW), now: NOW, n: 0 };
};

/** Runs a whole life and hands every step of it to `check`. */
function everyStep(check: (before: CallState, after: CallState, life: Life) => void): void {
  fc.assert(
    fc.property(kinds, happenings, ([event, kind], all) => {
      let life = begin(event, kind);
      for (const happening of all) {
        const next = live(life, happening);
        check(life.record, next.record, next);
        life = next;
      }
    }),
    { numRuns: 2000 },
  );
}

describe('whatever happens to a call, in whatever order, late, twice or never', () => {
  it('its status only goes forward, and there is exactly one end', () => {
    everyStep(({ call: before }, { call: after }) => {
      if (isOver(before)) expect(after.status).toBe(before.status);
      else expect(RANK[after.status]).toBeGreaterThanOrEqual(RANK[before.status] as number);
      expect(isOver(after)).toBe(RANK[after.status] === 3);
    });
  });

  it('nothing is commanded after the end but to clean up', () => {
    everyStep((before, after) => {
      if (isOver(before.call)) expect(after.commands.messages.length).toBe(before.commands.messages.length);
    });
  });

  it('the end of a leg that we ended ourselves is one hang-up or rejection', () => {
    everyStep((_before, { call, commands }) => {
      const ends = commands.messages.filter(({ do: what }) => what === 'hangup' || what === 'reject');
      expect(ends.length).toBeLessThanOrEqual(1);
      if (ends.length === 1) expect(isOver(call)).toBe(true);
    });
  });

  it('a live call always has a timer, so it cannot be forgotten', () => {
    everyStep((_before, { call, timers }) => {
      if (!isOver(call)) expect(Object.keys(timers).length).toBeGreaterThan(0);
      else expect(timers).toEqual({});
    });
  });

  it('notifications are numbered without a gap, one for each change of status', () => {
    everyStep((_before, { deliveries, timeline }) => {
      const sequences = deliveries.messages.map(({ sequence }) => sequence);
      expect(sequences).toEqual(sequences.map((_, index) => index + 1));
      const changes = timeline.filter(({ type }) => type.startsWith('call.') && type !== 'call.queued');
      expect(deliveries.messages.map(({ type }) => type)).toEqual(changes.map(({ type }) => type));
    });
  });

  it('the copy for the database is due whenever something in it changed', () => {
    everyStep((before, after) => {
      if (before.call.status !== after.call.status) expect(after.version).toBeGreaterThan(before.version);
      expect(after.copies.messages).toEqual([after.version]);
    });
  });

  it('a repeated event changes nothing', () => {
    everyStep((_before, after, { now, n }) => {
      if (n > 0) expect(applyLegEvent(after, { type: 'leg.digit', digit: '1', at: now, n }, now)).toBe(after);
    });
  });

  it('time never runs backwards in its timeline', () => {
    everyStep((_before, { timeline }) => {
      const times = timeline.map(({ at }) => at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    });
  });

  it('it survives a row: what is kept is JSON', () => {
    everyStep((_before, after) => {
      expect(JSON.parse(JSON.stringify(after))).toEqual(after);
    });
  });
});

it('an answer that came after the ring time was over is too late, even when the alarm is later still', () => {
  const { record } = begin({ type: 'call.placed' }, { timeout: 20 });
  const late = { type: 'leg.answered', at: NOW + 20_500, n: 1 } as const;
  expect(applyLegEvent(record, late, NOW + 20_600).call).toMatchObject({ status: 'no-answer', endReason: 'timeout' });
  const inTime = { ...late, at: NOW + 19_900 };
  expect(applyLegEvent(record, inTime, NOW + 20_600).call.status).toBe('in-progress');
});

it('numbers of one gateway, however high, do not make the facts of another look like repeats', () => {
  const { record } = begin({ type: 'call.placed' }, {});
  const left = applyLegEvent(record, { type: 'leg.ringing', at: NOW, n: 9_000_000, by: 'gw-1' }, NOW);
  const answered = { type: 'leg.answered', at: NOW, n: 5, by: 'gw-2' } as const;
  const carried = applyLegEvent(left, answered, NOW);
  expect(carried.call.status).toBe('in-progress');
  expect(applyLegEvent(carried, answered, NOW)).toBe(carried);
  const ended = { type: 'leg.ended', cause: 'normal', at: NOW, n: 6, by: 'gw-2' } as const;
  expect(isOver(applyLegEvent(carried, ended, NOW).call)).toBe(true);
});

it('a timeline keeps its beginning and its latest entries, and has an end', () => {
  let { record } = begin({ type: 'call.placed' }, { url: 'https://x.example/' });
  record = advance(record, { type: 'leg.answered' }, NOW, NOW);
  for (let at = NOW; at < NOW + 3_000_000; at += 5000) {
    const request = record.fetches.messages[0];
    if (!request) throw new Error('no request');
    const fetched = {
      milliseconds: 1,
      verbs: documentOf([{ verb: 'pause' }, { verb: 'redirect' }]),
      ignored: [],
      warnings: [],
      url: request.url,
    };
    record = fireUpTo(flowFetched(record, request, fetched, at), at + 1000, at + 1000);
  }
  expect(record.timeline).toHaveLength(500);
  expect(record.timeline[0]?.type).toBe('call.queued');
  expect(record.timeline.at(-1)).toMatchObject({ type: 'verb.started', verb: 'redirect' });
});

describe('what a call says to its conference', () => {
  const farewell: PeerMessage = {
    to: 'conference',
    conference: 'CF1',
    event: { call: 'CA1', stay: 1, type: 'participant.left', callStatus: 'completed', at: NOW },
  };
  const record = { ...newState(aCall(), startClock(NOW, 1)), messages: put(emptyLane<PeerMessage>(), farewell, NOW) };

  it('that it has left waits until the network was asked to take it out', () => {
    const leaving = { ...record, commands: put(emptyLane<Instruction>(), { do: 'leave' }, NOW) };
    expect(nextIn(leaving, 'messages', shape.lanes.messages, NOW)).toBeUndefined();
    // Nor is the object woken for it: it would be again and again.
    expect(wakeAt(shape, { ...leaving, commands: failed(leaving.commands, NOW) })).toBe(
      failed(leaving.commands, NOW).dueAt,
    );
    const left = commandTaken(leaving, nextCommand(leaving, NOW), done(undefined), NOW);
    expect(nextIn(left, 'messages', shape.lanes.messages, NOW)).toEqual(farewell);
  });
});
