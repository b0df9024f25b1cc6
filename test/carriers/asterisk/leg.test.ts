import { describe, expect, it } from 'vitest';
import { applyCommand, type GatewayLeg, newGatewayLeg, newLegFor } from '../../../src/carriers/asterisk/leg.ts';
import type { Instruction } from '../../../src/contracts/carrier.ts';
import { newId } from '../../../src/lib/ids.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');
const ID = newId('CA', NOW);
const RE = newId('RE', NOW);
const leg = (change: Partial<GatewayLeg> = {}): GatewayLeg => ({ ...newGatewayLeg(ID, NOW), status: 'up', ...change });
const command = (first: number, ...instructions: Instruction[]) => ({ leg: ID, first, at: NOW, instructions });
const play: Instruction = { do: 'play', playback: 'p1', prompts: [{ pause: 1 }] };
const record: Instruction = { do: 'record', recording: RE, order: { source: 'start-verb', channels: 1 } };
const recorder = (is: 'on' | 'paused' | 'silent' | 'off'): Instruction => ({ do: 'recorder', recording: RE, is });

describe('a leg that gets a command', () => {
  it('takes one that is repeated once', () => {
    const once = applyCommand(leg(), command(1, play)).leg;
    expect(applyCommand(once, command(1, play)).leg).toEqual(once);
    expect(applyCommand(once, command(1, play, { do: 'answer' })).leg.pending).toEqual([play, { do: 'answer' }]);
  });

  it('leaves undone what a hang-up makes pointless', () => {
    expect(applyCommand(leg({ pending: [play] }), command(1, { do: 'hangup' })).leg.pending).toEqual([
      { do: 'hangup' },
    ]);
  });

  it('reports the end of a playback that was stopped, or replaced, before it began', () => {
    const waiting = leg({ pending: [play] });
    const ended = { type: 'leg.playback-ended', playback: 'p1', unheard: true };
    expect(applyCommand(waiting, command(1, { do: 'stop', playback: 'p1' }))).toMatchObject({
      leg: { pending: [] },
      facts: [ended],
    });
    expect(applyCommand(waiting, command(1, { ...play, playback: 'p2' })).facts).toEqual([ended]);
  });

  it('pauses or closes a recorder before a prompt that is not ready, but resumes it in its turn', () => {
    const pendingAfter = (pending: Instruction[], instruction: Instruction) =>
      applyCommand(leg({ pending }), command(1, instruction)).leg.pending;
    expect(pendingAfter([record, play], recorder('paused'))).toEqual([record, recorder('paused'), play]);
    expect(pendingAfter([play], recorder('off'))).toEqual([recorder('off'), play]);
    expect(pendingAfter([play], recorder('on'))).toEqual([play, recorder('on')]);
    expect(pendingAfter([play, { do: 'leave' }], recorder('silent'))).toEqual([
      play,
      { do: 'leave' },
      recorder('silent'),
    ]);
  });
});

it('a bridge that is unknown is not remembered only to close recorders that went with it', () => {
  const toBridge = (...instructions: Instruction[]) => ({ leg: 'CF0-1', first: 5, at: NOW, instructions });
  expect(newLegFor(toBridge(recorder('off')), NOW)).toBeUndefined();
  expect(newLegFor(toBridge(record, recorder('paused')), NOW)).toMatchObject({ status: 'bridge' });
});
