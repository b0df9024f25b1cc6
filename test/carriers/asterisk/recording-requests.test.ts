import { describe, expect, it } from 'vitest';
import { type GatewayLeg, newBridgeLeg, newGatewayLeg } from '../../../src/carriers/asterisk/leg.ts';
import {
  detectedSilence,
  endedRecording,
  initialState,
  openRecorderChannels,
  recordRequests,
  setStateRequests,
  snoopRequests,
} from '../../../src/carriers/asterisk/recording-requests.ts';
import type { Instruction } from '../../../src/contracts/carrier.ts';
import { newId } from '../../../src/lib/ids.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');
const RE = newId('RE', NOW);
const leg = (change: Partial<GatewayLeg> = {}): GatewayLeg => ({
  ...newGatewayLeg(newId('CA', NOW), NOW),
  status: 'up',
  ...change,
});
const is = (state: 'on' | 'paused' | 'silent' | 'off', recording = RE): Instruction => ({
  do: 'recorder',
  recording,
  is: state,
});

describe('a recorder', () => {
  it('listens by one channel for mono, by one for each side for stereo, and names its files so', () => {
    const tracks = (channels: 1 | 2) => [
      ...snoopRequests(leg(), { id: RE, channels }).map(({ query }) => [query?.spy, query?.snoopId]),
      ...recordRequests(leg(), { id: RE, channels }).map(({ uri, query }) => [uri, query?.name]),
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

  it('names the files that are to be trimmed so, but not its channels', () => {
    const names = (channels: 1 | 2) =>
      recordRequests(leg(), { id: RE, channels, trim: true }).map(({ uri, query }) => [uri, query?.name]);
    expect([...names(1), ...names(2)]).toEqual([
      [`channels/rec-${RE}/record`, `done/${RE}.trim`],
      [`channels/rec-${RE}.in/record`, `done/${RE}.trim.in`],
      [`channels/rec-${RE}.out/record`, `done/${RE}.trim.out`],
    ]);
    const [pause] = setStateRequests({ id: RE, channels: 1, trim: true }, 'paused');
    expect(pause?.uri).toBe(`recordings/live/done%2F${RE}.trim/pause`);
  });

  it('of a bridge needs no channel', () => {
    const bridge = newBridgeLeg('CF0-1', NOW);
    expect(snoopRequests(bridge, { id: RE, channels: 1 })).toEqual([]);
    expect(recordRequests(bridge, { id: RE, channels: 1 })).toMatchObject([
      { uri: 'bridges/CF0-1/record', query: { name: `done/${RE}` } },
    ]);
  });

  it.each<[Instruction[], string]>([
    [[], 'on'],
    [[is('paused')], 'paused'],
    [[is('silent'), is('on')], 'silent'],
    [[is('off')], 'paused'],
    [[is('paused', newId('RE', NOW))], 'on'],
  ])('that is opened before %j is opened as %s', (pending, state) =>
    expect(initialState(leg({ pending }), RE)).toBe(state),
  );

  it('has its detector of silence among its channels as long as it is open', () => {
    const recorders = [{ id: RE, channels: 2 as const, detectsSilence: true }];
    expect(openRecorderChannels([leg({ recorders })])).toContain(`silence-${RE}`);
  });
});

describe('an event of Asterisk', () => {
  it('is the end of a recording on either side, finished or failed', () => {
    const ended = (name: string, type = 'RecordingFinished') => endedRecording({ type, recording: { name } });
    for (const name of ['', '.in', '.out', '.trim', '.trim.in', '.trim.out']) {
      expect(ended(`done/${RE}${name}`)).toBe(RE);
    }
    expect(ended(`done/${RE}`, 'RecordingFailed')).toBe(RE);
  });

  it('is not the end of one of our recordings when it names none, or only its beginning', () => {
    expect(endedRecording({ type: 'RecordingFinished', recording: { name: 'done/x' } })).toBeUndefined();
    expect(endedRecording({ type: 'RecordingStarted', recording: { name: `done/${RE}` } })).toBeUndefined();
    expect(endedRecording({ type: 'RecordingFailed' })).toBeUndefined();
  });

  it('is the silence of a party when it comes from the detector', () => {
    const channel = { id: `silence-${RE}`, state: 'Up' };
    const event = { type: 'StasisStart', args: ['silence', 'SILENCE'], channel };
    expect(detectedSilence(event)).toEqual({ recording: RE, channel: `silence-${RE}` });
    expect(detectedSilence({ ...event, args: ['recorder'] })).toBeUndefined();
  });
});
