import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Conference, newConference } from '../../../src/conferences/conference.ts';
import type { ConferenceEffect, ConferenceEvent } from '../../../src/conferences/effects.ts';
import { transition } from '../../../src/conferences/machine.ts';
import type { ConferenceMessage } from '../../../src/contracts/conference.ts';
import type { PartyConsent } from '../../../src/contracts/consent.ts';
import type { RecordingOrder } from '../../../src/contracts/recording.ts';
import { isId } from '../../../src/lib/ids.ts';
import { enters as entersWith } from '../../support/conference.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');
const ORDER: RecordingOrder = { source: 'conference', channels: 1, statusCallback: 'https://hook.example/r' };
const call = (n: number) => `CA${String(n).padStart(32, '0')}`;
const [ANNA, BEN, CARL, DORA] = [call(1), call(2), call(3), call(4)];

const conference = (facts: Partial<Conference> = {}): Conference => ({
  ...newConference({
    id: `CF${'0'.repeat(31)}1`,
    accountId: 'AC00000000000070008000000000000001',
    mode: 'test',
    secrets: [],
    maxParticipants: 10,
    record: ORDER,
  }),
  ...facts,
});

const enters = (who: string, stay = 1) => entersWith(who, { beep: 'none' }, stay);
const leaves = (who: string, stay = 1): ConferenceEvent => ({
  type: 'participant.left',
  call: who,
  stay,
  callStatus: 'completed',
  at: NOW,
});
const answers = (
  who: string,
  consent: PartyConsent['consent'] = 'given',
  policy: PartyConsent['policy'] = 'all_party_opt_in',
): ConferenceEvent => ({
  type: 'participant.answered',
  call: who,
  stay: 1,
  partyConsent: { policy, consent },
  ...(consent === 'given' && { evidence: `CN-${who.slice(-1)}` }),
});

const upon = (from: Conference, ...events: ConferenceEvent[]) =>
  events.reduce(
    (step, event) => {
      const next = transition(step.conference, event, NOW);
      return { conference: next.conference, effects: [...step.effects, ...next.effects] };
    },
    { conference: from, effects: [] as ConferenceEffect[] },
  );
const recorders = (effects: ConferenceEffect[]) =>
  effects.flatMap((it) => {
    if (it.do !== 'command') return [];
    const { instruction } = it;
    return instruction.do === 'record' ? ['record'] : instruction.do === 'recorder' ? [instruction.is] : [];
  });
const told = (effects: ConferenceEffect[]) =>
  effects.flatMap((it) =>
    it.do === 'tell-recording' ? ['begin' in it.message ? 'begin' : it.message.event.type] : [],
  );
const said = (effects: ConferenceEffect[], to: string): ConferenceMessage[] =>
  effects.flatMap((it) => (it.do === 'send' && it.call === to ? [it.message] : []));
const kinds = (effects: ConferenceEffect[], to: string) =>
  said(effects, to).map((it) => (it.type === 'conference.place' ? it.placement.is : it.type));
const paused = ({ recorder }: Conference): ConferenceEvent => ({
  type: 'recorder.paused',
  recording: recorder?.id ?? '',
});

const TWO = upon(conference(), enters(ANNA), enters(BEN));
const RECORDED = upon(TWO.conference, answers(ANNA), answers(BEN));

describe('a conference that is to be recorded', () => {
  it('asks both as soon as they hear each other, and records nothing before', () => {
    expect(kinds(TWO.effects, ANNA)).toEqual(['waiting', 'joined', 'conference.ask-consent']);
    expect(kinds(TWO.effects, BEN)).toEqual(['joined', 'conference.ask-consent']);
    expect(recorders(TWO.effects)).toEqual([]);
  });

  it('is recorded on its bridge when the last of them has agreed', () => {
    expect(recorders(upon(TWO.conference, answers(ANNA)).effects)).toEqual([]);
    const { recorder, id } = RECORDED.conference;
    expect(isId('RE', recorder?.id ?? '')).toBe(true);
    expect(RECORDED.effects).toContainEqual({
      do: 'command',
      bridge: `${id}-1`,
      instruction: { do: 'record', recording: recorder?.id, order: ORDER },
    });
    expect(RECORDED.effects).toContainEqual({
      do: 'tell-recording',
      message: {
        begin: expect.objectContaining({ conferenceId: id, consents: ['CN-1', 'CN-2'], source: 'conference' }),
      },
    });
  });

  it('has its silent ends cut off where that is wished', () => {
    const order = { ...ORDER, trim: true } as const;
    const wished = conference({ record: order });
    const { effects } = upon(wished, enters(ANNA), enters(BEN), answers(ANNA), answers(BEN));
    expect(effects).toContainEqual(
      expect.objectContaining({ do: 'command', instruction: expect.objectContaining({ do: 'record', order }) }),
    );
  });

  it('stays unrecorded while one who has refused is there, and is recorded when they have left', () => {
    const three = upon(TWO.conference, enters(CARL), answers(ANNA), answers(BEN), answers(CARL, 'refused'));
    expect(recorders(three.effects)).toEqual([]);
    expect(recorders(upon(three.conference, leaves(CARL)).effects)).toEqual(['record']);
  });

  it('asks in the words of the customer', () => {
    const { effects } = upon(conference({ notice: 'Toets 1.' }), enters(ANNA), enters(BEN));
    expect(said(effects, BEN).at(-1)).toMatchObject({ type: 'conference.ask-consent', notice: 'Toets 1.' });
  });

  it('asks again who was interrupted, and nobody twice', () => {
    const { effects } = upon(TWO.conference, answers(ANNA, 'none'), { type: 'recorder.paused', recording: 'RE' });
    expect(kinds(effects, ANNA)).toEqual(['conference.ask-consent']);
    expect(kinds(effects, BEN)).toEqual([]);
  });

  it('asks those who were only told, once somebody comes for whom that is not enough', () => {
    const announced = upon(
      TWO.conference,
      answers(ANNA, 'announced', 'announce'),
      answers(BEN, 'announced', 'announce'),
    );
    expect(recorders(announced.effects)).toEqual(['record']);
    const late = upon(announced.conference, enters(CARL));
    const inside = upon(late.conference, paused(late.conference), answers(CARL, 'given', 'all_party_opt_in'));
    expect(kinds(inside.effects, ANNA)).toContain('conference.ask-consent');
    expect(recorders(inside.effects)).toEqual([]);
  });
});

describe('who comes late to a recorded conference', () => {
  const late = upon(RECORDED.conference, enters(CARL));

  it('pauses the recording, and is let in only when the network has paused it', () => {
    expect(recorders(late.effects)).toEqual(['paused']);
    expect(told(late.effects)).toEqual(['paused']);
    expect(kinds(late.effects, CARL)).toEqual(['waiting']);
    const { effects } = upon(late.conference, paused(late.conference));
    expect(kinds(effects, CARL)).toEqual(['joined', 'conference.ask-consent']);
  });

  it('waits also when somebody else waits already', () => {
    const both = upon(late.conference, enters(DORA));
    expect(kinds(both.effects, DORA)).toEqual(['waiting']);
    expect(kinds(upon(both.conference, paused(both.conference)).effects, DORA)).toEqual([
      'joined',
      'conference.ask-consent',
    ]);
  });

  it('is recorded with the others from the answer on', () => {
    const { effects } = upon(late.conference, paused(late.conference), answers(CARL));
    expect(recorders(effects)).toEqual(['on']);
    expect(told(effects)).toEqual(['covered', 'resumed']);
  });

  it('keeps it paused by a refusal, for as long as they stay', () => {
    const refused = upon(late.conference, paused(late.conference), answers(CARL, 'refused'));
    expect(recorders(refused.effects)).toEqual([]);
    expect(recorders(upon(refused.conference, leaves(CARL)).effects)).toEqual(['on']);
  });

  it('who left before the network answered changes nothing', () => {
    const gone = upon(late.conference, leaves(CARL));
    expect(recorders(upon(gone.conference, paused(gone.conference)).effects)).toEqual(['on']);
  });
});

describe('a recorder of a conference', () => {
  it('has closed with the bridge, and the recording is told', () => {
    expect(told(upon(RECORDED.conference, leaves(ANNA), leaves(BEN)).effects)).toEqual(['stopped']);
    expect(told(upon(RECORDED.conference, { type: 'user.end' }).effects)).toEqual(['stopped']);
  });

  it('that breaks is told, and not opened again', () => {
    const recording = RECORDED.conference.recorder?.id ?? '';
    const failed = upon(RECORDED.conference, { type: 'recorder.failed', recording, reason: 'recorder-refused' });
    expect(told(failed.effects)).toEqual(['failed']);
    expect(recorders(upon(failed.conference, enters(CARL), leaves(CARL)).effects)).toEqual([]);
  });

  it('closes at once when somebody withdraws, and opens anew without them', () => {
    const withdrawn = upon(RECORDED.conference, { type: 'consent.withdrawn', consent: 'CN-2' });
    expect(recorders(withdrawn.effects)).toEqual(['off']);
    expect(told(withdrawn.effects)).toEqual(['stopped']);
    const third = upon(withdrawn.conference, enters(CARL), answers(CARL), leaves(BEN));
    expect(recorders(third.effects)).toEqual(['record']);
    expect(third.conference.recorder?.consents).toEqual(['CN-1', 'CN-3']);
  });
});

describe('a consent on file that expires in a recorded conference', () => {
  const EXPIRES = NOW + 60_000;
  const onFile = (who: string): ConferenceEvent => ({
    type: 'participant.answered',
    call: who,
    stay: 1,
    partyConsent: { policy: 'all_party_opt_in', consent: 'on-file', until: EXPIRES },
    evidence: `CN-${who.slice(-1)}`,
  });
  const { conference: recorded, effects } = upon(TWO.conference, answers(ANNA), onFile(BEN));

  it('ends the recording as a withdrawal does, and it goes on without them', () => {
    expect(effects).toContainEqual({ do: 'timer.set', name: 'consent', at: EXPIRES });
    expect(transition(recorded, { type: 'timer.consent' }, EXPIRES - 1).effects).toEqual([]);
    const ended = transition(recorded, { type: 'timer.consent' }, EXPIRES);
    expect(recorders(ended.effects)).toEqual(['off']);
    expect(told(ended.effects)).toEqual(['stopped']);
    expect(ended.effects).toContainEqual({ do: 'timer.clear', name: 'consent' });
    const without = upon(ended.conference, enters(CARL), answers(CARL), leaves(BEN));
    expect(recorders(without.effects)).toEqual(['record']);
  });

  it('ends it before anything else that happens later', () => {
    const later = transition(recorded, { type: 'timer.sound' }, EXPIRES + 9000);
    expect(recorders(later.effects)).toEqual(['off']);
  });
});

describe('a recording of a conference that the customer works', () => {
  const work = (is: 'on' | 'paused' | 'silent' | 'off'): ConferenceEvent => ({
    type: 'user.recorder',
    recording: RECORDED.conference.recorder?.id ?? '',
    is,
  });

  it('pauses, is silent, goes on and stops, and is not begun again', () => {
    const all = upon(RECORDED.conference, work('paused'), work('silent'), work('silent'), work('on'), work('off'));
    expect(recorders(all.effects)).toEqual(['paused', 'silent', 'on', 'off']);
    expect(told(all.effects)).toEqual(['paused', 'resumed', 'stopped']);
    expect(recorders(upon(all.conference, enters(CARL), answers(CARL)).effects)).toEqual([]);
  });

  it('does not go on by itself when somebody has come and agreed', () => {
    const silenced = upon(RECORDED.conference, work('silent')).conference;
    const late = upon(silenced, enters(CARL));
    expect(recorders(late.effects)).toEqual(['paused']);
    const agreed = upon(late.conference, paused(late.conference), answers(CARL));
    expect(recorders(agreed.effects)).toEqual(['silent']);
    expect(recorders(upon(agreed.conference, work('on')).effects)).toEqual(['on']);
  });

  it('that is wanted again waits for who has not agreed', () => {
    const late = upon(RECORDED.conference, work('paused'), enters(CARL));
    const inside = upon(late.conference, paused(late.conference), work('on'));
    expect(recorders(inside.effects)).toEqual([]);
    expect(recorders(upon(inside.conference, answers(CARL)).effects)).toEqual(['on']);
  });
});

it('a conference that nobody wants recorded asks nobody', () => {
  const { record: _none, ...plain } = conference();
  const { effects } = upon(plain, enters(ANNA), enters(BEN));
  expect(kinds(effects, BEN)).toEqual(['joined']);
});

it('whatever happens, no recorder hears a bridge on which somebody has not agreed', () => {
  const who = fc.constantFrom(ANNA, BEN, CARL, DORA);
  const consent = fc.constantFrom<PartyConsent['consent']>('given', 'refused', 'announced', 'on-file', 'none');
  const policy = fc.constantFrom<PartyConsent['policy']>('all_party_opt_in', 'announce');
  const happening = fc.oneof(
    who.map((it) => () => enters(it)),
    who.map((it) => () => leaves(it)),
    fc.tuple(who, consent, policy).map(
      ([it, given, strict]) =>
        () =>
          answers(it, given, strict),
    ),
    fc.tuple(who, fc.boolean()).map(
      ([it, hold]) =>
        (): ConferenceEvent => ({ type: 'user.change', call: it, change: { hold } }),
    ),
    who.map((it) => (): ConferenceEvent => ({ type: 'consent.withdrawn', consent: `CN-${it.slice(-1)}` })),
    fc.constant(paused),
    fc.constantFrom('on', 'paused', 'silent', 'off').map(
      (is) =>
        ({ recorder }: Conference): ConferenceEvent => ({
          type: 'user.recorder',
          recording: recorder?.id ?? '',
          is: is as 'on',
        }),
    ),
  );
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      let now = conference();
      const inside = new Set<string>();
      for (const next of happenings) {
        const event = next(now);
        // It is heard until the network says that it is not.
        const wasHeard = now.recorder !== undefined && now.recorder.is !== 'paused' && event.type !== 'recorder.paused';
        const step = transition(now, event, NOW);
        now = step.conference;
        for (const effect of step.effects) {
          if (effect.do !== 'send') continue;
          const { message } = effect;
          if (message.type === 'conference.remove') inside.delete(effect.call);
          if (message.type !== 'conference.place') continue;
          if (message.placement.is !== 'joined') inside.delete(effect.call);
          else if (!inside.has(effect.call)) {
            inside.add(effect.call);
            const newcomer = now.participants.find((it) => it.call === effect.call);
            const isCovered =
              newcomer?.partyConsent &&
              newcomer.partyConsent.consent !== 'refused' &&
              newcomer.partyConsent.consent !== 'none';
            if (wasHeard && now.recorder && !isCovered)
              throw new Error('somebody came in before the recorder was paused');
          }
        }
        if (now.recorder?.is !== 'on') continue;
        const strict = now.participants.some((it) => inside.has(it.call) && it.partyConsent?.policy !== 'announce');
        for (const it of now.participants.filter(({ call: id }) => inside.has(id))) {
          const given = it.partyConsent?.consent;
          const enough = given === 'given' || given === 'on-file' || (given === 'announced' && !strict);
          if (!enough) throw new Error('somebody is heard who has not agreed');
        }
      }
    }),
    { numRuns: 3000 },
  );
});
