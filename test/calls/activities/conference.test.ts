import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/calls/call.ts';
import type { CallEvent, Effect } from '../../../src/calls/effects.ts';
import { transition } from '../../../src/calls/machine.ts';
import { interruptActivity } from '../../../src/calls/run-activity.ts';
import type { ConferenceMessage, Placement, RemovalReason } from '../../../src/contracts/conference.ts';
import { aCall, NOW } from '../../support/call.ts';
import { documentOf } from '../../support/flow.ts';

const LATER = NOW + 1000;
const CONFERENCE = `CF${'0'.repeat(32)}`;
const MUSIC = [{ tune: 'waiting', times: 1000 }];
const bridge = { id: `${CONFERENCE}-1`, home: 'gw-1' };
const joined: Placement = { is: 'joined', bridge, muted: false, talking: false };

const take = (call: Call, event: CallEvent, now = LATER) => transition(call, event, now);
const upon = (call: Call, ...events: CallEvent[]) => events.reduce((it, event) => take(it, event).call, call);
const commands = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'command' ? [it.instruction] : []));
const messages = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'send' ? [it.message] : []));
const asked = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'fetch' ? [it.request] : []));

let n = 0;
const said = (message: Partial<ConferenceMessage>, stay = 1): CallEvent => ({
  type: 'conference.message',
  message: { conference: CONFERENCE, stay, n: ++n, ...message } as ConferenceMessage,
});
const placed = (placement: Placement) => said({ type: 'conference.place', placement });
const out = (reason: RemovalReason) => said({ type: 'conference.remove', reason });

const enters = (attributes: object, ...rest: object[]) => {
  const inline = documentOf([{ verb: 'conference', name: 'standup', ...attributes }, ...rest]);
  return take(upon(aCall({ inline }), { type: 'call.placed' }), { type: 'leg.answered', gateway: 'gw-1' });
};

describe('a call that enters a conference', () => {
  const { call, effects } = enters({
    participantLabel: 'anna',
    muted: true,
    beep: 'onEnter',
    endConferenceOnExit: true,
  });

  it('tells the conference how it wants to take part', () => {
    expect(messages(effects)).toMatchObject([
      {
        to: 'conference',
        event: {
          type: 'participant.entered',
          stay: 1,
          entry: {
            name: 'standup',
            label: 'anna',
            muted: true,
            beep: 'enter',
            startOnEnter: true,
            endOnExit: true,
            gateway: 'gw-1',
          },
        },
      },
    ]);
  });

  it('hears music while it waits', () => {
    expect(commands(take(call, placed({ is: 'waiting' })).effects)).toMatchObject([{ do: 'play', prompts: MUSIC }]);
  });

  it('joins when the conference says so, and changes how it takes part', () => {
    const inside = take(upon(call, placed({ is: 'waiting' })), placed(joined));
    expect(commands(inside.effects)).toEqual([{ do: 'join', bridge, muted: false, talking: false }]);
    const muted = take(inside.call, placed({ ...joined, muted: true }));
    expect(commands(muted.effects)).toEqual([{ do: 'join', bridge, muted: true, talking: false }]);
  });

  it('leaves while it is held, hears music, and comes back', () => {
    const held = take(upon(call, placed(joined)), placed({ is: 'held' }));
    expect(commands(held.effects)).toMatchObject([{ do: 'leave' }, { do: 'play', prompts: MUSIC }]);
    expect(commands(take(held.call, placed(joined)).effects)).toMatchObject([{ do: 'join' }]);
  });

  it('ignores a message that comes twice, and one from another conference of its life', () => {
    const message = placed(joined);
    const inside = upon(call, message);
    expect(take(inside, message)).toEqual({ call: inside, effects: [] });
    expect(take(call, said({ type: 'conference.place', placement: joined }, 7)).effects).toEqual([]);
  });

  it('tells the conference when it ends', () => {
    const over = take(upon(call, placed(joined)), { type: 'leg.ended', cause: 'normal' });
    expect(messages(over.effects)).toMatchObject([
      { to: 'conference', event: { type: 'participant.left', stay: 1, callStatus: 'completed' } },
    ]);
  });

  it('tells the conference when it speaks', () => {
    const heard = take(upon(call, placed(joined)), { type: 'leg.talking', talking: true });
    expect(messages(heard.effects)).toMatchObject([{ event: { type: 'participant.talking', talking: true } }]);
  });
});

describe('a call that has left its conference', () => {
  it.each<[RemovalReason, string]>([
    ['conference_ended', 'answered'],
    ['kicked', 'answered'],
  ])('asks its action, after %s', (reason, status) => {
    const { call } = enters({ action: 'https://x.example/after' });
    const { effects } = take(
      upon(call, { type: 'conference.found', stay: 1, conference: CONFERENCE }, placed(joined)),
      out(reason),
    );
    expect(commands(effects)).toEqual([{ do: 'leave' }]);
    expect(asked(effects)).toMatchObject([
      { event: 'conference', params: { dial_call_status: status, reason, conference_id: CONFERENCE } },
    ]);
    expect(messages(effects)).toEqual([]);
  });

  it('goes on with the next verb without an action, also when it was full', () => {
    const { call } = enters({}, { verb: 'say', text: 'Vol' });
    expect(commands(take(call, out('conference_full')).effects)).toMatchObject([
      { do: 'play', prompts: [{ say: 'Vol' }] },
    ]);
  });

  it('tells its action that it never was in', () => {
    const { call } = enters({ action: 'https://x.example/after' });
    expect(asked(take(call, out('conference_full')).effects)).toMatchObject([
      { params: { dial_call_status: 'failed', reason: 'conference_full' } },
    ]);
  });

  it('stops the music', () => {
    const { call } = enters({ action: 'https://x.example/after' });
    const waiting = take(call, placed({ is: 'waiting' }));
    const [music] = commands(waiting.effects);
    expect(commands(take(waiting.call, out('conference_ended')).effects)).toEqual([
      { do: 'stop', playback: (music as { playback: string }).playback },
    ]);
  });

  it('leaves by itself when its time is up, and says so', () => {
    const { call } = enters({ timeLimit: 60, action: 'https://x.example/after' });
    const { effects } = take(upon(call, placed(joined)), { type: 'timer.activity' });
    expect(messages(effects)).toMatchObject([{ event: { type: 'participant.left' } }]);
    expect(commands(effects)).toEqual([{ do: 'leave' }]);
    expect(asked(effects)).toHaveLength(1);
  });

  it('leaves when the network takes it out of the bridge', () => {
    const { call } = enters({ action: 'https://x.example/after' });
    const { effects } = take(upon(call, placed(joined)), { type: 'leg.left', bridge: bridge.id });
    expect(messages(effects)).toMatchObject([{ event: { type: 'participant.left' } }]);
    expect(asked(effects)).toHaveLength(1);
  });
});

describe('a wait document', () => {
  const { call } = enters({ waitUrl: 'https://x.example/wait' });
  const waiting = take(call, placed({ is: 'waiting' }));
  const loaded = (...verbs: object[]): CallEvent => ({
    type: 'flow.loaded',
    request: 1,
    verbs: documentOf(verbs),
    url: 'https://x.example/wait',
  });

  it('is asked for and heard instead of music', () => {
    expect(asked(waiting.effects)).toMatchObject([{ event: 'wait', url: 'https://x.example/wait' }]);
    expect(commands(waiting.effects)).toEqual([]);
    const heard = take(waiting.call, loaded({ verb: 'say', text: 'Een ogenblik' }));
    expect(commands(heard.effects)).toMatchObject([{ do: 'play', prompts: [{ say: 'Een ogenblik' }] }]);
  });

  const ends = (playing: Call, now: number) =>
    take(playing, { type: 'leg.playback-ended', playback: `${call.id}-1` }, now);

  it('is asked for again when it was heard, for as long as the call waits', () => {
    const playing = upon(waiting.call, loaded({ verb: 'say', text: 'Een ogenblik' }));
    const again = ends(playing, LATER + 1500);
    expect(asked(again.effects)).toMatchObject([{ number: 2, event: 'wait', url: 'https://x.example/wait' }]);
    expect(asked(ends(upon(playing, placed(joined)), LATER + 1500).effects)).toEqual([]);
  });

  it.each([
    ['has no verb', loaded()],
    ['is over at once', loaded({ verb: 'play', url: 'https://x.example/empty.wav' })],
  ])('that %s is asked for again after ten seconds of silence', (_what, document) => {
    const heard = upon(waiting.call, document);
    const { call: resting, effects } =
      document.type === 'flow.loaded' && heard.playbacks > 0 ? ends(heard, LATER + 20) : take(waiting.call, document);
    expect(asked(effects)).toEqual([]);
    const [rest] = effects.filter((effect) => effect.do === 'timer.set');
    expect(rest).toMatchObject({ name: 'verb' });
    expect((rest?.at ?? 0) - LATER).toBeGreaterThanOrEqual(10_000);
    expect(asked(take(resting, { type: 'timer.verb' }, rest?.at).effects)).toMatchObject([{ event: 'wait' }]);
  });

  it('loops by a redirect to itself', () => {
    expect(asked(take(waiting.call, loaded({ verb: 'redirect' })).effects)).toMatchObject([
      { url: 'https://x.example/wait' },
    ]);
  });

  it('gives way to music when it cannot be had, or does what it must not', () => {
    const problem = { code: 'flow_timeout', detail: 'No answer.' } as const;
    for (const event of [{ type: 'flow.failed', request: 1, problem } as const, loaded({ verb: 'hangup' })]) {
      expect(commands(take(waiting.call, event).effects)).toMatchObject([{ do: 'play', prompts: MUSIC }]);
    }
  });

  it('that comes after the conference has begun is not heard', () => {
    expect(take(upon(waiting.call, placed(joined)), loaded({ verb: 'say', text: 'Laat' })).effects).toEqual([]);
  });

  it('may be silence', () => {
    const silent = enters({ waitUrl: '' });
    expect(commands(take(silent.call, placed({ is: 'waiting' })).effects)).toEqual([]);
  });
});

describe('an announcement to one participant', () => {
  const { call } = enters({});
  const announce = said({
    type: 'conference.announce',
    announcement: 'a1',
    prompts: [{ say: 'Nog vijf minuten', language: 'nl', times: 1 }],
  });

  it('is heard in the conference, and its end is told', () => {
    const inside = upon(call, placed(joined));
    const announcing = take(inside, said({ ...(announce as { message: ConferenceMessage }).message, n: ++n }));
    const [play] = commands(announcing.effects) as { playback: string }[];
    const over = take(announcing.call, { type: 'leg.playback-ended', playback: play?.playback ?? '' });
    expect(messages(over.effects)).toMatchObject([{ event: { type: 'participant.announced', announcement: 'a1' } }]);
    expect(commands(over.effects)).toEqual([]);
  });

  it('takes the place of the music, which then begins again', () => {
    const waiting = upon(call, placed({ is: 'waiting' }));
    const announcing = take(waiting, said({ ...(announce as { message: ConferenceMessage }).message, n: ++n }));
    const [play] = commands(announcing.effects) as { playback: string }[];
    const over = take(announcing.call, { type: 'leg.playback-ended', playback: play?.playback ?? '' });
    expect(commands(over.effects)).toMatchObject([{ do: 'play', prompts: MUSIC }]);
  });
});

describe('an announcement to one participant that is not heard to its end', () => {
  const prompts = [{ say: 'Nog vijf minuten', language: 'nl', times: 1 }];
  const announce = (announcement: string): CallEvent => said({ type: 'conference.announce', announcement, prompts });
  const { call } = enters({});
  const inside = upon(call, placed(joined), announce('a1'));
  const ends = [{ event: { type: 'participant.announced', announcement: 'a1' } }];

  it('goes on while it is muted', () => {
    const muted = take(inside, placed({ ...joined, muted: true }));
    expect(messages(muted.effects)).toEqual([]);
    const over = take(muted.call, { type: 'leg.playback-ended', playback: `${call.id}-1` });
    expect(messages(over.effects)).toMatchObject(ends);
  });

  it('is over when it is put on hold, when it joins, and when another one comes', () => {
    expect(messages(take(inside, placed({ is: 'held' })).effects)).toMatchObject(ends);
    const waiting = upon(call, placed({ is: 'waiting' }), announce('a1'));
    expect(messages(take(waiting, placed(joined)).effects)).toMatchObject(ends);
    expect(messages(take(inside, announce('a2')).effects)).toMatchObject(ends);
  });
});

describe('a call in a conference that is recorded', () => {
  const inside = upon(enters({}).call, placed(joined));
  const NUMBER = '+493023125000';
  const ask = () => said({ type: 'conference.ask-consent', policy: 'announce' });
  const found = (onFile: Record<string, string> = {}): CallEvent => ({
    type: 'consent.looked-up',
    consentOnFile: { policies: {}, onFile },
  });
  const heard = ({ flow }: Call): CallEvent => ({
    type: 'leg.playback-ended',
    playback: flow?.is === 'running' ? (flow.position.playback ?? '') : '',
  });
  const answers = (effects: Effect[]) =>
    messages(effects).flatMap((message) =>
      message.to === 'conference' && message.event.type === 'participant.answered' ? [message.event] : [],
    );

  it('tells what is on file without a word to the party', () => {
    const { effects } = take(upon(inside, ask()), found({ [NUMBER]: 'CN1' }));
    expect(commands(effects)).toEqual([]);
    expect(answers(effects)).toMatchObject([
      { stay: 1, partyConsent: { policy: 'all_party_opt_in', consent: 'on-file' }, evidence: 'CN1', keep: 'P30D' },
    ]);
  });

  it.each([
    ['1', 'given'],
    ['9', 'refused'],
  ])('asks over the conference, and tells the conference of the key %s: %s', (digit, consent) => {
    const asking = take(upon(inside, ask()), found());
    expect(commands(asking.effects)).toMatchObject([{ do: 'play', prompts: [{ language: 'nl-NL' }] }]);
    const { call, effects } = take(upon(asking.call, heard(asking.call)), { type: 'leg.digit', digit });
    expect(answers(effects)).toMatchObject([{ partyConsent: { consent } }]);
    expect(call).toMatchObject({ status: 'in-progress', activity: { kind: 'conference', stay: 1 } });
  });

  it('says that it could not answer when it is moved meanwhile, and can be asked again', () => {
    const asking = upon(inside, ask(), found());
    const held = take(asking, placed({ is: 'held' }));
    expect(answers(held.effects)).toMatchObject([{ partyConsent: { consent: 'none' } }]);
    expect(commands(take(upon(held.call, placed(joined), ask()), found()).effects)).toMatchObject([{ do: 'play' }]);
  });

  it('hears an announcement once it has answered, not before', () => {
    const asking = upon(inside, ask(), found());
    const waiting = take(asking, said({ type: 'conference.announce', announcement: 'a', prompts: [{ pause: 1 }] }));
    expect(commands(waiting.effects)).toEqual([]);
    const { effects } = take(upon(waiting.call, heard(asking)), { type: 'leg.digit', digit: '1' });
    expect(commands(effects)).toMatchObject([{ do: 'play', prompts: [{ pause: 1 }] }]);
  });

  it('is not held to the policy of the conference once it has left', () => {
    const left = upon(
      inside,
      said({ type: 'conference.ask-consent', policy: 'all_party_opt_in' }),
      found(),
      out('kicked'),
    );
    expect(left.activity).toBeUndefined();
    expect(left.pendingNotice).toBeUndefined();
  });
});

describe('a call in a conference that is to do something else', () => {
  it('leaves, and the conference and the timeline hear of it', () => {
    const { call, effects } = interruptActivity(upon(enters({}).call, placed(joined)), LATER);
    expect(messages(effects)).toMatchObject([{ event: { type: 'participant.left', callStatus: 'in-progress' } }]);
    expect(commands(effects)).toEqual([{ do: 'leave' }]);
    expect(effects).toContainEqual({ do: 'log', entry: { type: 'conference.left', reason: 'left' } });
    expect(call.activity).toBeUndefined();
  });

  it('does not hear the music any more', () => {
    const waiting = take(enters({}).call, placed({ is: 'waiting' }));
    const [music] = commands(waiting.effects) as { playback: string }[];
    const { effects } = interruptActivity(waiting.call, LATER);
    expect(commands(effects)).toEqual([{ do: 'stop', playback: music?.playback }]);
  });
});
