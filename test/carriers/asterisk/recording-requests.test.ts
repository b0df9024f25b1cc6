import { describe, expect, it } from 'vitest';
import { bridgeRecord, endLeg, firstOf, type Leg, newLeg, takeCommand } from '../../../src/carriers/asterisk/leg.ts';
import { reconcileBridges } from '../../../src/carriers/asterisk/reconcile.ts';
import {
  change,
  endedIn,
  listen,
  openedAs,
  recorderChannels,
  silenceIn,
  write,
} from '../../../src/carriers/asterisk/recording-requests.ts';
import type { Instruction } from '../../../src/contracts/carrier.ts';
import { newId } from '../../../src/lib/ids.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');
const ID = newId('CA', NOW);
const RE = newId('RE', NOW);
const leg = (change: Partial<Leg> = {}): Leg => ({ ...newLeg(ID, NOW), status: 'up', ...change });
const is = (state: 'on' | 'paused' | 'silent' | 'off', recording = RE): Instruction => ({
  do: 'recorder',
  recording,
  is: state,
});
const record: Instruction = { do: 'record', recording: RE, order: { source: 'start-verb', channels: 1 } };
const play: Instruction = { do: 'play', playback: `${ID}-1`, prompts: [] };

describe('what recorders ask of Asterisk', () => {
  it('listens by one channel for mono, by one a side for stereo, and names the files so', () => {
    const tracks = (channels: 1 | 2) => [
      ...listen(leg(), { id: RE, channels }).map(({ query }) => [query?.spy, query?.snoopId]),
      ...write(leg(), { id: RE, channels }).map(({ uri, query }) => [uri, query?.name]),
    ];
    expect(tracks(1)).toEqual([
      ['both', `rec-${RE}`],
      [`channels/rec-${RE}/record`, `done/${RE}`],
    ]);
    expect(tracks(2)).toEqual([
      ['in', `rec-${RE}.in`],
      ['out', `rec-${RE}.out`],
      [`channels/rec-${RE}.in/record`, `done/${RE}.in`],
      [`channels/rec-${RE}.out/record`, `done/${RE}.out`],
    ]);
  });

  it('says in the names of the files, and of nothing else, that they are to be trimmed', () => {
    const names = (channels: 1 | 2) =>
      write(leg(), { id: RE, channels, trim: true }).map(({ uri, query }) => [uri, query?.name]);
    expect([...names(1), ...names(2)]).toEqual([
      [`channels/rec-${RE}/record`, `done/${RE}.trim`],
      [`channels/rec-${RE}.in/record`, `done/${RE}.trim.in`],
      [`channels/rec-${RE}.out/record`, `done/${RE}.trim.out`],
    ]);
    const [pause] = change({ id: RE, channels: 1, trim: true }, 'paused');
    expect(pause?.uri).toBe(`recordings/live/done%2F${RE}.trim/pause`);
  });

  it('records a bridge itself', () => {
    const bridge = bridgeRecord('CF0-1', NOW);
    expect(listen(bridge, { id: RE, channels: 1 })).toEqual([]);
    expect(write(bridge, { id: RE, channels: 1 })).toMatchObject([
      { uri: 'bridges/CF0-1/record', query: { name: `done/${RE}` } },
    ]);
  });

  it.each<[Instruction[], string]>([
    [[], 'on'],
    [[is('paused')], 'paused'],
    [[is('silent'), is('on')], 'silent'],
    [[is('off')], 'paused'],
    [[is('paused', newId('RE', NOW))], 'on'],
  ])('opens a recorder before %j as %s', (todo, as) => expect(openedAs(leg({ todo }), RE)).toBe(as));
});

describe('what Asterisk tells of recorders', () => {
  const channel = (id: string) => ({ id, state: 'Up' });
  it('is the end of one of ours, on either side, or of nobody’s', () => {
    const ended = (name: string, type = 'RecordingFinished') => endedIn({ type, recording: { name } });
    expect([ended(`done/${RE}`), ended(`done/${RE}.out`), ended(`done/${RE}`, 'RecordingFailed')]).toEqual([
      RE,
      RE,
      RE,
    ]);
    for (const name of ['.trim', '.trim.in', '.trim.out']) expect(ended(`done/${RE}${name}`)).toBe(RE);
    expect([ended('done/x'), ended(`done/${RE}`, 'RecordingStarted'), endedIn({ type: 'RecordingFailed' })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is that nothing was said', () => {
    const event = { type: 'StasisStart', args: ['silence', 'SILENCE'], channel: channel(`silence-${RE}`) };
    expect(silenceIn(event)).toEqual({ recording: RE, channel: `silence-${RE}` });
    expect(silenceIn({ ...event, args: ['recorder'] })).toBeUndefined();
  });
});

describe('the order of what a leg has to do', () => {
  const todoOf = (todo: Instruction[], ...instructions: Instruction[]) =>
    takeCommand(leg({ todo }), { leg: ID, first: 1, at: NOW, instructions }).leg.todo;

  it('lets nothing be recorded because a prompt was not ready, but resumes in its place', () => {
    expect(todoOf([record, play], is('paused'))).toEqual([record, is('paused'), play]);
    expect(todoOf([play], is('off'))).toEqual([is('off'), play]);
    expect(todoOf([play], is('on'))).toEqual([play, is('on')]);
    expect(todoOf([play, { do: 'leave' }], is('silent'))).toEqual([play, { do: 'leave' }, is('silent')]);
  });

  it('does not remember a bridge only to close what went with it', () => {
    const command = (...instructions: Instruction[]) => ({ leg: 'CF0-1', first: 5, at: NOW, instructions });
    expect(firstOf(command(is('off')), NOW)).toBeUndefined();
    expect(firstOf(command(record, is('paused')), NOW)).toMatchObject({ status: 'bridge' });
  });
});

describe('the channels of recorders after a cut', () => {
  const recorders = [
    { id: RE, channels: 2 as const, silence: true },
    { id: newId('RE', NOW + 1), channels: 1 as const, closed: true },
  ];
  const channels = [`rec-${RE}.in`, `rec-${RE}.out`, `silence-${RE}`, `rec-${recorders[1]?.id}`].map((id) => ({
    id,
    name: `Snoop/${id}`,
    state: 'Up',
  }));
  const left = (legs: Leg[]) => reconcileBridges(legs, [], channels).whisperers;

  it('stay as long as their leg lives and they are open', () => {
    expect(left([leg({ recorders })])).toEqual([`rec-${recorders[1]?.id}`]);
    expect(left([endLeg(leg({ recorders }), NOW)])).toHaveLength(4);
    expect(left([])).toHaveLength(4);
    expect(recorderChannels([leg({ recorders })])).toContain(`silence-${RE}`);
  });
});
