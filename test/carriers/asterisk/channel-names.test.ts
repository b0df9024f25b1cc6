import { describe, expect, it } from 'vitest';
import {
  dialledChannel,
  legOfDialledChannel,
  legOfMachineDetector,
  legOfPlayback,
  machineDetector,
  parseRecordingName,
  playbackOfPart,
  playbackPart,
  type RecordingFile,
  recordingName,
  recordingOfSilenceDetector,
  silenceDetector,
} from '../../../src/carriers/asterisk/channel-names.ts';
import { newId } from '../../../src/lib/ids.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');
const CA = newId('CA', NOW);
const RE = newId('RE', NOW);

describe('a name that is made for Asterisk', () => {
  it('says which leg a channel was dialled for, whichever of its channels it is', () => {
    expect([1, 2, 3].map((count) => dialledChannel(CA, count))).toEqual([CA, `${CA}-t2`, `${CA}-t3`]);
    for (const count of [1, 2, 12]) expect(legOfDialledChannel(dialledChannel(CA, count))).toBe(CA);
  });

  it('says which playback a part belongs to, and which leg hears it', () => {
    const playback = `${CA}-7`;
    expect([0, 1].map((index) => playbackPart(playback, index))).toEqual([playback, `${playback}.1`]);
    for (const index of [0, 1, 12]) expect(playbackOfPart(playbackPart(playback, index))).toBe(playback);
    expect(legOfPlayback(playback)).toBe(CA);
  });

  it('says whose machine or silence a channel detects', () => {
    expect(legOfMachineDetector(machineDetector(CA))).toBe(CA);
    expect(recordingOfSilenceDetector(silenceDetector(RE))).toBe(RE);
  });

  it.each<[RecordingFile, string]>([
    [{ recording: RE, trim: false }, `done/${RE}`],
    [{ recording: RE, trim: false, side: 'in' }, `done/${RE}.in`],
    [{ recording: RE, trim: true }, `done/${RE}.trim`],
    [{ recording: RE, trim: true, side: 'out' }, `done/${RE}.trim.out`],
  ])('says of the recording %j all that the gateway must know: %s', (file, name) => {
    expect(recordingName(file)).toBe(name);
    expect(parseRecordingName(name)).toEqual(file);
  });

  it.each(['', 'done/x', RE, `done/${RE}.both`, `done/${RE}.in.trim`, `other/${RE}`])(
    'is not %j, which names a recording of somebody else',
    (name) => expect(parseRecordingName(name)).toBeUndefined(),
  );
});
