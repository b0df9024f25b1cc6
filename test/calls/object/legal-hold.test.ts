import { describe, expect, it } from 'vitest';
import type { PeerMessage } from '../../../src/calls/activities/messages.ts';
import { timelineOfForgotten, viewCall, viewForgotten } from '../../../src/calls/api/view.ts';
import { mayForget, setLegalHold } from '../../../src/calls/object/legal-hold.ts';
import { advance, type CallState, newState } from '../../../src/calls/object/state.ts';
import { startClock } from '../../../src/lib/clock.ts';
import { copyLane } from '../../../src/lib/object-state.ts';
import { put } from '../../../src/lib/outbox.ts';
import { aCall, NOW } from '../../support/call.ts';

const DAY = 86_400_000;
const RETENTION = { call: 'P10D', recording: 'P1D' };

const live = (): CallState => {
  const call = aCall({ retention: RETENTION, metadata: { order: '4711' } });
  return advance(newState(call, startClock(NOW, 1)), { type: 'call.placed' }, NOW, NOW);
};
const written = (record: CallState) => copyLane.sent(record, record.version, undefined);
const ended = () => written(advance(live(), { type: 'user.hangup' }, NOW + 1000, NOW + 1000));

describe('a call that is over', () => {
  it('expires so long after its end as its retention says', () => {
    const { call } = ended();
    expect(call.expiresAt).toBe(NOW + 1000 + 10 * DAY);
    expect(viewCall(call).expires_at).toBe('2100-01-11T12:00:01.000Z');
    expect(viewCall(live().call).expires_at).toBeUndefined();
  });

  it('may be forgotten', () => expect(mayForget(ended())).toBe(true));

  it('may not, while somebody holds it', () => {
    const held = written(setLegalHold(ended(), true, NOW));
    expect(mayForget(held)).toBe(false);
    expect(mayForget(written(setLegalHold(held, false, NOW)))).toBe(true);
  });

  it('may not, as long as the database does not have its end', () => {
    expect(mayForget(advance(live(), { type: 'user.hangup' }, NOW + 1000, NOW + 1000))).toBe(false);
  });

  it('may not, as long as what its party agreed to is not on file', () => {
    const answer = { to: 'consents', answer: {} } as unknown as PeerMessage;
    expect(mayForget({ ...ended(), messages: put(ended().messages, answer, NOW) })).toBe(false);
  });
});

it('a call that goes on may not be forgotten', () => expect(mayForget(written(live()))).toBe(false));

describe('a legal hold', () => {
  it('reaches the database, and is shown once somebody said something about it', () => {
    const before = ended();
    const held = setLegalHold(before, true, NOW);
    expect(held.copies.messages).toEqual([before.version + 1]);
    expect([before, held, setLegalHold(held, false, NOW)].map(({ call }) => viewCall(call).legal_hold)).toEqual([
      undefined,
      true,
      false,
    ]);
  });

  it('that is there already changes nothing', () => {
    const held = setLegalHold(ended(), true, NOW);
    expect(setLegalHold(held, true, NOW)).toBe(held);
    const never = ended();
    expect(setLegalHold(never, false, NOW)).toBe(never);
  });

  it('of a live call outlasts its end', () => {
    const over = advance(setLegalHold(live(), true, NOW), { type: 'user.hangup' }, NOW, NOW);
    expect(over.call.legalHold).toBe(true);
  });
});

describe('a call that was forgotten', () => {
  it('is shown without metadata and with masked numbers, masked in the database or not', () => {
    const { call } = ended();
    const view = viewForgotten(call);
    expect(view).toMatchObject({
      id: call.id,
      from: '+31*****567',
      to: '+49*****000',
      status: 'canceled',
      price: '0.00',
    });
    expect(view.metadata).toBeUndefined();
    expect(viewForgotten({ ...call, from: view.from, to: view.to })).toEqual(view);
  });

  it('has the moments of its life that are known', () => {
    const { call } = ended();
    expect(timelineOfForgotten(call).map(({ type }) => type)).toEqual(['call.queued', 'call.canceled']);
    const came = { ...call, direction: 'inbound', status: 'completed', answeredAt: NOW } as const;
    expect(timelineOfForgotten(came)).toEqual([
      { type: 'call.ringing', timestamp: '2100-01-01T12:00:00.000Z' },
      { type: 'call.in-progress', timestamp: '2100-01-01T12:00:00.000Z' },
      { type: 'call.completed', timestamp: '2100-01-01T12:00:01.000Z' },
    ]);
  });
});
