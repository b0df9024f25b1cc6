import { describe, expect, it } from 'vitest';
import type { Call } from '../../src/calls/call.ts';
import type { CallEvent, Effect } from '../../src/calls/effects.ts';
import { transition } from '../../src/calls/machine.ts';
import { flowFetched } from '../../src/calls/object/flow-requests.ts';
import { advance, newState } from '../../src/calls/object/state.ts';
import { NOTHING_ON_FILE } from '../../src/contracts/consent.ts';
import { startClock } from '../../src/lib/clock.ts';
import { aCall, dialOf, NOW } from '../support/call.ts';
import { documentOf } from '../support/flow.ts';

const ACTION = 'https://x.example/action';
const NUMBER = '+31201234567';
const FILE: CallEvent = { type: 'consent.looked-up', consentOnFile: NOTHING_ON_FILE };
const HANG_UP: CallEvent = { type: 'leg.ended', cause: 'normal' };

const upon = (call: Call, ...events: CallEvent[]): Call =>
  events.reduce((it, event) => transition(it, event, NOW).call, call);

/** An answered call that runs this verb; its party may be recorded, because it has agreed in this call. */
const running = (verb: object, ...events: CallEvent[]): Call => {
  const call = aCall({ inline: documentOf([{ action: ACTION, ...verb }]), consent: { is: 'given', evidence: 'CN1' } });
  return upon(call, { type: 'call.placed' }, { type: 'leg.answered' }, ...events);
};

const requestsAt = (call: Call, event: CallEvent, now: number) =>
  transition(call, event, now).effects.flatMap((effect: Effect) => (effect.do === 'fetch' ? [effect.request] : []));

const speaking = running({ verb: 'record', playBeep: false }, FILE);

describe('a call that ends while it records a message', () => {
  it.each([
    ['its party hangs up', HANG_UP],
    ['somebody ends it', { type: 'user.hangup' } as CallEvent],
    ['its time limit is reached', { type: 'timer.limit' } as CallEvent],
    ['the network breaks down', { type: 'leg.ended', cause: 'network-failure' } as CallEvent],
  ])('asks the action when %s, with the recording', (_when, event) => {
    expect(requestsAt(speaking, event, NOW + 4200)).toEqual([
      {
        number: 1,
        event: 'record',
        url: ACTION,
        params: {
          recording: 'completed',
          digits: 'hangup',
          recording_id: speaking.attachments.recorder?.id,
          recording_duration: '4',
        },
        last: true,
      },
    ]);
  });

  it.each([
    ['while the tone is on', running({ verb: 'record' }, FILE), 'failed'],
    ['while it is looked up whether the party may be recorded', running({ verb: 'record' }), 'refused'],
  ])('tells that there is no recording %s', (_when, call, recording) => {
    expect(requestsAt(call, HANG_UP, NOW)).toMatchObject([{ params: { recording, digits: 'hangup' } }]);
    expect(requestsAt(call, HANG_UP, NOW)[0]?.params).not.toHaveProperty('recording_id');
  });

  it('tells that the party refused who hung up at the question', () => {
    const { consent: _unknown, ...stranger } = running({ verb: 'record' });
    const asked = upon(stranger, FILE);
    expect(asked.pendingNotice).toBeDefined();
    expect(requestsAt(asked, HANG_UP, NOW)).toMatchObject([{ event: 'record', params: { recording: 'refused' } }]);
  });

  it('asks the action once, by the key, when the party hangs up in the same moment', () => {
    const pressed = upon(speaking, { type: 'leg.digit', digit: '#' });
    expect(requestsAt(pressed, HANG_UP, NOW)).toMatchObject([{ number: 1, params: { digits: '#' }, last: true }]);
  });
});

describe('a call that ends while it dials', () => {
  const dialling = running({ verb: 'dial', number: NUMBER });
  const leg = dialOf(dialling)?.legs[0]?.id ?? '';
  const talking = upon(dialling, { type: 'dial-leg.ready', leg });

  it('tells the action that it gave up, and whom it has dialled', () => {
    expect(requestsAt(upon(dialling, { type: 'dial-leg.placed', leg }), HANG_UP, NOW)).toMatchObject([
      { event: 'dial', params: { dial_call_status: 'canceled', dial_call_id: leg, dial_bridged: 'false' } },
    ]);
  });

  it('names no call that does not exist: one that was not placed yet, or not in time', () => {
    const late = transition(dialling, { type: 'dial-leg.missing', leg }, NOW).effects;
    const [missing] = late.flatMap((effect) => (effect.do === 'fetch' ? [effect.request] : []));
    expect(missing?.params).toEqual({ dial_call_status: 'no-answer', dial_bridged: 'false' });
    expect(requestsAt(dialling, HANG_UP, NOW)[0]?.params).not.toHaveProperty('dial_call_id');
  });

  it('tells the action for how long they talked', () => {
    expect(requestsAt(talking, HANG_UP, NOW + 7000)).toMatchObject([
      { params: { dial_call_status: 'completed', dial_call_id: leg, dial_call_duration: '7', dial_bridged: 'true' } },
    ]);
  });

  it('asks nobody where there is no action', () => {
    expect(requestsAt(running({ verb: 'dial', number: NUMBER, action: undefined }), HANG_UP, NOW)).toEqual([]);
  });

  it('ends its legs nevertheless', () => {
    const ended = transition(talking, HANG_UP, NOW).effects;
    expect(ended).toContainEqual({
      do: 'send',
      message: { to: 'dial-leg', leg, event: { type: 'parent.release' } },
    });
  });
});

it('a call that ends in a conference tells the action that it left', () => {
  const entered = running(
    { verb: 'conference', name: 'standup' },
    { type: 'conference.found', stay: 1, conference: 'CF1' },
    {
      type: 'conference.message',
      message: { conference: 'CF1', stay: 1, n: 1, type: 'conference.place', placement: { is: 'waiting' } },
    },
  );
  const params = { dial_call_status: 'answered', reason: 'left', conference_id: 'CF1' };
  expect(requestsAt(entered, HANG_UP, NOW)).toMatchObject([{ event: 'conference', params }]);
});

it.each([
  ['gather', { verb: 'gather', numDigits: 4 }, [{ type: 'leg.digit', digit: '5' }]],
  ['consent', { verb: 'consent' }, []],
] as [string, object, CallEvent[]][])(
  'a call that ends in %s asks nothing: there is no result',
  (_verb, verb, events) => {
    expect(requestsAt(running(verb, ...events), HANG_UP, NOW)).toEqual([]);
  },
);

it('digits that were collected reach the action, although the caller hangs up in the same moment', () => {
  const collected = running({ verb: 'gather', numDigits: 1 }, { type: 'leg.digit', digit: '5' });
  expect(requestsAt(collected, HANG_UP, NOW)).toMatchObject([{ number: 1, event: 'gather', params: { digits: '5' } }]);
});

describe('the last request of a call', () => {
  const ended = advance(newState(speaking, startClock(NOW, 1)), HANG_UP, NOW, NOW);
  const [request] = ended.fetches.messages;
  if (!request) throw new Error('the call asks nothing');

  it('waits to be sent when the call is over, and no event of later takes it away', () => {
    expect(ended.call).toMatchObject({ status: 'completed', requests: 1 });
    expect(advance(ended, { type: 'timer.verb' }, NOW, NOW).fetches.messages).toEqual([request]);
  });

  it('is gone once it was answered, and the answer does not run', () => {
    const verbs = documentOf([{ verb: 'say', text: 'Dag' }]);
    const answered = flowFetched(
      ended,
      request,
      { status: 200, milliseconds: 5, verbs, ignored: [], warnings: [], url: ACTION },
      NOW,
    );
    expect(answered.fetches.messages).toEqual([]);
    expect(answered.call).toEqual(ended.call);
    expect(answered.timeline.at(-1)).toMatchObject({ type: 'flow.requested', event: 'record', http_status: 200 });
  });

  it('is not sent again when it failed, and the timeline says why', () => {
    const problem = { code: 'flow_timeout', detail: 'No answer.' } as const;
    const failed = flowFetched(ended, request, { milliseconds: 15_000, problem }, NOW);
    expect(failed.fetches.messages).toEqual([]);
    expect(failed.timeline.at(-1)).toMatchObject({ type: 'flow.failed', code: 'flow_timeout' });
  });
});
