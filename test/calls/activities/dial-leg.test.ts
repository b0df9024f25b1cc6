import { describe, expect, it } from 'vitest';
import { newDialLeg } from '../../../src/calls/activities/dial-leg.ts';
import type { Call } from '../../../src/calls/call.ts';
import type { CallEvent, Effect } from '../../../src/calls/effects.ts';
import { transition } from '../../../src/calls/machine.ts';
import { recordRefusal } from '../../../src/calls/recording/recorder.ts';
import { interruptActivity } from '../../../src/calls/run-activity.ts';
import { aCall, NOW } from '../../support/call.ts';
import { documentOf } from '../../support/flow.ts';

const LATER = NOW + 1000;
/** Who dials. */
const NL = '+31612345678';

const take = (call: Call, event: CallEvent, now = LATER) => transition(call, event, now);
const upon = (call: Call, ...events: CallEvent[]) => events.reduce((it, event) => take(it, event).call, call);
const commands = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'command' ? [it.instruction] : []));
const messages = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'send' ? [it.message] : []));
const asked = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'fetch' ? [it.request] : []));

describe('a leg that a call has dialled', () => {
  const PARENT = `CA${'0'.repeat(32)}`;
  const facts = { parentId: PARENT, activity: newDialLeg(PARENT) };
  const bridge = { id: `${PARENT}-d1` };
  const connect: CallEvent = { type: 'parent.connect', bridge };
  const up = (more: Partial<Call> = {}) =>
    take(upon(aCall({ ...facts, ...more }), { type: 'call.placed' }), { type: 'leg.answered' });

  it('is ready as soon as it is answered, and joins when told', () => {
    const { call, effects } = up();
    const party = { number: '+493023125000', consent: 'none' };
    const told = { to: 'parent', parent: PARENT, event: { leg: call.id, type: 'dial-leg.ready', party } };
    expect(messages(effects)).toEqual([told]);
    expect(commands(take(call, connect).effects)).toEqual([{ do: 'join', bridge, muted: false }]);
  });

  it('is recorded on while the caller agrees, and not while the caller has not: the recorder pauses before the two are connected', () => {
    const onFile = { policies: {}, onFile: { '+493023125000': 'CN1' } };
    const order = { source: 'start-api', channels: 2 } as const;
    const { call } = up();
    const recorded = upon(call, { type: 'user.record', order, consentOnFile: onFile });
    const recording = recorded.attachments.recorder?.id;
    expect(recording).toMatch(/^RE/);
    const join = { do: 'join', bridge, muted: false };
    const pause = { do: 'recorder', recording, is: 'paused' };
    for (const party of [
      undefined,
      { number: NL, consent: 'none' as const },
      { number: NL, consent: 'refused' as const },
    ])
      expect(commands(take(recorded, { ...connect, ...(party && { party }) }).effects)).toEqual([pause, join]);
    const party = { number: NL, consent: 'given', evidence: 'CN2' } as const;
    const agreed = take(recorded, { ...connect, party });
    expect(commands(agreed.effects)).toEqual([join]);
    expect(agreed.call.attachments.recorder?.consents).toEqual(['CN1', 'CN2']);
    // The caller withdraws: their consent covers this recording too.
    const withdrawn = take(agreed.call, { type: 'consent.withdrawn', consent: 'CN2' });
    expect(commands(withdrawn.effects)).toEqual([{ ...pause, is: 'off' }]);
  });

  it('cannot be recorded while it is connected with a caller who has not agreed', () => {
    const consentOnFile = { policies: {}, onFile: { '+493023125000': 'CN1' } };
    const { call } = up();
    expect(recordRefusal(call, consentOnFile)).toBeUndefined();
    const connected = upon(call, { ...connect, party: { number: NL, consent: 'refused' } });
    expect(recordRefusal(connected, consentOnFile)).toBe('recording_consent_required');
    const both = upon(call, { ...connect, party: { number: NL, consent: 'none' } });
    expect(recordRefusal(both, { policies: {}, onFile: { ...consentOnFile.onFile, [NL]: 'CN2' } })).toBeUndefined();
  });

  it('presses its keys first, then hears the whisper, and then is ready', () => {
    const { call, effects } = up({
      inline: documentOf([{ verb: 'play', digits: '12' }]),
      url: 'https://x.example/whisper',
    });
    expect(commands(effects)).toMatchObject([{ do: 'play', prompts: [{ digits: '12' }] }]);
    const pressed = take(call, { type: 'leg.playback-ended', playback: `${call.id}-1` });
    expect(asked(pressed.effects)).toMatchObject([{ event: 'whisper', url: 'https://x.example/whisper' }]);
    const verbs = documentOf([{ verb: 'pause', length: 1 }]);
    const whispering = upon(pressed.call, { type: 'flow.loaded', request: 1, verbs, url: 'https://x.example/w' });
    const heard = take(whispering, { type: 'timer.verb' });
    expect(messages(heard.effects)).toMatchObject([{ event: { type: 'dial-leg.ready' } }]);
  });

  it('is not connected when the whisper hangs up', () => {
    const { call } = up({ url: 'https://x.example/whisper' });
    const refused = take(call, {
      type: 'flow.loaded',
      request: 1,
      verbs: documentOf([{ verb: 'hangup' }]),
      url: 'https://x.example/w',
    });
    expect(refused.call.status).toBe('completed');
    expect(messages(refused.effects)).toMatchObject([{ event: { type: 'dial-leg.ended', status: 'completed' } }]);
  });

  it('cannot dial others from its whisper', () => {
    const { call } = up({ url: 'https://x.example/whisper' });
    const verbs = documentOf([{ verb: 'dial', number: '+31201234568' }]);
    const { effects } = take(call, { type: 'flow.loaded', request: 1, verbs, url: 'https://x.example/w' });
    expect(effects).toContainEqual({
      do: 'log',
      entry: expect.objectContaining({ type: 'flow.failed', code: 'flow_invalid' }),
    });
    expect(messages(effects).some((message) => 'place' in message)).toBe(false);
  });

  it.each([
    ['rings', aCall(facts), 'canceled'],
    ['has been answered', up().call, 'completed'],
  ])('is hung up when it is not wanted any more and it %s', (_when, call, status) => {
    const over = take(call.status === 'queued' ? upon(call, { type: 'call.placed' }) : call, {
      type: 'parent.release',
    });
    expect(commands(over.effects)).toEqual([{ do: 'hangup' }]);
    expect(over.call.status).toBe(status);
    expect(messages(over.effects)).toMatchObject([{ to: 'parent', event: { type: 'dial-leg.ended', status } }]);
  });

  it('ends when the network takes it out of the bridge', () => {
    expect(take(upon(up().call, connect), { type: 'leg.left', bridge: bridge.id }).call.status).toBe('failed');
  });

  it('that is to do something else leaves the bridge, and its parent does not wait for it', () => {
    const { effects } = interruptActivity(upon(up().call, connect), LATER);
    expect(commands(effects)).toEqual([{ do: 'leave' }]);
    expect(messages(effects)).toMatchObject([{ to: 'parent', event: { type: 'dial-leg.ended', status: 'completed' } }]);
  });
});
