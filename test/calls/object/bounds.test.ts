import { describe, expect, it } from 'vitest';
import { isOver } from '../../../src/calls/call.ts';
import { flowFetched } from '../../../src/calls/object/flow-requests.ts';
import { shape } from '../../../src/calls/object/shape.ts';
import {
  advance,
  applyLegEvent,
  applyMessage,
  type CallState,
  commandTaken,
  conferenceFound,
  endTooLarge,
  logEntry,
  newState,
  nextCommand,
} from '../../../src/calls/object/state.ts';
import { readDocument } from '../../../src/flow/document.ts';
import { problem } from '../../../src/flow/problem.ts';
import { startClock } from '../../../src/lib/clock.ts';
import { done } from '../../../src/lib/result.ts';
import { aCall, NOW } from '../../support/call.ts';
import { documentOf } from '../../support/flow.ts';

/** A row may have 2,000,000 bytes. */
const rowOf = (record: CallState): number => Buffer.byteLength(JSON.stringify(record));
const MOST = 1_500_000;

const placed = (facts: Parameters<typeof aCall>[0] = {}): CallState =>
  advance(newState(aCall(facts), startClock(NOW, 1)), { type: 'call.placed' }, NOW, NOW);
const answered = (facts: Parameters<typeof aCall>[0] = {}): CallState =>
  applyLegEvent(placed(facts), { type: 'leg.answered', at: NOW }, NOW);

const URL = 'https://x.example/flow';

/** The call is given this answer to its flow requests, again and again, half a second apart at least. */
function keepAnswering(record: CallState, text: string, times: number, type = 'application/json'): CallState {
  let it = record;
  for (let n = 1; n <= times && !isOver(it.call); n++) {
    const [request] = it.fetches.messages;
    if (!request) return it;
    const reading = readDocument(text, type);
    const answer = 'code' in reading ? { problem: reading } : { ...reading, url: request.url };
    it = flowFetched(it, request, { milliseconds: 1, status: 200, ...answer }, NOW + n * 1500);
  }
  return it;
}

describe('the row of a call does not grow without end', () => {
  it('by attributes that are not known: of these only the names are kept, cut', () => {
    const names = Array.from({ length: 15 }, (_, at) => `${at}${'é'.repeat(2000)}`);
    const redirect = { verb: 'redirect', url: URL, ...Object.fromEntries(names.map((name) => [name, 'x'])) };
    const call = keepAnswering(answered({ url: URL }), JSON.stringify([redirect]), 700);
    expect(isOver(call.call)).toBe(false);
    expect(rowOf(call)).toBeLessThan(MOST);
    expect(call.timeline.length).toBeLessThanOrEqual(500);
    const kept = call.timeline.flatMap(({ ignored }) => (ignored ?? []) as string[]);
    expect(kept.length).toBeGreaterThan(15);
    expect(kept.every((name) => name.length <= 100)).toBe(true);
  });

  it('by values of attributes that are not known: nothing of them is kept', () => {
    const secret = 'geheim'.repeat(500);
    const document = [
      { verb: 'pause', length: 5, note: secret, nested: { deep: [secret] } },
      { verb: 'gather', action: URL, prompts: [{ verb: 'say', text: 'Kies', note: secret }], memo: secret },
      { verb: 'dial', targets: [{ noun: 'number', to: '+31201234567', memo: secret }] },
    ];
    expect(JSON.stringify(keepAnswering(answered({ url: URL }), JSON.stringify(document), 1))).not.toContain('geheim');
  });

  it.each([
    ['an element', `<Response><${'x'.repeat(60_000)}/></Response>`, 'application/xml'],
    ['a root', `<${'x'.repeat(60_000)}></${'x'.repeat(60_000)}>`, 'application/xml'],
    ['a verb', JSON.stringify([{ verb: 'x'.repeat(60_000) }]), 'application/json'],
    ['a content type', 'x', `x/${'x'.repeat(60_000)}`],
  ])('by the name of %s that a failure quotes', (_what, text, type) => {
    const reading = readDocument(text, type);
    expect('detail' in reading && reading.detail.length).toBeLessThanOrEqual(500);
    expect(JSON.stringify(keepAnswering(answered({ url: URL }), text, 1, type)).length).toBeLessThan(10_000);
  });

  it('by a URL that grows with every document', () => {
    const longer = JSON.stringify([{ verb: 'redirect', url: `${'x'.repeat(2000)}/` }]);
    const call = keepAnswering(answered({ url: URL }), longer, 100);
    expect(JSON.stringify(call.timeline)).toContain('flow_url_refused');
    expect(rowOf(call)).toBeLessThan(50_000);
  });

  it('by keys that are pressed on and on', () => {
    let call = answered({ inline: documentOf([{ verb: 'gather', action: URL, finishOnKey: '' }]) });
    for (let n = 1; n <= 2500; n++) call = applyLegEvent(call, { type: 'leg.digit', digit: '7', at: NOW + n }, NOW + n);
    expect(call.fetches.messages[0]?.params).toEqual({ digits: '7'.repeat(100) });
  });

  it('by conferences that it enters one after the other', () => {
    let call = answered();
    for (let stay = 1; stay <= 1000; stay++) call = conferenceFound(call, stay, `CF${stay}`, NOW);
    expect(Object.keys(call.conferences)).toHaveLength(50);
    expect(call.conferences[1000]).toBe('CF1000');
  });

  it('by entries of its timeline, however long what they say is', () => {
    let call = answered();
    for (let n = 0; n < 1000; n++) {
      const ignored = Array.from({ length: 100 }, () => '长'.repeat(4000));
      call = logEntry(call, { type: 'flow.requested', url: '长'.repeat(4000), ignored }, NOW);
    }
    expect(rowOf(call)).toBeLessThan(MOST);
    expect(call.timeline[0]).toMatchObject({ type: 'call.queued' });
  });

  it('by instructions that its network does not take: it ends', () => {
    let call = answered({ inline: documentOf([{ verb: 'pause', length: 60 }]) });
    for (let n = 0; n < 5000 && !isOver(call.call); n++) {
      call = { ...call, commands: { ...call.commands, messages: [...call.commands.messages, { do: 'ring' }] } };
      call = applyLegEvent(call, { type: 'leg.digit', digit: '1', at: NOW + n }, NOW + n);
    }
    expect(call.call).toMatchObject({ status: 'failed', endReason: 'network-failure' });
    expect(call.commands.messages.at(-1)).toEqual({ do: 'hangup' });
    expect(rowOf(call)).toBeLessThan(MOST);
  });
});

describe('a call whose row is too large all the same', () => {
  const full = (): CallState => {
    const call = answered({ inline: documentOf([{ verb: 'say', text: 'x'.repeat(4000) }]) });
    const many = Array.from({ length: 1000 }, () => call.commands.messages.at(-1) ?? { do: 'ring' as const });
    return { ...call, commands: { ...call.commands, messages: many } };
  };

  it('first loses its timeline, and nothing else', () => {
    const [first] = shape.lighten ?? [];
    const call = full();
    expect(first?.(call, NOW)).toEqual({ ...call, timeline: [] });
  });

  it('then ends: it is hung up, its customer and the database hear of it, and the row is small', () => {
    const ended = endTooLarge(full(), NOW);
    expect(ended.call).toMatchObject({ status: 'failed', endReason: 'flow-failed' });
    expect(ended.commands.messages.at(-1)).toEqual({ do: 'hangup' });
    expect(ended.deliveries.messages.map(({ type }) => type)).toContain('call.failed');
    expect(ended.copies.messages).toHaveLength(1);
    expect(rowOf(ended)).toBeLessThan(100_000);
  });

  it('is hung up also where the network takes just then what it was asked before', () => {
    const call = full();
    const sent = nextCommand(call, NOW);
    const ended = endTooLarge(call, NOW);
    const taken = commandTaken(ended, sent, done(undefined), NOW);
    expect(taken.commands.messages).toEqual([{ do: 'hangup' }]);
    expect(nextCommand(taken, NOW).first).toBe(sent.first + sent.instructions.length);
  });

  it('can end by its time limit, by its customer and by its network', () => {
    for (const event of [{ type: 'timer.limit' }, { type: 'user.hangup' }] as const)
      expect(isOver(applyMessage(full(), event, NOW).call)).toBe(true);
    expect(isOver(applyLegEvent(full(), { type: 'leg.ended', cause: 'normal', at: NOW }, NOW).call)).toBe(true);
  });
});

it('a problem keeps the beginning and the end of what it says', () => {
  const { detail } = problem('flow_invalid', `<${'x'.repeat(60_000)}> is not a verb`);
  expect(detail).toMatch(/^<x+…x+> is not a verb$/);
});
