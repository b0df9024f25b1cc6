import { expect, it } from 'vitest';
import { nextCommand, newState as stateOfCall } from '../../src/calls/object/state.ts';
import { nextCommand as nextOfConference } from '../../src/conferences/object/state.ts';
import type { Instruction } from '../../src/contracts/carrier.ts';
import { withAccount } from '../../src/contracts/prompt-account.ts';
import { startClock } from '../../src/lib/clock.ts';
import { emptyLane } from '../../src/lib/outbox.ts';
import { aCall, NOW } from '../support/call.ts';

const SAY = { say: 'Hallo', language: 'nl-NL', times: 1 };
const FILE = { play: 'https://x.example/a.wav', times: 2 };
const PLAY: Instruction = { do: 'play', playback: 'p1', prompts: [SAY, FILE, { tune: 'enter', times: 1 }] };
const played = (account: string) => ({ ...PLAY, prompts: [SAY, { ...FILE, account }, { tune: 'enter', times: 1 }] });

it('the files that an instruction plays are those of an account, and nothing else is', () => {
  expect(withAccount(PLAY, 'AC1')).toEqual(played('AC1'));
  const others: Instruction[] = [{ do: 'answer' }, { do: 'stop', playback: 'p1' }, { do: 'ring' }];
  for (const other of others) expect(withAccount(other, 'AC1')).toEqual(other);
});

it('every command of a call, and of a conference, says so', () => {
  const call = aCall({ accountId: 'AC7' });
  const commands = { messages: [PLAY], failures: 0 };
  const ofCall = {
    ...stateOfCall(call, startClock(NOW, 1)),
    commands: { ...emptyLane<Instruction>(), messages: [PLAY] },
  };
  expect(nextCommand(ofCall, NOW).instructions).toEqual([played('AC7')]);
  const ofConference = { conference: { accountId: 'AC8' }, bridge: 'CF1-1', commands, commanded: 0 };
  expect(nextOfConference(ofConference as unknown as Parameters<typeof nextOfConference>[0], NOW)).toMatchObject({
    instructions: [played('AC8')],
  });
});
