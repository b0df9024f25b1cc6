import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newDialLeg } from '../../../src/calls/activities/dial-leg.ts';
import type { Call } from '../../../src/calls/call.ts';
import type { CallEvent, Effect } from '../../../src/calls/effects.ts';
import { transition } from '../../../src/calls/machine.ts';
import { numbersOn } from '../../../src/calls/recording/parties.ts';
import { recordRefusal } from '../../../src/calls/recording/recorder.ts';
import { evidenceId } from '../../../src/consents/consent.ts';
import type { ConsentOnFile } from '../../../src/contracts/consent.ts';
import type { RecordingOrder } from '../../../src/contracts/recording.ts';
import { isId } from '../../../src/lib/ids.ts';
import { aCall, dialOf, NOW } from '../../support/call.ts';
import { documentOf } from '../../support/flow.ts';

const LATER = NOW + 1000;
const DUTCH = '+31201234567';
const GERMAN = '+493023125000';
const ORDER: RecordingOrder = { source: 'outbound-api', channels: 2 };
const NOBODY: ConsentOnFile = { policies: {}, onFile: {} };
const onFile = (number: string, consent = 'CN1'): ConsentOnFile => ({ ...NOBODY, onFile: { [number]: consent } });
const ANNOUNCED: ConsentOnFile = { policies: { NL: 'announce' }, onFile: {} };

const take = (call: Call, event: CallEvent, now = LATER) => transition(call, event, now);
/** The call after these events, and all that followed from them. */
const upon = (call: Call, ...events: CallEvent[]) =>
  events.reduce(
    (step, event) => {
      const { call: next, effects } = take(step.call, event);
      return { call: next, effects: [...step.effects, ...effects] };
    },
    { call, effects: [] as Effect[] },
  );
const commands = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'command' ? [it.instruction] : []));
const messages = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'send' ? [it.message] : []));
const entries = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'log' ? [it.entry.type] : []));
const recorders = (effects: Effect[]) =>
  commands(effects).flatMap((it) => (it.do === 'record' ? ['record'] : it.do === 'recorder' ? [it.is] : []));
const told = (effects: Effect[]) =>
  messages(effects).flatMap((it) => (it.to !== 'recording' ? [] : 'begin' in it ? ['begin'] : [it.event.type]));
const asked = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'fetch' ? [it.request] : []));
const said = (effects: Effect[]) => commands(effects).flatMap((it) => (it.do === 'play' ? it.prompts : []));

const placed: CallEvent = { type: 'call.placed' };
const answered: CallEvent = { type: 'leg.answered' };
const found = (consentOnFile: ConsentOnFile): CallEvent => ({ type: 'consent.looked-up', consentOnFile });
const key = (digit: string): CallEvent => ({ type: 'leg.digit', digit });
const heard = ({ flow }: Call): CallEvent => ({
  type: 'leg.playback-ended',
  playback: flow?.is === 'running' ? (flow.position.playback ?? '') : '',
});

const inline = documentOf([{ verb: 'pause', length: 60 }]);
/** A call that is to be recorded, answered, once the database has said what is on file. */
const wished = (consentOnFile: ConsentOnFile, facts: Partial<Call> = {}) =>
  upon(aCall({ to: DUTCH, inline, recordOnAnswer: ORDER, ...facts }), placed, answered, found(consentOnFile));
/** The party has heard the question, and pressed this. */
const answers = (call: Call, digit: string) => upon(call, heard(call), key(digit));

describe('a call that is to be recorded', () => {
  it('looks up who has agreed when it is answered, and does nothing else before', () => {
    const { effects } = upon(aCall({ to: DUTCH, inline, recordOnAnswer: ORDER }), placed, answered);
    expect(messages(effects)).toEqual([{ to: 'consents', lookUp: [DUTCH] }]);
    expect(said(effects)).toEqual([]);
    expect(recorders(effects)).toEqual([]);
  });

  it('is recorded at once when the party has agreed before', () => {
    const { call, effects } = wished(onFile(DUTCH));
    const { recorder } = call.attachments;
    expect(isId('RE', recorder?.id ?? '')).toBe(true);
    expect(commands(effects)).toContainEqual({ do: 'record', recording: recorder?.id, order: ORDER });
    expect(messages(effects).at(-1)).toMatchObject({
      to: 'recording',
      begin: { id: recorder?.id, callId: call.id, consents: ['CN1'], source: 'outbound-api', startedAt: LATER },
    });
    expect(call.flow).toMatchObject({ is: 'running', position: { document: inline } });
  });

  it('asks first when nobody has agreed, and hears nothing meanwhile', () => {
    const { call, effects } = wished(NOBODY);
    expect(said(effects)).toMatchObject([{ language: 'nl-NL', say: expect.stringContaining('toets dan een 1') }]);
    expect(recorders(effects)).toEqual([]);
    expect(call.attachments.recorder).toBeUndefined();
  });

  it('is recorded once the party has pressed 1, under that evidence', () => {
    const { call } = wished(NOBODY);
    const { call: recorded, effects } = answers(call, '1');
    expect(recorders(effects)).toEqual(['record']);
    expect(recorded.attachments.recorder?.consents).toEqual([evidenceId(call.id, 1)]);
    // Evidence first, so that nothing is ever recorded without.
    expect(messages(effects).map(({ to }) => to)).toEqual(['consents', 'recording']);
    expect(recorded.flow).toMatchObject({ is: 'running', position: { document: inline } });
  });

  it.each(['2', '0', '#'])('goes on unrecorded when the party has pressed %s', (digit) => {
    const { call } = wished(NOBODY);
    const { call: refused, effects } = answers(call, digit);
    expect(recorders(effects)).toEqual([]);
    expect(entries(effects)).toContain('recording.refused');
    expect(refused.flow).toMatchObject({ is: 'running', position: { document: inline } });
  });

  it('goes on unrecorded when the party says nothing twice', () => {
    const { call } = wished(NOBODY);
    const silence: CallEvent = { type: 'timer.verb' };
    const once = upon(call, heard(call), silence).call;
    const { call: refused, effects } = upon(once, heard(once), silence);
    expect(recorders(effects)).toEqual([]);
    expect(refused.consent?.is).toBe('refused');
    expect(refused.flow).toMatchObject({ is: 'running', position: { document: inline } });
  });

  it('asks in the words of the customer', () => {
    const { effects } = wished(NOBODY, { notice: 'Mogen we opnemen? Toets 1.' });
    expect(said(effects)).toMatchObject([{ say: 'Mogen we opnemen? Toets 1.' }]);
  });

  it('only tells the party where that is the policy', () => {
    const { call, effects } = wished(ANNOUNCED);
    expect(said(effects)).toMatchObject([{ say: 'Dit gesprek wordt opgenomen.' }]);
    const { call: told, effects: then } = upon(call, heard(call));
    expect(recorders(then)).toEqual(['record']);
    // That it was told is kept, as an answer would be.
    const notice = { announced: true, notice: 'Dit gesprek wordt opgenomen.', language: 'nl-NL', question: 1 };
    expect(messages(then)[0]).toMatchObject({ to: 'consents', answer: notice });
    expect(told.attachments.recorder?.consents).toEqual([evidenceId(call.id, 1)]);
  });

  it('asks all the same when a German number is on the line, be it only the own', () => {
    expect(wished(ANNOUNCED, { from: GERMAN }).call.pendingNotice?.is).toBe('asking');
    expect(wished({ policies: { DE: 'announce' }, onFile: {} }, { to: GERMAN }).call.pendingNotice?.is).toBe('asking');
  });

  it('asks under the strictest policy when the database does not answer in time', () => {
    const { call } = upon(aCall({ to: DUTCH, inline, recordOnAnswer: ORDER }), placed, answered, {
      type: 'timer.verb',
    });
    expect(call.pendingNotice?.is).toBe('asking');
  });

  it('tells its recording when it ends', () => {
    const { call } = wished(onFile(DUTCH));
    const { call: over, effects } = take(call, { type: 'leg.ended', cause: 'normal' }, LATER + 5000);
    expect(messages(effects)).toEqual([
      { to: 'recording', recording: call.attachments.recorder?.id, event: { type: 'stopped', at: LATER + 5000 } },
    ]);
    expect(over.attachments.recorder).toBeUndefined();
  });

  it.each([
    ['breaks off: what there is of it is kept', 'recorder-broke', 'stopped'],
    ['could not be opened', 'recorder-refused', 'failed'],
  ])('goes on when its recorder %s', (_what, reason, event) => {
    const { call } = wished(onFile(DUTCH));
    const recording = call.attachments.recorder?.id ?? '';
    const { call: then, effects } = take(call, { type: 'leg.recorder-failed', recording, reason });
    expect(messages(effects)).toMatchObject([{ recording, event: { type: event, reason } }]);
    expect(entries(effects)).toEqual(['recording.failed']);
    expect(then.flow).toEqual(call.flow);
    expect(take(then, { type: 'leg.recorder-failed', recording, reason }).effects).toEqual([]);
  });
});

describe('consent that is withdrawn', () => {
  it('stops the recorder at once, and it stays closed', () => {
    const { call } = wished(onFile(DUTCH));
    const { call: then, effects } = take(call, { type: 'consent.withdrawn', consent: 'CN1' });
    expect(recorders(effects)).toEqual(['off']);
    expect(told(effects)).toEqual(['stopped']);
    expect(recordRefusal(then, NOBODY)).toBe('recording_consent_required');
  });

  it('counts also where it was given in the call', () => {
    const { call } = answers(wished(NOBODY).call, '1');
    const { call: then, effects } = take(call, { type: 'consent.withdrawn', consent: evidenceId(call.id, 1) });
    expect(recorders(effects)).toEqual(['off']);
    expect(recordRefusal(then, onFile(DUTCH))).toBe('recording_consent_required');
  });

  it('by the dialled one stops it, too, and holds for as long as they talk', () => {
    const B = '+31201234568';
    const { call: dialling } = wished(onFile(DUTCH), { inline: documentOf([{ verb: 'dial', number: B }]) });
    const party = { number: B, consent: 'given', evidence: 'CN2' } as const;
    const { call } = upon(dialling, { type: 'dial-leg.ready', leg: dialOf(dialling)?.legs[0]?.id ?? '', party });
    const { call: then, effects } = take(call, { type: 'consent.withdrawn', consent: 'CN2' });
    expect(recorders(effects)).toEqual(['off']);
    expect(recordRefusal(then, onFile(DUTCH))).toBe('recording_consent_required');
  });

  it('by somebody else changes nothing', () => {
    const { call } = wished(onFile(DUTCH));
    expect(take(call, { type: 'consent.withdrawn', consent: 'CN9' }).effects).toEqual([]);
  });
});

describe('a consent on file that expires', () => {
  const EXPIRES = LATER + 60_000;
  const B = '+31201234568';
  const withEnd = (...numbers: string[]): ConsentOnFile => ({
    policies: {},
    onFile: Object.fromEntries(numbers.map((number) => [number, `CN${number.slice(-1)}`])),
    until: Object.fromEntries(numbers.map((number, at) => [`CN${number.slice(-1)}`, EXPIRES + at * 1000])),
  });
  const timers = (effects: Effect[]) =>
    effects.flatMap((it): (number | 'none')[] => {
      if (it.do !== 'timer.set' && it.do !== 'timer.clear') return [];
      if (it.name !== 'consent') return [];
      return [it.do === 'timer.set' ? it.at : 'none'];
    });
  const due: CallEvent = { type: 'timer.consent' };

  it('in mid-recording ends the recording as a withdrawal does, and the call goes on', () => {
    const { call, effects } = wished(withEnd(DUTCH));
    expect(timers(effects)).toEqual([EXPIRES]);
    expect(take(call, due, EXPIRES - 1).effects).toEqual([]);
    const { call: then, effects: ended } = take(call, due, EXPIRES);
    expect(recorders(ended)).toEqual(['off']);
    expect(told(ended)).toEqual(['stopped']);
    expect(timers(ended)).toEqual(['none']);
    expect(then.flow).toEqual(call.flow);
    expect(recordRefusal(then, NOBODY)).toBe('recording_consent_required');
  });

  it('ends the recording before anything else that happens later, should the timer be late', () => {
    const { call } = wished(withEnd(DUTCH));
    expect(recorders(take(call, key('5'), EXPIRES + 9000).effects)).toEqual(['off']);
  });

  it('has no timer while nothing is recorded, but opens no recorder once it has expired', () => {
    const waits = documentOf([
      { verb: 'pause', length: 90 },
      { verb: 'recording', do: 'start' },
      { verb: 'pause', length: 9 },
    ]);
    const live = upon(aCall({ to: DUTCH, inline: waits }), placed, answered).call;
    const known: Call = { ...live, consentOnFile: withEnd(DUTCH) };
    expect(timers(take(known, key('5')).effects)).toEqual([]);
    const late = take(known, { type: 'user.record', order: ORDER, consentOnFile: withEnd(DUTCH) }, EXPIRES);
    expect(late.call.attachments.recorder).toBeUndefined();
  });

  it('ends nothing for who has agreed in the call since', () => {
    const { call } = wished(withEnd(DUTCH), { inline: documentOf([{ verb: 'consent' }, ...inline]) });
    const { call: agreed, effects } = answers(call, '1');
    expect(timers(effects)).toEqual(['none']);
    expect(recorders(take(agreed, due, EXPIRES).effects)).toEqual([]);
  });

  it('of the dialled one ends it, too: the first to expire is waited for', () => {
    const { call: dialling, effects: begun } = wished(withEnd(B, DUTCH), {
      inline: documentOf([{ verb: 'dial', number: B }]),
    });
    expect(timers(begun)).toEqual([EXPIRES + 1000]);
    const party = { number: B, consent: 'on-file', evidence: 'CN8', until: EXPIRES } as const;
    const leg = dialOf(dialling)?.legs[0]?.id ?? '';
    const { call, effects } = upon(dialling, { type: 'dial-leg.ready', leg, party });
    expect(timers(effects)).toEqual([EXPIRES]);
    expect(recorders(take(call, due, EXPIRES).effects)).toEqual(['off']);
  });

  it("of the caller ends the dialled leg's own recording", () => {
    const leg = aCall({ to: B, activity: newDialLeg(aCall().id) });
    const party = { number: DUTCH, consent: 'on-file', evidence: 'CN7', until: EXPIRES } as const;
    const { call: talking } = upon(leg, placed, answered, { type: 'parent.connect', bridge: { id: 'b' }, party });
    const { call, effects } = upon(talking, { type: 'user.record', order: ORDER, consentOnFile: withEnd(DUTCH, B) });
    expect(timers(effects)).toEqual([EXPIRES]);
    expect(recorders(take(call, due, EXPIRES).effects)).toEqual(['off']);
  });
});

it('what was agreed to in a call ends with it, and a call in which nobody was asked has nothing to end', () => {
  const over: CallEvent = { type: 'leg.ended', cause: 'normal' };
  const asked = answers(wished(NOBODY).call, '1').call;
  expect(messages(take(asked, over).effects)).toContainEqual({ to: 'consents', endedAt: LATER });
  expect(messages(take(wished(onFile(DUTCH)).call, over).effects)).not.toContainEqual({
    to: 'consents',
    endedAt: LATER,
  });
});

describe('a recorder that the customer has opened', () => {
  const live = upon(aCall({ to: DUTCH, inline }), placed, answered).call;

  it.each([
    ['before the answer', upon(aCall({ to: DUTCH }), placed).call, onFile(DUTCH), 'call_not_in_progress'],
    ['for who has not agreed', live, NOBODY, 'recording_consent_required'],
    ['for who was not told yet', live, ANNOUNCED, 'recording_consent_required'],
    ['twice', wished(onFile(DUTCH)).call, onFile(DUTCH), 'call_recorded_already'],
    ['for who has agreed', live, onFile(DUTCH), undefined],
  ])('%s is answered as it should be', (_when, call, consentOnFile, refusal) => {
    expect(recordRefusal(call, consentOnFile)).toBe(refusal);
  });

  it('pauses, resumes and stops', () => {
    const { call } = upon(live, { type: 'user.record', order: ORDER, consentOnFile: onFile(DUTCH) });
    const change = (is: 'on' | 'paused' | 'silent' | 'off'): CallEvent => ({ type: 'user.recorder', is });
    const all = upon(call, change('silent'), change('silent'), change('on'), change('paused'), change('off'));
    expect(recorders(all.effects)).toEqual(['silent', 'on', 'paused', 'off']);
    expect(told(all.effects)).toEqual(['paused', 'resumed', 'paused', 'stopped']);
    expect(take(all.call, change('on')).effects).toEqual([]);
  });

  it('closes after its longest time', () => {
    const order = { ...ORDER, maxSeconds: 10 };
    const { call, effects } = upon(live, { type: 'user.record', order, consentOnFile: onFile(DUTCH) });
    expect(effects).toContainEqual({ do: 'timer.set', name: 'record', at: LATER + 10_000 });
    expect(recorders(upon(call, { type: 'timer.record' }).effects)).toEqual(['off']);
  });
});

it('who says no to a later question is not recorded any more', () => {
  const inline = documentOf([{ verb: 'consent' }, { verb: 'pause', length: 9 }]);
  const { call } = wished(onFile(DUTCH), { inline });
  const { effects } = answers(call, '2');
  expect(recorders(effects)).toEqual(['off']);
});

it('whoever has said no is not asked again in this call, and stays unrecorded', () => {
  const verbs = [{ verb: 'consent' }, { verb: 'consent', action: 'https://x.example/a' }, { verb: 'pause', length: 9 }];
  const { call } = upon(aCall({ to: DUTCH, inline: documentOf(verbs) }), placed, answered);
  const { effects } = answers(call, '2');
  expect(said(effects)).toEqual([]);
  expect(asked(effects)).toMatchObject([{ event: 'consent', params: { consent: 'refused' } }]);
});

it('a call in a conference is recorded by the conference, not by itself', () => {
  const inline = documentOf([{ verb: 'conference', name: 'conference' }]);
  const { call, effects } = wished(onFile(DUTCH), { inline });
  expect(recorders(effects)).toEqual(['record', 'paused']);
  const { recorder: _closed, ...attachments } = call.attachments;
  const silent = { ...call, attachments };
  expect(recorders(take(silent, { type: 'user.record', order: ORDER, consentOnFile: onFile(DUTCH) }).effects)).toEqual(
    [],
  );
  expect(recordRefusal(silent, onFile(DUTCH))).toBe('call_in_conference');
});

describe('a recorded call that dials', () => {
  const B = '+31201234568';
  const dials = documentOf([
    { verb: 'dial', number: B },
    { verb: 'pause', length: 9 },
  ]);
  const dialling = wished(onFile(DUTCH), { inline: dials }).call;
  const legOf = (call: Call) => dialOf(call)?.legs[0]?.id ?? '';
  const ready = (call: Call, consent: 'given' | 'none' | 'refused'): CallEvent => ({
    type: 'dial-leg.ready',
    leg: legOf(call),
    party: { number: B, consent, ...(consent === 'given' && { evidence: 'CN2' }) },
  });

  it('has the dialled one asked before both are connected', () => {
    const { effects } = wished(onFile(DUTCH), { inline: dials });
    const [order] = messages(effects).flatMap((word) => ('place' in word ? [word.place] : []));
    expect(order?.recordedUnder).toBe('all_party_opt_in');
  });

  it('is recorded on, under both consents, when the dialled one has agreed', () => {
    const { call, effects } = upon(dialling, ready(dialling, 'given'));
    expect(recorders(effects)).toEqual([]);
    expect(messages(effects)).toContainEqual({
      to: 'recording',
      recording: call.attachments.recorder?.id,
      event: { type: 'covered', at: LATER, consents: ['CN1', 'CN2'] },
    });
  });

  it.each(['none', 'refused'] as const)('pauses before they hear each other when the consent is %s', (consent) => {
    const { call, effects } = upon(dialling, ready(dialling, consent));
    expect(commands(effects).map((it) => (it.do === 'recorder' ? it.is : it.do))).toEqual(['paused', 'join']);
    const apart = upon(call, { type: 'dial-leg.ended', leg: legOf(call), status: 'completed' });
    expect(commands(apart.effects).map((it) => (it.do === 'recorder' ? it.is : it.do))).toEqual(['leave', 'on']);
  });

  it('does not resume what the customer has paused', () => {
    const paused = upon(dialling, { type: 'user.recorder', is: 'paused' }).call;
    const { call } = upon(paused, ready(paused, 'none'));
    const apart = upon(call, { type: 'dial-leg.ended', leg: legOf(call), status: 'completed' });
    expect(recorders(apart.effects)).toEqual([]);
    expect(apart.call.attachments.recorder).toMatchObject({ wanted: 'paused', suspended: false });
  });

  it('looks up all three when it is to be recorded while they talk', () => {
    const talking = upon(aCall({ to: DUTCH, inline: dials }), placed, answered).call;
    const { call } = upon(talking, ready(talking, 'none'));
    expect(numbersOn(call)).toEqual([DUTCH, '+31851234567', B]);
    expect(recordRefusal(call, onFile(DUTCH))).toBe('recording_consent_required');
    expect(recordRefusal(call, { ...NOBODY, onFile: { [DUTCH]: 'CN1', [B]: 'CN2' } })).toBeUndefined();
  });
});

describe('dial with record', () => {
  const B = '+31201234568';
  const dials = documentOf([
    { verb: 'dial', number: B, record: 'record-from-answer-dual', action: 'https://x.example/a' },
  ]);
  const begun = upon(aCall({ to: DUTCH, inline: dials }), placed, answered);

  it('asks the caller first, then dials', () => {
    expect(messages(begun.effects)).toEqual([{ to: 'consents', lookUp: [DUTCH] }]);
    const { call } = upon(begun.call, found(NOBODY));
    expect(dialOf(call)).toBeUndefined();
    expect(dialOf(answers(call, '1').call)).toBeDefined();
  });

  it('records both while they talk, and says which recording it was', () => {
    const { call } = upon(begun.call, found(onFile(DUTCH)));
    const leg = dialOf(call)?.legs[0]?.id ?? '';
    const party = { number: B, consent: 'given', evidence: 'CN2' } as const;
    const { call: talking, effects } = upon(call, { type: 'dial-leg.ready', leg, party });
    expect(commands(effects)).toMatchObject([{ do: 'join' }, { do: 'record', order: { channels: 2 } }]);
    expect(talking.attachments.recorder?.consents).toEqual(['CN1', 'CN2']);
    const { effects: over } = upon(talking, { type: 'dial-leg.ended', leg, status: 'completed' });
    expect(commands(over).map((it) => (it.do === 'recorder' ? it.is : it.do))).toEqual(['off', 'leave']);
    expect(asked(over)).toMatchObject([{ params: { recording_id: talking.attachments.recorder?.id } }]);
  });

  it('connects both unrecorded when one refuses', () => {
    const { call } = upon(begun.call, found(NOBODY));
    const refused = answers(call, '2').call;
    const leg = dialOf(refused)?.legs[0]?.id ?? '';
    const { effects } = upon(refused, { type: 'dial-leg.ready', leg, party: { number: B, consent: 'given' } });
    expect(commands(effects)).toMatchObject([{ do: 'join' }]);
    expect(entries(effects)).toContain('recording.refused');
  });
});

describe('a dialled call whose line is recorded', () => {
  const PARENT = `CA${'0'.repeat(32)}`;
  const facts = {
    to: DUTCH,
    parentId: PARENT,
    activity: newDialLeg(PARENT, 'announce'),
  } satisfies Partial<Call>;
  const asked = () => upon(aCall(facts), placed, answered, found(NOBODY)).call;
  const readiness = (effects: Effect[]) => messages(effects).filter(({ to }) => to === 'parent');

  it.each([
    ['1', 'given'],
    ['2', 'refused'],
  ])('tells what was pressed (%s) when it is ready: %s', (digit, consent) => {
    const call = asked();
    const party = { number: DUTCH, consent, evidence: evidenceId(call.id, 1) };
    expect(readiness(answers(call, digit).effects)).toMatchObject([{ event: { type: 'dial-leg.ready', party } }]);
  });

  it('is not asked when its consent is on file', () => {
    const { effects } = upon(aCall(facts), placed, answered, found(onFile(DUTCH)));
    expect(said(effects)).toEqual([]);
    expect(readiness(effects)).toMatchObject([{ event: { party: { consent: 'on-file', evidence: 'CN1' } } }]);
  });

  it('is asked, whatever its own country says, when the strictest policy holds for the other side', () => {
    const activity = newDialLeg(PARENT, 'all_party_opt_in');
    const { call } = upon(aCall({ ...facts, activity }), placed, answered, found(ANNOUNCED));
    expect(call.pendingNotice?.is).toBe('asking');
  });
});

describe('the verb record', () => {
  const message = (attributes: object = {}) =>
    upon(
      aCall({ to: DUTCH, inline: documentOf([{ verb: 'record', action: 'https://x.example/a', ...attributes }]) }),
      placed,
      answered,
    ).call;

  it('beeps, then records, and tells its action what it was', () => {
    const beeping = upon(message(), found(onFile(DUTCH)));
    expect(said(beeping.effects)).toEqual([{ tune: 'enter', times: 1 }]);
    expect(recorders(beeping.effects)).toEqual([]);
    const speaking = upon(beeping.call, heard(beeping.call));
    const recording = speaking.call.attachments.recorder?.id;
    const order = { source: 'record-verb', channels: 1, silence: 5, trim: true };
    expect(commands(speaking.effects)).toContainEqual({ do: 'record', recording, order });
    const over = upon(speaking.call, key('#'));
    expect(recorders(over.effects)).toEqual(['off']);
    expect(asked(over.effects)).toMatchObject([
      { event: 'record', params: { recording: 'completed', recording_id: recording, digits: '#' } },
    ]);
  });

  it.each<[string, CallEvent]>([
    ['silence', { type: 'leg.recorder-silent', recording: '' }],
    ['its longest time', { type: 'timer.verb' }],
  ])('ends with %s', (_why, event) => {
    const { call } = upon(message({ playBeep: false }), found(onFile(DUTCH)));
    const over = upon(
      call,
      'recording' in event ? { ...event, recording: call.attachments.recorder?.id ?? '' } : event,
    );
    expect(recorders(over.effects)).toEqual(['off']);
    expect(asked(over.effects)).toMatchObject([{ params: { recording: 'completed' } }]);
  });

  it('fails in a call that is recorded already, and leaves that recording alone', () => {
    const inline = documentOf([{ verb: 'record', playBeep: false, action: 'https://x.example/a' }]);
    const { call: recorded } = wished(onFile(DUTCH), { inline });
    const { call, effects } = upon(recorded, found(onFile(DUTCH)));
    expect(asked(effects)).toMatchObject([{ params: { recording: 'failed' } }]);
    expect(recorders(effects)).toEqual([]);
    expect(call.attachments.recorder).toBeDefined();
  });

  it('goes on through keys that do not end it', () => {
    const { call } = upon(message({ playBeep: false, finishOnKey: '#' }), found(onFile(DUTCH)));
    expect(recorders(upon(call, key('1'), key('2')).effects)).toEqual([]);
    expect(recorders(upon(call, key('1'), key('#')).effects)).toEqual(['off']);
  });

  it('asks for consent, and tells its action of a refusal', () => {
    const { call } = upon(message(), found(NOBODY));
    const { effects } = answers(call, '2');
    expect(asked(effects)).toMatchObject([{ event: 'record', params: { recording: 'refused' } }]);
    expect(recorders(effects)).toEqual([]);
  });

  it('tells its action when the recorder breaks', () => {
    const { call } = upon(message({ playBeep: false }), found(onFile(DUTCH)));
    const recording = call.attachments.recorder?.id ?? '';
    const { effects } = upon(call, { type: 'leg.recorder-failed', recording, reason: 'recorder-broke' });
    expect(asked(effects)).toMatchObject([{ params: { recording: 'failed', recording_id: recording } }]);
  });

  it('goes on at once when the customer stops the recording', () => {
    const { call } = upon(message({ playBeep: false }), found(onFile(DUTCH)));
    const { effects } = upon(call, { type: 'user.recorder', is: 'off' });
    const recording = call.attachments.recorder?.id;
    expect(recorders(effects)).toEqual(['off']);
    expect(asked(effects)).toMatchObject([{ params: { recording: 'completed', recording_id: recording } }]);
  });

  it('goes on at once when the consent is withdrawn, and names no recording, which may be deleted', () => {
    const { call } = upon(message({ playBeep: false }), found(onFile(DUTCH)));
    const { effects } = upon(call, { type: 'consent.withdrawn', consent: 'CN1' });
    expect(recorders(effects)).toEqual(['off']);
    expect(asked(effects).map(({ params }) => params)).toEqual([{ recording: 'failed' }]);
  });
});

describe('the verb recording', () => {
  it('records beside the verbs that follow, until it is stopped', () => {
    const document = documentOf([
      { verb: 'recording', do: 'start', channels: 'dual' },
      { verb: 'say', text: 'Een.' },
      { verb: 'recording', do: 'pause', pauseBehavior: 'skip' },
      { verb: 'say', text: 'Twee.' },
      { verb: 'recording', do: 'resume' },
      { verb: 'recording', do: 'stop' },
      { verb: 'pause', length: 9 },
    ]);
    const started = upon(aCall({ to: DUTCH, inline: document }), placed, answered, found(onFile(DUTCH)));
    expect(recorders(started.effects)).toEqual(['record']);
    const paused = upon(started.call, heard(started.call));
    expect(recorders(paused.effects)).toEqual(['paused']);
    expect(recorders(upon(paused.call, heard(paused.call)).effects)).toEqual(['on', 'off']);
  });

  it('goes on with the next verb when the party refuses', () => {
    const document = documentOf([
      { verb: 'recording', do: 'start' },
      { verb: 'pause', length: 9 },
    ]);
    const { call } = upon(aCall({ to: DUTCH, inline: document }), placed, answered, found(NOBODY));
    const { call: then, effects } = answers(call, '3');
    expect(recorders(effects)).toEqual([]);
    expect(then.flow).toMatchObject({ is: 'running', position: { index: 1 } });
  });
});

/** What happens on the line is known from the commands alone: no recorder hears where somebody has not agreed. */
it('whatever happens, no recorder hears a line on which somebody has not agreed', () => {
  const B = '+31201234568';
  const document = documentOf([
    { verb: 'recording', do: 'start' },
    { verb: 'dial', number: B, record: true },
    { verb: 'conference', name: 'conference' },
    { verb: 'consent' },
    { verb: 'pause', length: 9 },
  ]);
  const events = fc.constantFrom<(call: Call) => CallEvent>(
    () => found(NOBODY),
    () => found(onFile(DUTCH)),
    () => key('1'),
    () => key('2'),
    heard,
    () => ({ type: 'timer.verb' }),
    () => ({ type: 'consent.withdrawn', consent: 'CN1' }),
    (call) => ({ type: 'consent.withdrawn', consent: evidenceId(call.id, 1) }),
    () => ({ type: 'user.record', order: ORDER, consentOnFile: NOBODY }),
    () => ({ type: 'user.record', order: ORDER, consentOnFile: onFile(DUTCH) }),
    () => ({ type: 'user.recorder', is: 'on' }),
    () => ({ type: 'user.recorder', is: 'paused' }),
    (call) => ({
      type: 'dial-leg.ready',
      leg: dialOf(call)?.legs[0]?.id ?? '',
      party: { number: B, consent: 'given', evidence: 'CN2' },
    }),
    (call) => ({
      type: 'dial-leg.ready',
      leg: dialOf(call)?.legs[0]?.id ?? '',
      party: { number: B, consent: 'none' },
    }),
    (call) => ({ type: 'dial-leg.ended', leg: dialOf(call)?.legs[0]?.id ?? '', status: 'completed' }),
  );
  fc.assert(
    fc.property(fc.array(events, { maxLength: 40 }), fc.boolean(), (happenings, isWished) => {
      let call = upon(
        aCall({ to: DUTCH, inline: document, ...(isWished && { recordOnAnswer: ORDER }) }),
        placed,
        answered,
      ).call;
      const line = { recorder: 'off', connected: false };
      for (const happening of happenings) {
        const before = call;
        const step = take(call, happening(call));
        call = step.call;
        for (const it of commands(step.effects)) {
          if (it.do === 'record') line.recorder = 'on';
          if (it.do === 'recorder') line.recorder = it.is;
          if (it.do === 'join') line.connected = true;
          if (it.do === 'leave') line.connected = false;
          const partner = dialOf(call)?.partner ?? dialOf(before)?.partner;
          const isPartnerIn = line.connected && partner?.consent !== 'given';
          if (line.recorder === 'on' && isPartnerIn) throw new Error('somebody is heard who has not agreed');
        }
        const isCovered = call.consent?.is === 'given' || call.consentOnFile?.onFile[DUTCH] !== undefined;
        if (
          line.recorder === 'on' &&
          (!isCovered || call.consent?.is === 'refused' || call.activity?.kind === 'conference')
        ) {
          throw new Error('the party is heard and has not agreed');
        }
      }
    }),
    { numRuns: 2000 },
  );
});
