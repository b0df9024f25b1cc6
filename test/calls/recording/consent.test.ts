import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/calls/call.ts';
import type { CallEvent, Effect } from '../../../src/calls/effects.ts';
import { transition } from '../../../src/calls/machine.ts';
import { evidenceId } from '../../../src/consents/consent.ts';
import { consentNotice, recordingNotice } from '../../../src/consents/notices.ts';
import type { ConsentOnFile } from '../../../src/contracts/consent.ts';
import { aCall, NOW } from '../../support/call.ts';
import { documentOf } from '../../support/flow.ts';

const LATER = NOW + 1000;
const DUTCH = '+31201234567';
const NOBODY: ConsentOnFile = { policies: {}, onFile: {} };
const ANNOUNCED: ConsentOnFile = { policies: { NL: 'announce' }, onFile: {} };
const ASK = consentNotice('nl-NL', '1').text;
const TELL = recordingNotice('nl-NL').text;

interface Told {
  call: Call;
  effects: Effect[];
}
const upon = (call: Call, ...events: (CallEvent | 'prompt ends' | 'prompt fails')[]): Told =>
  events.reduce<Told>(
    (step, event) => {
      const next = transition(step.call, typeof event === 'string' ? ended(step.call, event) : event, LATER);
      return { call: next.call, effects: [...step.effects, ...next.effects] };
    },
    { call, effects: [] },
  );
const ended = ({ flow }: Call, how: string): CallEvent => ({
  type: 'leg.playback-ended',
  playback: flow?.is === 'running' ? (flow.position.playback ?? '') : '',
  ...(how === 'prompt fails' && { unheard: true }),
});
const found = (consentOnFile: ConsentOnFile): CallEvent => ({ type: 'consent.looked-up', consentOnFile });
const instructions = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'command' ? [it.instruction] : []));
const said = ({ effects }: Told) =>
  instructions(effects).flatMap((it) =>
    it.do === 'play' ? it.prompts.map((prompt) => ('say' in prompt ? prompt.say : '')) : [],
  );
const isRecording = ({ call }: Told) => call.attachments.recorder !== undefined;
const evidence = ({ effects }: Told) =>
  effects.flatMap((it) => (it.do === 'send' && 'answer' in it.message ? [it.message.answer] : []));
const logged = ({ effects }: Told, type: string) =>
  effects.flatMap((it) => (it.do === 'log' && it.entry.type === type ? [it.entry] : []));

const inline = documentOf([{ verb: 'pause', length: 60 }]);
const recorded = (consentOnFile: ConsentOnFile, facts: Partial<Call> = {}) =>
  upon(
    aCall({ to: DUTCH, inline, recordOnAnswer: { source: 'outbound-api', channels: 2 }, ...facts }),
    { type: 'call.placed' },
    { type: 'leg.answered' },
    found(consentOnFile),
  );
const key = (digit: string): CallEvent => ({ type: 'leg.digit', digit });

describe('an announcement that was not heard to its end', () => {
  const { call } = recorded(ANNOUNCED);

  it('is played once more, and counts when that was heard', () => {
    const again = upon(call, 'prompt fails');
    expect(said(again)).toEqual([TELL]);
    expect(isRecording(again)).toBe(false);
    const heard = upon(again.call, 'prompt ends');
    expect(isRecording(heard)).toBe(true);
    expect(evidence(heard)).toMatchObject([{ announced: true, notice: TELL, question: 1 }]);
  });

  it('tells nobody anything when that fails, too: the call goes on unrecorded, and the timeline and the evidence say why', () => {
    const failed = upon(call, 'prompt fails', 'prompt fails');
    expect(isRecording(failed)).toBe(false);
    expect(failed.call.flow).toMatchObject({ is: 'running', position: { document: inline } });
    expect(failed.call.pendingNotice).toBeUndefined();
    expect(evidence(failed)).toEqual([
      { granted: false, unheard: true, notice: TELL, language: 'nl-NL', question: 1, at: LATER },
    ]);
    expect(logged(failed, 'consent.answered')).toEqual([
      { type: 'consent.answered', granted: false, reason: 'notice-not-heard' },
    ]);
    expect(failed.call.consent).toEqual({ is: 'refused', evidence: evidenceId(call.id, 1) });
  });
});

describe('a question that was not heard to its end', () => {
  const { call } = recorded(NOBODY);

  it('is asked once more, and can be answered then', () => {
    const again = upon(call, 'prompt fails');
    expect(said(again)).toEqual([ASK]);
    expect(isRecording(upon(again.call, 'prompt ends', key('1')))).toBe(true);
  });

  it('is not answered by a key: nobody has agreed, and the timeline and the evidence say why', () => {
    const failed = upon(call, key('1'), 'prompt fails', key('1'), 'prompt fails', key('1'));
    expect(isRecording(failed)).toBe(false);
    expect(evidence(failed)).toMatchObject([{ granted: false, unheard: true, notice: ASK }]);
    expect(logged(failed, 'consent.answered')).toMatchObject([{ granted: false, reason: 'notice-not-heard' }]);
    expect(logged(failed, 'recording.refused')).toHaveLength(1);
  });
});

describe('the notice', () => {
  const own = 'Mogen we opnemen? Toets 1.';
  const recordVerb = { verb: 'record', action: 'https://x.example/a' };
  const atRecord = (facts: Partial<Call>, consentOnFile: ConsentOnFile, ...before: object[]) =>
    upon(
      aCall({ to: DUTCH, inline: documentOf([...before, recordVerb]), ...facts }),
      { type: 'call.placed' },
      { type: 'leg.answered' },
      ...before.map(() => 'prompt ends' as const),
      found(consentOnFile),
    );
  const french = { verb: 'say', text: 'Bonjour', language: 'fr-FR' };

  it('is in the language of the flow so far, not in that of the call', () => {
    expect(said(atRecord({}, NOBODY, french)).at(-1)).toBe(consentNotice('fr-FR', '1').text);
    expect(said(atRecord({}, ANNOUNCED, french)).at(-1)).toBe(recordingNotice('fr-FR').text);
    expect(said(atRecord({}, NOBODY)).at(-1)).toBe(ASK);
  });

  it('stays in that language in the documents that follow', () => {
    const flow = documentOf([french, { verb: 'redirect', url: 'https://x.example/next' }]);
    const asking = upon(
      aCall({ to: DUTCH, inline: flow }),
      { type: 'call.placed' },
      { type: 'leg.answered' },
      'prompt ends',
      { type: 'flow.loaded', request: 1, verbs: documentOf([{ verb: 'consent' }]), url: 'https://x.example/next' },
    );
    expect(said(asking).at(-1)).toBe(consentNotice('fr-FR', '1').text);
  });

  it("is in the customer's words where the flow is in the language they are a notice in, and else in ours", () => {
    expect(said(atRecord({ notice: own }, NOBODY)).at(-1)).toBe(own);
    expect(said(atRecord({ notice: own }, ANNOUNCED)).at(-1)).toBe(own);
    expect(said(atRecord({ notice: own }, NOBODY, french)).at(-1)).toBe(consentNotice('fr-FR', '1').text);
    expect(said(atRecord({ notice: '1' }, NOBODY)).at(-1)).toBe(ASK);
  });
});

it('a document whose words do not ask for consent fails as any other, and nothing of it runs', () => {
  const waiting = upon(
    aCall({ to: DUTCH, url: 'https://x.example/flow' }),
    { type: 'call.placed' },
    { type: 'leg.answered' },
  ).call;
  const verbs = documentOf([
    { verb: 'say', text: 'Dag' },
    { verb: 'consent', text: 'x', key: '7' },
  ]);
  const loaded = upon(waiting, { type: 'flow.loaded', request: 1, verbs, url: 'https://x.example/flow' });
  expect(logged(loaded, 'flow.failed')).toMatchObject([
    { code: 'flow_invalid', detail: 'Verb 2 (consent), text: must say that it is about recording.' },
  ]);
  expect(said(loaded)).not.toContain('Dag');
  expect(evidence(loaded)).toEqual([]);
});
