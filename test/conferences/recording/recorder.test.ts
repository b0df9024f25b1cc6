import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newRoom, type Room } from '../../../src/conferences/conference.ts';
import type { Effect, RoomEvent } from '../../../src/conferences/effects.ts';
import { transition } from '../../../src/conferences/machine.ts';
import type { Stance } from '../../../src/consents/policy.ts';
import type { RoomMessage } from '../../../src/contracts/conference.ts';
import type { RecordOrder } from '../../../src/contracts/recording-order.ts';
import { isId } from '../../../src/lib/ids.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');
const ORDER: RecordOrder = { source: 'conference', channels: 1, statusCallback: 'https://hook.example/r' };
const call = (n: number) => `CA${String(n).padStart(32, '0')}`;
const [ANNA, BEN, CARL, DORA] = [call(1), call(2), call(3), call(4)];

const room = (facts: Partial<Room> = {}): Room => ({
  ...newRoom({
    id: `CF${'0'.repeat(31)}1`,
    accountId: 'AC00000000000070008000000000000001',
    mode: 'test',
    secrets: [],
    maxParticipants: 10,
    record: ORDER,
  }),
  ...facts,
});

const entry = { muted: false, beep: 'none', startOnEnter: true, endOnExit: false } as const;
const enters = (who: string, visit = 1): RoomEvent => ({
  type: 'participant.entered',
  call: who,
  visit,
  entry,
  at: NOW,
});
const leaves = (who: string, visit = 1): RoomEvent => ({
  type: 'participant.left',
  call: who,
  visit,
  callStatus: 'completed',
  at: NOW,
});
const answers = (
  who: string,
  consent: Stance['consent'] = 'given',
  policy: Stance['policy'] = 'all_party_opt_in',
): RoomEvent => ({
  type: 'participant.answered',
  call: who,
  visit: 1,
  stance: { policy, consent },
  ...(consent === 'given' && { evidence: `CN-${who.slice(-1)}` }),
});

const upon = (from: Room, ...events: RoomEvent[]) =>
  events.reduce(
    (step, event) => {
      const next = transition(step.room, event, NOW);
      return { room: next.room, effects: [...step.effects, ...next.effects] };
    },
    { room: from, effects: [] as Effect[] },
  );
const recorders = (effects: Effect[]) =>
  effects.flatMap((it) => {
    if (it.do !== 'command') return [];
    const { instruction } = it;
    return instruction.do === 'record' ? ['record'] : instruction.do === 'recorder' ? [instruction.is] : [];
  });
const told = (effects: Effect[]) =>
  effects.flatMap((it) => (it.do === 'record' ? ['begin' in it.word ? 'begin' : it.word.event.type] : []));
const said = (effects: Effect[], to: string): RoomMessage[] =>
  effects.flatMap((it) => (it.do === 'say' && it.call === to ? [it.message] : []));
const kinds = (effects: Effect[], to: string) =>
  said(effects, to).map((it) => (it.type === 'room.place' ? it.place.is : it.type));
const paused = ({ recorder }: Room): RoomEvent => ({ type: 'recorder.paused', recording: recorder?.id ?? '' });

const TWO = upon(room(), enters(ANNA), enters(BEN));
const RECORDED = upon(TWO.room, answers(ANNA), answers(BEN));

describe('a room that is to be recorded', () => {
  it('asks both as soon as they hear each other, and records nothing before', () => {
    expect(kinds(TWO.effects, ANNA)).toEqual(['waiting', 'meeting', 'room.ask']);
    expect(kinds(TWO.effects, BEN)).toEqual(['meeting', 'room.ask']);
    expect(recorders(TWO.effects)).toEqual([]);
  });

  it('is recorded on its bridge when the last of them has agreed', () => {
    expect(recorders(upon(TWO.room, answers(ANNA)).effects)).toEqual([]);
    const { recorder, id } = RECORDED.room;
    expect(isId('RE', recorder?.id ?? '')).toBe(true);
    expect(RECORDED.effects).toContainEqual({
      do: 'command',
      bridge: `${id}-1`,
      instruction: { do: 'record', recording: recorder?.id, channels: 1 },
    });
    expect(RECORDED.effects).toContainEqual({
      do: 'record',
      word: { begin: expect.objectContaining({ conferenceId: id, consents: ['CN-1', 'CN-2'], source: 'conference' }) },
    });
  });

  it('has its silent ends cut off where that is wished', () => {
    const wished = room({ record: { ...ORDER, trim: true } });
    const { effects } = upon(wished, enters(ANNA), enters(BEN), answers(ANNA), answers(BEN));
    expect(effects).toContainEqual(
      expect.objectContaining({ do: 'command', instruction: expect.objectContaining({ do: 'record', trim: true }) }),
    );
  });

  it('stays unrecorded while one who has refused is there, and is recorded when they have left', () => {
    const three = upon(TWO.room, enters(CARL), answers(ANNA), answers(BEN), answers(CARL, 'refused'));
    expect(recorders(three.effects)).toEqual([]);
    expect(recorders(upon(three.room, leaves(CARL)).effects)).toEqual(['record']);
  });

  it('asks in the words of the customer', () => {
    const { effects } = upon(room({ notice: 'Toets 1.' }), enters(ANNA), enters(BEN));
    expect(said(effects, BEN).at(-1)).toMatchObject({ type: 'room.ask', notice: 'Toets 1.' });
  });

  it('asks again who was interrupted, and nobody twice', () => {
    const { effects } = upon(TWO.room, answers(ANNA, 'none'), { type: 'recorder.paused', recording: 'RE' });
    expect(kinds(effects, ANNA)).toEqual(['room.ask']);
    expect(kinds(effects, BEN)).toEqual([]);
  });

  it('asks those who were only told, once somebody comes for whom that is not enough', () => {
    const announced = upon(TWO.room, answers(ANNA, 'announced', 'announce'), answers(BEN, 'announced', 'announce'));
    expect(recorders(announced.effects)).toEqual(['record']);
    const late = upon(announced.room, enters(CARL));
    const inside = upon(late.room, paused(late.room), answers(CARL, 'given', 'all_party_opt_in'));
    expect(kinds(inside.effects, ANNA)).toContain('room.ask');
    expect(recorders(inside.effects)).toEqual([]);
  });
});

describe('who comes late to a recorded room', () => {
  const late = upon(RECORDED.room, enters(CARL));

  it('pauses the recording, and is let in only when the network has paused it', () => {
    expect(recorders(late.effects)).toEqual(['paused']);
    expect(told(late.effects)).toEqual(['paused']);
    expect(kinds(late.effects, CARL)).toEqual(['waiting']);
    const { effects } = upon(late.room, paused(late.room));
    expect(kinds(effects, CARL)).toEqual(['meeting', 'room.ask']);
  });

  it('waits also when somebody else waits already', () => {
    const both = upon(late.room, enters(DORA));
    expect(kinds(both.effects, DORA)).toEqual(['waiting']);
    expect(kinds(upon(both.room, paused(both.room)).effects, DORA)).toEqual(['meeting', 'room.ask']);
  });

  it('is recorded with the others from the answer on', () => {
    const { effects } = upon(late.room, paused(late.room), answers(CARL));
    expect(recorders(effects)).toEqual(['on']);
    expect(told(effects)).toEqual(['covered', 'resumed']);
  });

  it('keeps it paused by a refusal, for as long as they stay', () => {
    const refused = upon(late.room, paused(late.room), answers(CARL, 'refused'));
    expect(recorders(refused.effects)).toEqual([]);
    expect(recorders(upon(refused.room, leaves(CARL)).effects)).toEqual(['on']);
  });

  it('who left before the network answered changes nothing', () => {
    const gone = upon(late.room, leaves(CARL));
    expect(recorders(upon(gone.room, paused(gone.room)).effects)).toEqual(['on']);
  });
});

describe('a recorder of a room', () => {
  it('has closed with the bridge, and the recording is told', () => {
    expect(told(upon(RECORDED.room, leaves(ANNA), leaves(BEN)).effects)).toEqual(['stopped']);
    expect(told(upon(RECORDED.room, { type: 'user.end' }).effects)).toEqual(['stopped']);
  });

  it('that breaks is told, and not opened again', () => {
    const recording = RECORDED.room.recorder?.id ?? '';
    const failed = upon(RECORDED.room, { type: 'recorder.failed', recording, reason: 'recorder-refused' });
    expect(told(failed.effects)).toEqual(['failed']);
    expect(recorders(upon(failed.room, enters(CARL), leaves(CARL)).effects)).toEqual([]);
  });

  it('closes at once when somebody withdraws, and opens anew without them', () => {
    const withdrawn = upon(RECORDED.room, { type: 'consent.withdrawn', consent: 'CN-2' });
    expect(recorders(withdrawn.effects)).toEqual(['off']);
    expect(told(withdrawn.effects)).toEqual(['stopped']);
    const third = upon(withdrawn.room, enters(CARL), answers(CARL), leaves(BEN));
    expect(recorders(third.effects)).toEqual(['record']);
    expect(third.room.recorder?.consents).toEqual(['CN-1', 'CN-3']);
  });
});

describe('a recording of a room that the customer works', () => {
  const work = (is: 'on' | 'paused' | 'silent' | 'off'): RoomEvent => ({
    type: 'user.recorder',
    recording: RECORDED.room.recorder?.id ?? '',
    is,
  });

  it('pauses, is silent, goes on and stops, and is not begun again', () => {
    const all = upon(RECORDED.room, work('paused'), work('silent'), work('silent'), work('on'), work('off'));
    expect(recorders(all.effects)).toEqual(['paused', 'silent', 'on', 'off']);
    expect(told(all.effects)).toEqual(['paused', 'resumed', 'stopped']);
    expect(recorders(upon(all.room, enters(CARL), answers(CARL)).effects)).toEqual([]);
  });

  it('does not go on by itself when somebody has come and agreed', () => {
    const silenced = upon(RECORDED.room, work('silent')).room;
    const late = upon(silenced, enters(CARL));
    expect(recorders(late.effects)).toEqual(['paused']);
    const agreed = upon(late.room, paused(late.room), answers(CARL));
    expect(recorders(agreed.effects)).toEqual(['silent']);
    expect(recorders(upon(agreed.room, work('on')).effects)).toEqual(['on']);
  });

  it('that is wanted again waits for who has not agreed', () => {
    const late = upon(RECORDED.room, work('paused'), enters(CARL));
    const inside = upon(late.room, paused(late.room), work('on'));
    expect(recorders(inside.effects)).toEqual([]);
    expect(recorders(upon(inside.room, answers(CARL)).effects)).toEqual(['on']);
  });
});

it('a room that nobody wants recorded asks nobody', () => {
  const { record: _none, ...plain } = room();
  const { effects } = upon(plain, enters(ANNA), enters(BEN));
  expect(kinds(effects, BEN)).toEqual(['meeting']);
});

it('whatever happens, no recorder hears a bridge on which somebody has not agreed', () => {
  const who = fc.constantFrom(ANNA, BEN, CARL, DORA);
  const consent = fc.constantFrom<Stance['consent']>('given', 'refused', 'announced', 'on-file', 'none');
  const policy = fc.constantFrom<Stance['policy']>('all_party_opt_in', 'announce');
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
        (): RoomEvent => ({ type: 'user.change', call: it, change: { hold } }),
    ),
    who.map((it) => (): RoomEvent => ({ type: 'consent.withdrawn', consent: `CN-${it.slice(-1)}` })),
    fc.constant(paused),
    fc.constantFrom('on', 'paused', 'silent', 'off').map(
      (is) =>
        ({ recorder }: Room): RoomEvent => ({ type: 'user.recorder', recording: recorder?.id ?? '', is: is as 'on' }),
    ),
  );
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      let now = room();
      const inside = new Set<string>();
      for (const next of happenings) {
        const event = next(now);
        // It is heard until the network says that it is not.
        const wasHeard = now.recorder !== undefined && now.recorder.is !== 'paused' && event.type !== 'recorder.paused';
        const step = transition(now, event, NOW);
        now = step.room;
        for (const effect of step.effects) {
          if (effect.do !== 'say') continue;
          const { message } = effect;
          if (message.type === 'room.out') inside.delete(effect.call);
          if (message.type !== 'room.place') continue;
          if (message.place.is !== 'meeting') inside.delete(effect.call);
          else if (!inside.has(effect.call)) {
            inside.add(effect.call);
            const newcomer = now.participants.find((it) => it.call === effect.call);
            const isCovered =
              newcomer?.stance && newcomer.stance.consent !== 'refused' && newcomer.stance.consent !== 'none';
            if (wasHeard && now.recorder && !isCovered)
              throw new Error('somebody came in before the recorder was paused');
          }
        }
        if (now.recorder?.is !== 'on') continue;
        const strict = now.participants.some((it) => inside.has(it.call) && it.stance?.policy !== 'announce');
        for (const it of now.participants.filter(({ call: id }) => inside.has(id))) {
          const given = it.stance?.consent;
          const enough = given === 'given' || given === 'on-file' || (given === 'announced' && !strict);
          if (!enough) throw new Error('somebody is heard who has not agreed');
        }
      }
    }),
    { numRuns: 3000 },
  );
});
