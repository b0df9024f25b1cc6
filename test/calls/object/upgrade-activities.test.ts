import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../../src/calls/effects.ts';
import { advance, type CallState } from '../../../src/calls/object/state.ts';
import { type OldCallState, toActivities, withActivities } from '../../../src/calls/object/upgrade-activities.ts';
import { NOW } from '../../support/call.ts';
import stored from './rows-before-activities.json';

/** Rows as the code of commit 529eec2 wrote them, the last before activities. */
const old = (name: keyof typeof stored) => stored[name] as unknown as OldCallState;
const row = (name: keyof typeof stored): CallState => withActivities(old(name));
const LATER = NOW + 61_000;
const upon = (state: CallState, event: CallEvent): CallState => advance(state, event, LATER, LATER);
const instructions = ({ commands }: CallState) => commands.messages.map((it) => it.do);
const sent = ({ messages }: CallState) => messages.messages;
const asked = ({ fetches }: CallState) => fetches.messages;

describe('the row of a call from before activities', () => {
  it('that dials goes on ringing, under the timer of the activity', () => {
    const { call, timers } = row('dialling');
    expect(call).not.toHaveProperty('dialing');
    expect(call.activity).toMatchObject({ kind: 'dial', legs: [{ id: expect.stringMatching(/^CA/) }] });
    expect(timers).toEqual({ limit: NOW + 14_401_000, activity: NOW + 181_000 });
    const over = upon(row('dialling'), { type: 'timer.activity' });
    expect(sent(over)).toMatchObject([{ to: 'dial-leg', event: { type: 'parent.release' } }]);
    expect(asked(over)).toMatchObject([{ event: 'dial', params: { dial_call_status: 'no-answer' } }]);
  });

  it('that talks ends the talk with the star key', () => {
    const over = upon(row('talking'), { type: 'leg.digit', digit: '*' });
    expect(instructions(over)).toEqual(['leave']);
    expect(asked(over)).toMatchObject([{ params: { dial_call_status: 'completed', dial_call_duration: '60' } }]);
  });

  it('that is recorded keeps its recorder, and an instruction that was not sent yet has its order whole', () => {
    const { call, commands } = row('recorded talk that has not left the object');
    const { recorder } = call.attachments;
    expect(call).not.toHaveProperty('recorder');
    expect(recorder?.consents).toEqual(['CN1', 'CN2']);
    const order = { source: 'start-verb', channels: 1, trim: true };
    expect(commands.messages.at(-1)).toEqual({ do: 'record', recording: recorder?.id, order });
    const withdrawn = upon(row('recorded talk that has not left the object'), {
      type: 'consent.withdrawn',
      consent: 'CN2',
    });
    expect(instructions(withdrawn).at(-1)).toBe('recorder');
    expect(withdrawn.call.activity?.partner?.consent).toBe('refused');
  });

  it('that searches for an answering machine still hears of one', () => {
    const { attachments } = row('recorded and looked for a machine').call;
    expect(Object.keys(attachments)).toEqual(['recorder', 'machineDetection']);
    const { call } = upon(row('recorded and looked for a machine'), { type: 'leg.machine-detected' });
    expect(call.answeredBy).toBe('machine');
  });

  it('that enters a conference names the conference in its entry', () => {
    const { call, messages } = row('entering a conference');
    expect(call.activity).toMatchObject({ kind: 'conference', stay: 1, recordedBy: 'conference' });
    expect(messages.messages).toMatchObject([
      {
        to: 'conference',
        event: { type: 'participant.entered', entry: { name: 'standup', timeLimit: 14_400, kept: 'P180D' } },
      },
    ]);
    expect(messages.messages[0]).not.toHaveProperty('name');
  });

  it('that is asked in a conference answers the conference, and leaves it when its time is up', () => {
    const heard = { type: 'leg.playback-ended', playback: '' } as const;
    const asking = row('in a conference that asks for consent');
    const { flow } = asking.call;
    const playback = flow?.is === 'running' ? (flow.position.playback ?? '') : '';
    const answered = upon(upon(asking, { ...heard, playback }), { type: 'leg.digit', digit: '1' });
    expect(sent(answered).at(-1)).toMatchObject({
      event: { type: 'participant.answered', partyConsent: { consent: 'given' } },
    });
    const left = upon(answered, { type: 'timer.activity' });
    expect(sent(left).at(-1)).toMatchObject({ event: { type: 'participant.left' } });
    expect(asking.timers).toEqual({ limit: NOW + 14_401_000, activity: NOW + 14_401_000 });
  });

  it('that was dialled tells its parent once its whisper was heard', () => {
    const heard = upon(row('dialled leg that hears its whisper'), { type: 'timer.verb' });
    expect(sent(heard)).toMatchObject([{ to: 'parent', event: { type: 'dial-leg.ready' } }]);
  });

  it.each(['dialled leg whose consent is looked up', 'dialled leg that is asked'] as const)(
    'of a %s prepares until the party has answered',
    (name) => {
      const { call } = row(name);
      expect(call.activity).toMatchObject({ kind: 'dial-leg', is: 'preparing', recordedUnder: 'announce' });
      const found: CallEvent = { type: 'consent.looked-up', consentOnFile: { policies: {}, onFile: {} } };
      const asking = call.flow?.is === 'looking' ? upon(row(name), found) : row(name);
      const answered = upon(asking, { type: 'leg.digit', digit: '2' });
      expect(sent(answered).at(-1)).toMatchObject({ event: { type: 'dial-leg.ready', party: { consent: 'refused' } } });
    },
  );

  it('that is connected with its parent is released, or fails when the network takes it out of the bridge', () => {
    const connected = row('dialled leg that is connected');
    expect(upon(connected, { type: 'parent.release' }).call.status).toBe('completed');
    const bridge = `${connected.call.parentId}-d1`;
    expect(upon(connected, { type: 'leg.left', bridge }).call.status).toBe('failed');
  });

  it('that a conference called enters the conference once it is answered', () => {
    const up = upon(row('participant that rings'), { type: 'leg.answered' });
    expect(sent(up)).toMatchObject([
      { event: { type: 'participant.calling', callStatus: 'in-progress' } },
      { event: { type: 'participant.entered', entry: { name: 'standup' } } },
    ]);
    expect(row('participant that has entered').call.activity).toMatchObject({ kind: 'conference', stay: 1 });
  });

  it('that is over is busy with nothing', () => {
    const { call } = row('dialled leg that is over');
    const gone = ['afterwards', 'recordedUnder', 'activity', 'dialing', 'meeting'];
    expect(gone.filter((field) => field in call)).toEqual([]);
    expect(call).toMatchObject({ status: 'busy', attachments: {} });
  });
});

it('a call that is busy with nothing is read as it is, but for the names of two fields', () => {
  const { call } = old('recorded and looked for a machine');
  const { recorder, placed, ...facts } = call;
  const { attachments, legsPlaced, ...read } = toActivities(call);
  expect(read).toEqual(facts);
  expect(legsPlaced).toBe(placed);
  const { held, ...rest } = recorder ?? {};
  expect(attachments.recorder).toEqual({ ...rest, suspended: held });
});
