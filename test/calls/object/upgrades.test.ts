import { describe, expect, it } from 'vitest';
import { viewCall } from '../../../src/calls/api/view.ts';
import { isOver } from '../../../src/calls/call.ts';
import type { CallEvent } from '../../../src/calls/effects.ts';
import { mayForget } from '../../../src/calls/object/legal-hold.ts';
import { shape } from '../../../src/calls/object/shape.ts';
import { advance, applyLegEvent, type CallState, fireUpTo, newState } from '../../../src/calls/object/state.ts';
import { callUpgrades } from '../../../src/calls/object/upgrades.ts';
import { startClock } from '../../../src/lib/clock.ts';
import { copyLane, wakeAt } from '../../../src/lib/object-state.ts';
import { emptyLane } from '../../../src/lib/outbox.ts';
import { oldWordsIn, readRow, storedRows } from '../../fixtures/rows.ts';
import { aCall, NOW } from '../../support/call.ts';

const read = (stored: Parameters<typeof readRow>[0]): CallState => readRow(stored, callUpgrades);

/** One of each thing that can happen to a call. */
const eventsFor = ({ call }: CallState): CallEvent[] => {
  const playback = call.flow?.is === 'running' ? (call.flow.position.playback ?? '') : '';
  const request = call.flow?.is === 'fetching' ? call.flow.request.number : 0;
  const recording = call.lastRecording?.id ?? 'RE1';
  const {
    stay,
    conference,
    legs,
    bridge: dialled,
  } = { stay: 1, conference: 'CF1', legs: [], bridge: 'CA1-d1', ...call.activity };
  const [leg = { id: 'CA1' }] = legs as { id: string }[];
  const message = { conference, stay, n: 1_000_000 };
  const bridge = { id: `${conference}-1` };
  const everything: Record<CallEvent['type'], CallEvent> = {
    'call.placed': { type: 'call.placed' },
    'call.received': { type: 'call.received' },
    'leg.ringing': { type: 'leg.ringing' },
    'leg.answered': { type: 'leg.answered' },
    'leg.digit': { type: 'leg.digit', digit: '1' },
    'leg.playback-ended': { type: 'leg.playback-ended', playback },
    'leg.prompt-failed': { type: 'leg.prompt-failed', code: 'media_unreachable' },
    'leg.machine-detected': { type: 'leg.machine-detected' },
    'leg.left': { type: 'leg.left', bridge: dialled },
    'leg.talking': { type: 'leg.talking', talking: true },
    'leg.recorder-failed': { type: 'leg.recorder-failed', recording, reason: 'disk-full' },
    'leg.recorder-silent': { type: 'leg.recorder-silent', recording },
    'leg.recorder-paused': { type: 'leg.recorder-paused', recording },
    'leg.ended': { type: 'leg.ended', cause: 'normal' },
    'leg.clock': { type: 'leg.clock' },
    'flow.loaded': { type: 'flow.loaded', request, verbs: [], url: 'https://customer.example/' },
    'flow.failed': { type: 'flow.failed', request, problem: { code: 'flow_timeout', detail: '' } },
    'timer.ring': { type: 'timer.ring' },
    'timer.limit': { type: 'timer.limit' },
    'timer.verb': { type: 'timer.verb' },
    'timer.activity': { type: 'timer.activity' },
    'timer.record': { type: 'timer.record' },
    'timer.consent': { type: 'timer.consent' },
    'dial-leg.ready': { type: 'dial-leg.ready', leg: leg.id },
    'dial-leg.placed': { type: 'dial-leg.placed', leg: leg.id },
    'dial-leg.ended': { type: 'dial-leg.ended', leg: leg.id, status: 'busy' },
    'dial-leg.missing': { type: 'dial-leg.missing', leg: leg.id },
    'parent.connect': { type: 'parent.connect', bridge: { id: `${call.parentId ?? 'CA1'}-d1` } },
    'dial-leg.party-changed': { type: 'dial-leg.party-changed', leg: leg.id, party: { consent: 'refused' } },
    'parent.party-changed': { type: 'parent.party-changed', party: { consent: 'refused' } },
    'parent.release': { type: 'parent.release' },
    'conference.message': {
      type: 'conference.message',
      message: {
        ...message,
        type: 'conference.place',
        placement: { is: 'joined', bridge, muted: false, talking: false },
      },
    },
    'conference.found': { type: 'conference.found', stay, conference },
    'consent.looked-up': { type: 'consent.looked-up', consentOnFile: { policies: {}, onFile: {} } },
    'consent.withdrawn': { type: 'consent.withdrawn', consent: call.attachments.recorder?.consents[0] ?? 'CN1' },
    'user.record': {
      type: 'user.record',
      order: { source: 'start-api', channels: 1 },
      consentOnFile: { policies: {}, onFile: {} },
    },
    'user.recorder': { type: 'user.recorder', is: 'paused' },
    'user.hangup': { type: 'user.hangup' },
    'call.too-large': { type: 'call.too-large' },
    'call.unreachable': { type: 'call.unreachable' },
  };
  return Object.values(everything);
};

/** All that a state must have, whatever it was doing. */
const ALWAYS = Object.entries(newState(aCall(), startClock(NOW, 1)));

describe.each(storedRows('call'))('the row %s of a call', (_name, stored) => {
  const state = read(stored);
  const { call } = state;
  const later = Math.max(state.clock.at, call.startedAt, ...state.timeline.map(({ at }) => at)) + 1000;

  it('has every field that a call has, under its name of today', () => {
    for (const [field, value] of ALWAYS) expect(typeof state[field as keyof CallState], field).toBe(typeof value);
    for (const [field, value] of Object.entries(aCall())) {
      if (typeof value === 'number') expect(call[field as 'hops'], field).toBeTypeOf('number');
    }
    expect(call.retention).toEqual({ call: expect.stringMatching(/^P/), recording: expect.stringMatching(/^P/) });
    expect(oldWordsIn(state)).toEqual([]);
    expect(viewCall(call).id).toBe(call.id);
  });

  it('takes whatever can happen to it', () => {
    for (const event of eventsFor(state)) {
      const after = advance(state, event, later, later);
      expect(JSON.parse(JSON.stringify(after)), event.type).toEqual(after);
    }
  });

  it('ends when it is hung up: the network, the customer and the database hear of it', () => {
    if (isOver(call)) return expect(call.expiresAt).toBeGreaterThan(call.endedAt ?? 0);
    const over = advance(state, { type: 'user.hangup' }, later, later);
    expect(over.call.endedAt).toBe(later);
    expect(over.call.expiresAt).toBeGreaterThan(later);
    expect(over.timers).toEqual({});
    expect(over.commands.messages.at(-1)).toEqual({ do: 'hangup' });
    expect(over.copies.messages).toEqual([over.version]);
    const told = over.deliveries.messages.at(-1);
    if (call.statusCallback !== undefined && !call.statusEvents)
      expect(told).toMatchObject({ type: `call.${over.call.status}`, sequence: over.deliveries.sequence });
    const emptied = { ...copyLane.sent(over, over.version, undefined), messages: emptyLane<never>() };
    expect(mayForget(emptied)).toBe(true);
  });

  it('ends when its leg does, or at the latest when its timers say so', () => {
    if (isOver(call)) return expect(state.timers).toEqual({});
    const gone = applyLegEvent(state, { type: 'leg.ended', cause: 'normal', at: later, n: state.heard + 1 }, later);
    expect(isOver(gone.call)).toBe(true);
    expect(wakeAt(shape, state)).toBeTypeOf('number');
    expect(isOver(fireUpTo(state, later + 86_400_000, later + 86_400_000).call)).toBe(true);
  });
});

it('a document from before recording dials and meets without being recorded', () => {
  const [, stored] = storedRows('call').find(([name]) => name === '4b9697c/call/every-verb') ?? [];
  const { flow } = (stored && read(stored))?.call ?? {};
  const verbs = flow?.is === 'running' ? flow.position.document : [];
  expect(verbs.filter(({ verb }) => verb === 'dial' || verb === 'conference')).toMatchObject([
    { record: false },
    { record: false },
  ]);
});
