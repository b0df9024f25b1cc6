import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOver } from '../../../src/calls/call.ts';
import { flowFetched } from '../../../src/calls/object/flow-requests.ts';
import {
  advance,
  applyLegEvent,
  type CallState,
  commandTaken,
  fireUpTo,
  newState,
  nextCommand,
} from '../../../src/calls/object/state.ts';
import { newSimulatedLeg, type SimulatedLeg } from '../../../src/carriers/simulated/leg.ts';
import { advanceLeg, nextDueInLeg, performOnLeg } from '../../../src/carriers/simulated/machine.ts';
import type { Script } from '../../../src/contracts/carrier.ts';
import { scriptFor } from '../../../src/contracts/script.ts';
import { startClock, timeForAlarm, wallTime } from '../../../src/lib/clock.ts';
import { done } from '../../../src/lib/result.ts';
import { earliest } from '../../../src/lib/timers.ts';
import { aCall, NOW } from '../../support/call.ts';
import { documentOf } from '../../support/flow.ts';

/** A call and its simulated leg on one wall clock, with latencies between them and a customer's server that takes its time. */
function liveTogether(script: Partial<Script>, documents: unknown[][], latency: number, serverMs: number): CallState {
  const full = scriptFor('+31201234567', script);
  const call = aCall({ url: 'https://x.example/', script: full, timeLimit: 600 });
  let wall = NOW;
  let leg: SimulatedLeg = newSimulatedLeg(call.id, full, NOW, NOW);
  let record = advance(newState(call, startClock(NOW, full.speed)), { type: 'call.placed' }, NOW, NOW);
  let answerAt: number | undefined;
  for (let turn = 0; turn < 400 && !isOver(record.call); turn++) {
    const command = nextCommand(record, wall);
    if (command) {
      wall += latency;
      leg = performOnLeg(leg, command, wall);
      record = commandTaken(record, command, done(undefined), wall);
    }
    const request = record.fetches.messages[0];
    answerAt = request ? (answerAt ?? wall + serverMs) : undefined;
    const server = answerAt ?? Number.POSITIVE_INFINITY;
    const timer = earliest(record.timers);
    const alarm = timer === undefined ? Number.POSITIVE_INFINITY : wallTime(record.clock, timer);
    const network = nextDueInLeg(leg) ?? Number.POSITIVE_INFINITY;
    wall = Math.max(wall, Math.min(alarm, network, server));
    if (request && server <= Math.min(alarm, network)) {
      const verbs = documentOf(documents[request.number - 1] ?? []);
      const fetched = { milliseconds: serverMs, verbs, ignored: [], warnings: [], url: request.url };
      record = flowFetched(record, request, fetched, wall);
      answerAt = undefined;
    } else if (network <= alarm) {
      const moved = advanceLeg(leg, wall);
      leg = moved.leg;
      wall += latency;
      for (const event of moved.events) record = applyLegEvent(record, event, wall);
    } else record = fireUpTo(record, timeForAlarm(record.clock, wall), wall);
  }
  return record;
}

const story = ({ timeline }: CallState) => timeline.map(({ type, verb, event }) => [type, verb ?? event ?? '']);

const MENU = [
  { verb: 'gather', numDigits: 1, action: '/menu', prompts: [{ verb: 'say', text: 'Kies een of twee.' }] },
  { verb: 'say', text: 'U heeft niets gekozen.' },
  { verb: 'pause', length: 3 },
];

describe('a fast call and its network', () => {
  it('agree that a key pressed in time was in time, at a thousand times the speed and with a slow server', () => {
    const script = { speed: 1000, digits: [{ after: 4, digits: '1', after_prompt: true }] };
    const record = liveTogether(script, [MENU, [{ verb: 'hangup' }]], 7, 300);
    expect(record.timeline.map(({ type, event }) => event ?? type)).toContain('gather');
    expect(record.call).toMatchObject({ status: 'completed', endReason: 'flow-ended' });
  });

  it('agree that a key pressed too late was too late', () => {
    const script = { speed: 1000, digits: [{ after: 6, digits: '1', after_prompt: true }] };
    const record = liveTogether(script, [MENU, [{ verb: 'hangup' }]], 7, 300);
    expect(record.timeline.map(({ type, event }) => event ?? type)).not.toContain('gather');
  });

  it('keep keys that are counted from the answer until the first document is there', () => {
    const script = { speed: 1000, digits: [{ after: 1, digits: '1' }] };
    const record = liveTogether(script, [MENU, [{ verb: 'hangup' }]], 7, 900);
    expect(record.timeline.map(({ type, event }) => event ?? type)).toContain('gather');
  });

  it('end, in their own time, when the script says, to the second', () => {
    const { call } = liveTogether({ speed: 1000, hang_up_after: 180 }, [[{ verb: 'pause', length: 500 }]], 7, 0);
    expect(((call.endedAt ?? 0) - (call.answeredAt ?? 0)) / 1000).toBe(180);
  });

  it('give up after the timeout in their own time', () => {
    const { call } = liveTogether({ speed: 1000, outcome: 'no-answer' }, [], 7, 0);
    expect(call).toMatchObject({ status: 'no-answer', endReason: 'timeout' });
    expect((call.endedAt ?? 0) - NOW).toBe(30_000);
  });

  it('have the same timeline at every speed', () => {
    const scripts = fc.record({
      answer_after: fc.integer({ min: 0, max: 20 }),
      digits: fc.array(
        fc.record({
          after: fc.integer({ min: 0, max: 9 }),
          digits: fc.constantFrom('1', '12#'),
          after_prompt: fc.boolean(),
        }),
        { maxLength: 3 },
      ),
      hang_up_after: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(scripts, fc.nat(500), ({ hang_up_after, ...rest }, serverMs) => {
        const script = { ...rest, ...(hang_up_after !== undefined && { hang_up_after }) };
        const documents = [MENU, MENU, MENU];
        const slow = liveTogether({ ...script, speed: 2 }, documents, 0, serverMs);
        const fast = liveTogether({ ...script, speed: 1000 }, documents, 0, serverMs);
        expect(story(fast)).toEqual(story(slow));
        expect(fast.call.status).toBe(slow.call.status);
      }),
      { numRuns: 300 },
    );
  });
});
