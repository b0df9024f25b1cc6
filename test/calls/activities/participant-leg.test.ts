import { describe, expect, it } from 'vitest';
import { newParticipantLeg } from '../../../src/calls/activities/participant-leg.ts';
import type { Call } from '../../../src/calls/call.ts';
import type { CallEvent, Effect } from '../../../src/calls/effects.ts';
import { transition } from '../../../src/calls/machine.ts';
import { interruptActivity } from '../../../src/calls/run-activity.ts';
import { aCall, NOW } from '../../support/call.ts';
import { documentOf } from '../../support/flow.ts';

const LATER = NOW + 1000;
const CONFERENCE = `CF${'0'.repeat(32)}`;

const take = (call: Call, event: CallEvent, now = LATER) => transition(call, event, now);
const upon = (call: Call, ...events: CallEvent[]) => events.reduce((it, event) => take(it, event).call, call);
const commands = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'command' ? [it.instruction] : []));
const messages = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'send' ? [it.message] : []));

describe('a call that a conference has made', () => {
  const activity = newParticipantLeg(CONFERENCE, documentOf([{ verb: 'conference', name: CONFERENCE }]));

  it('tells the conference of its status until it enters', () => {
    const placedCall = upon(aCall({ activity }), { type: 'call.placed' });
    const ringing = take(placedCall, { type: 'leg.ringing' });
    expect(messages(ringing.effects)).toMatchObject([
      { conference: CONFERENCE, event: { type: 'participant.calling', callStatus: 'ringing' } },
    ]);
    const over = take(ringing.call, { type: 'leg.ended', cause: 'busy' });
    expect(messages(over.effects)).toMatchObject([{ event: { callStatus: 'busy' } }]);
  });

  it('is hung up when the conference is over before it has entered', () => {
    const out: CallEvent = {
      type: 'conference.message',
      message: { conference: CONFERENCE, stay: 0, n: 1, type: 'conference.remove', reason: 'conference_ended' },
    };
    const ringing = upon(aCall({ activity }), { type: 'call.placed' }, { type: 'leg.ringing' });
    const over = take(ringing, out);
    expect(commands(over.effects)).toEqual([{ do: 'hangup' }]);
    expect(over.call.status).toBe('canceled');
    expect(take(aCall(), out).effects).toEqual([]);
  });

  it('hears its whisper before it enters', () => {
    const url = 'https://x.example/whisper';
    const up = take(upon(aCall({ activity, url }), { type: 'call.placed' }), { type: 'leg.answered' });
    expect(up.effects).toContainEqual({
      do: 'fetch',
      request: { number: 1, event: 'whisper', url, params: {} },
    });
    const verbs = documentOf([{ verb: 'pause', length: 1 }]);
    const whispering = upon(up.call, { type: 'flow.loaded', request: 1, verbs, url });
    const { effects } = take(whispering, { type: 'timer.verb' });
    expect(messages(effects)).toMatchObject([{ event: { type: 'participant.entered', entry: { name: CONFERENCE } } }]);
  });

  it('that is to do something else is not waited for', () => {
    const ringing = upon(aCall({ activity }), { type: 'call.placed' }, { type: 'leg.ringing' });
    const { effects } = interruptActivity(ringing, LATER);
    expect(messages(effects)).toMatchObject([{ event: { type: 'participant.calling', callStatus: 'completed' } }]);
  });
});
