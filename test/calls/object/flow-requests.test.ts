import { expect, it } from 'vitest';
import type { FlowRequest } from '../../../src/calls/call.ts';
import { flowFetched } from '../../../src/calls/object/flow-requests.ts';
import { type CallState, newState } from '../../../src/calls/object/state.ts';
import { startClock } from '../../../src/lib/clock.ts';
import { aCall, NOW } from '../../support/call.ts';

const FILE = 'https://x.example/a.mp3';

/** What the call is asked to play when this request is answered with a sound. */
const playedFor = (event: string) => {
  const request: FlowRequest = { number: 1, event, url: FILE, params: {} };
  const call = {
    ...aCall(),
    status: 'in-progress' as const,
    answeredAt: NOW,
    flow: { is: 'fetching' as const, request },
  };
  const state: CallState = newState(call, startClock(NOW, 1));
  const verbs = [{ verb: 'play', url: FILE, loop: 1 }];
  return flowFetched(
    state,
    request,
    { milliseconds: 1, verbs, ignored: [], warnings: [], url: FILE, isSound: true },
    NOW,
  ).commands.messages;
};

it('a sound that answers a flow request is played once', () => {
  expect(playedFor('answered')).toMatchObject([{ do: 'play', prompts: [{ play: FILE, times: 1 }] }]);
});

it.each(['wait', 'hold'])('a sound that answers the event %s is played for as long as it takes', (event) => {
  expect(playedFor(event)).toMatchObject([{ do: 'play', prompts: [{ play: FILE, times: 1000 }] }]);
});
