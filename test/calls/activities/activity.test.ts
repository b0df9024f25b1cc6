import { afterAll, describe, expect, it } from 'vitest';
import type { Activity } from '../../../src/calls/activities/activity.ts';
import { activities } from '../../../src/calls/activities/index.ts';
import type { ActivityState, Call } from '../../../src/calls/call.ts';
import { type CallEvent, type Effect, send } from '../../../src/calls/effects.ts';
import { transition } from '../../../src/calls/machine.ts';
import { defineVerb, next, type Verb, type VerbStep } from '../../../src/flow/verb.ts';
import { verbs } from '../../../src/flow/verbs/index.ts';
import { aCall, NOW } from '../../support/call.ts';
import { documentOf } from '../../support/flow.ts';

/**
 * A new activity: its call does nothing until the party presses a key. It is all in this file, with a line in the registry
 * of activities; the verb that begins it has a file and a line of its own, as any verb.
 */

interface KeyWait extends ActivityState {
  kind: 'key-wait';
  key: string;
}

const WATCHER = `CF${'0'.repeat(32)}`;
const pressed = (call: Call, talking: boolean): Effect =>
  send({
    to: 'conference',
    conference: WATCHER,
    event: { call: call.id, stay: 0, type: 'participant.talking', talking, at: NOW },
  });

const keyWait: Activity<KeyWait, { key: string }> = {
  kind: 'key-wait',
  begin: (call, { key }, position) => ({
    call: { ...call, activity: { kind: 'key-wait', key, position } as KeyWait },
    effects: [{ do: 'timer.set', name: 'activity', at: NOW + 60_000 }],
  }),
  on: {
    'leg.digit': ({ activity, ...call }, { key, position }, { digit }) =>
      digit === key && position
        ? {
            call,
            effects: [pressed(call as Call, true)],
            next: { do: 'resume-verb', position, params: { key } },
          }
        : undefined,
    'timer.activity': (call) => ({ call, effects: [], next: { do: 'hang-up', status: 'completed', reason: 'hangup' } }),
  },
  interrupt: ({ activity: _over, ...call }) => ({
    call,
    effects: [
      { do: 'command', instruction: { do: 'leave' } },
      { do: 'log', entry: { type: 'key-wait.interrupted' } },
      pressed(call, false),
    ],
  }),
  verbs: ['pause'],
};

const waitForKey = defineVerb({
  name: 'key-wait',
  summary: 'Waits for a key.',
  attributes: {},
  // A verb of the product would have a line for its order in contracts/orders.ts.
  start: () => ({ do: 'begin', activity: 'key-wait', order: { key: '5' } }) as unknown as VerbStep,
  on: { 'activity.ended': () => next() },
});

/** The registries have a line more while this file is tested. */
const LINES: [unknown, unknown][] = [
  [activities, keyWait],
  [verbs, waitForKey],
];
for (const [registry, line] of LINES) (registry as unknown[]).push(line);
afterAll(() => {
  for (const [registry] of LINES) (registry as unknown[]).pop();
});

const take = (call: Call, event: CallEvent) => transition(call, event, NOW);
const DOCUMENT: Verb[] = [{ verb: 'key-wait' }, ...documentOf([{ verb: 'say', text: 'Dank u' }])];
const waiting = take(take(aCall({ inline: DOCUMENT }), { type: 'call.placed' }).call, { type: 'leg.answered' }).call;
const sent = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'send' ? [it.message] : []));
const commands = (effects: Effect[]) => effects.flatMap((it) => (it.do === 'command' ? [it.instruction] : []));

describe('an activity that is written in one file', () => {
  it('begins as its verb orders, while the document waits', () => {
    expect(waiting.activity).toMatchObject({ kind: 'key-wait', key: '5' });
    expect(waiting.flow).toBeUndefined();
  });

  it('gets the events of the call, and lets the next verb run when it is over', () => {
    expect(take(waiting, { type: 'leg.digit', digit: '4' })).toEqual({ call: waiting, effects: [] });
    const { call, effects } = take(waiting, { type: 'leg.digit', digit: '5' });
    expect(call.activity).toBeUndefined();
    expect(commands(effects)).toMatchObject([{ do: 'play', prompts: [{ say: 'Dank u' }] }]);
  });

  it('ignores the events of other activities', () => {
    const released = take(waiting, { type: 'parent.release' });
    expect(released).toEqual({ call: waiting, effects: [] });
  });

  it('has its own timer, and can end the call', () => {
    const { call, effects } = take(waiting, { type: 'timer.activity' });
    expect(call.status).toBe('completed');
    expect(commands(effects)).toEqual([{ do: 'hangup' }]);
  });

  it.each<CallEvent>([{ type: 'user.hangup' }, { type: 'timer.limit' }, { type: 'leg.ended', cause: 'normal' }])(
    'is interrupted by $type: others hear of it, and nothing is asked of a leg that is gone',
    (event) => {
      const { call, effects } = take(waiting, event);
      expect(call).not.toHaveProperty('activity');
      expect(sent(effects)).toMatchObject([{ to: 'conference', event: { talking: false } }]);
      expect(commands(effects).filter((it) => it.do === 'leave')).toEqual([]);
      expect(effects).not.toContainEqual({ do: 'log', entry: { type: 'key-wait.interrupted' } });
    },
  );

  it('decides which verbs its call may hear meanwhile', () => {
    const request = { number: 1, event: 'wait', url: 'https://x.example/w', params: {} };
    const fetching: Call = { ...waiting, requests: 1, flow: { is: 'fetching', request } };
    const loaded = (verb: string): CallEvent => ({
      type: 'flow.loaded',
      request: 1,
      verbs: documentOf([{ verb }]),
      url: request.url,
    });
    expect(take(fetching, loaded('pause')).call.flow?.is).toBe('running');
    const failed = { type: 'flow.failed', request: 1, code: 'flow_invalid', detail: expect.any(String) };
    expect(take(fetching, loaded('hangup')).effects).toContainEqual({ do: 'log', entry: failed });
  });
});

it('every file of activities/ that defines one is in the registry, and kinds are names of their own', () => {
  const files = Object.values(
    import.meta.glob<string>('../../../src/calls/activities/*.ts', { query: '?raw', import: 'default', eager: true }),
  );
  const defined = files.filter((text) => /: Activity<\w+(, \w+)?> = \{/.test(text)).length;
  const kinds = activities.map(({ kind }) => kind);
  expect(kinds).toHaveLength(defined + 1);
  expect(new Set(kinds).size).toBe(kinds.length);
});
