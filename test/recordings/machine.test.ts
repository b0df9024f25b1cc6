import { describe, expect, it } from 'vitest';
import { viewRecording } from '../../src/recordings/api/view.ts';
import {
  type RecordingEvent,
  type RecordingTransition,
  transition,
  uploadVerdict,
} from '../../src/recordings/machine.ts';
import { newRecording, type Recording, recordingFacts } from '../../src/recordings/recording.ts';
import { NOW } from '../support/call.ts';
import { someRecording } from './facts.ts';

const DAY_MS = 86_400_000;
const WHOLE = { n: 1, of: 1 };
const wav = (bytes: number, sha256 = 'a'.repeat(64), piece = WHOLE): RecordingEvent => ({
  type: 'received',
  format: 'wav',
  piece,
  part: { bytes, sha256 },
});
const mp3: RecordingEvent = { type: 'received', format: 'mp3', piece: WHOLE, part: { bytes: 100, sha256: 'b' } };
const stopped: RecordingEvent = { type: 'stopped', at: NOW + 5000 };

const begun = newRecording(someRecording({}, NOW));
const upon = (recording: Recording, ...events: RecordingEvent[]): RecordingTransition =>
  events.reduce<RecordingTransition>((step, event) => transition(step.recording, event, NOW), {
    recording,
    effects: [],
  });
const having = (...events: RecordingEvent[]) => upon(begun, ...events).recording;
const told = ({ effects }: RecordingTransition) => effects.flatMap((it) => (it.do === 'notify' ? [it.kind] : []));

describe('a recording', () => {
  it('is paused and goes on as often as it is told', () => {
    const paused = having({ type: 'paused', at: NOW });
    expect(paused.status).toBe('paused');
    expect(upon(paused, { type: 'resumed', at: NOW }, { type: 'paused', at: NOW }).recording.status).toBe('paused');
    expect(upon(paused, { type: 'resumed', at: NOW }).recording.status).toBe('in-progress');
  });

  it('that was stopped waits a day for its audio, counted in our time', () => {
    const { recording, effects } = upon(begun, { type: 'stopped', at: NOW + 90 * DAY_MS, seconds: 4 });
    expect(recording).toMatchObject({ status: 'uploading', seconds: 4 });
    expect(effects).toEqual([{ do: 'timer.set', name: 'upload', at: NOW + DAY_MS }]);
  });

  it.each([
    ['while it runs', []],
    ['once it was stopped', [stopped]],
    ['once its audio is here', [wav(44 + 16_000), mp3]],
  ])('says how much of it is missing, which the network may tell %s', (_when, events) => {
    const late = having(...(events as RecordingEvent[]), { type: 'late', at: NOW, seconds: 9.85049 });
    expect(viewRecording(recordingFacts(late))).toMatchObject({ missing_seconds: 9.85 });
    expect(viewRecording(recordingFacts(having(...(events as RecordingEvent[]))))).not.toHaveProperty(
      'missing_seconds',
    );
  });

  it('whose audio does not come has failed, and says why', () => {
    const late = upon(having(stopped, mp3), { type: 'timer.upload' });
    expect(late.recording).toMatchObject({ status: 'failed', failure: 'upload-missing', audio: {} });
    expect(told(late)).toEqual(['failed']);
    expect(late.effects).toContainEqual({ do: 'erase' });
  });

  it('that broke off is complete with what there is of it, and says why, in whichever order', () => {
    const broke: RecordingEvent = { type: 'stopped', at: NOW + 2000, reason: 'recorder-broke' };
    for (const { recording } of [
      upon(begun, broke, mp3, wav(44 + 16_000)),
      upon(begun, mp3, wav(44 + 16_000), broke),
    ]) {
      expect(recording).toMatchObject({ status: 'completed', seconds: 1, failure: 'recorder-broke' });
    }
    expect(having(mp3, wav(44 + 16_000), stopped).failure).toBeUndefined();
  });

  it('is complete once both files are here, in whichever order, and knows how long it is', () => {
    const [one, other] = [upon(having(stopped, wav(44 + 32_000)), mp3), upon(having(stopped, mp3), wav(44 + 32_000))];
    for (const step of [one, other]) {
      expect(step.recording).toMatchObject({ status: 'completed', seconds: 2, stoppedAt: NOW + 5000 });
      expect(told(step)).toEqual(['completed']);
    }
    const dual = newRecording(someRecording({ channels: 2 }, NOW));
    expect(upon(dual, stopped, mp3, wav(44 + 32_000)).recording.seconds).toBe(1);
  });

  it('is complete only when every piece of both files is here', () => {
    const first = having(stopped, mp3, wav(1000, 'c', { n: 2, of: 2 }));
    expect(first.status).toBe('uploading');
    expect(upon(first, wav(44 + 15_000, 'd', { n: 1, of: 2 })).recording).toMatchObject({
      status: 'completed',
      seconds: 1,
    });
  });

  it('begins a file anew that is cut into other pieces', () => {
    const recut = having(stopped, wav(10, 'c', { n: 1, of: 2 }), wav(10, 'd', { n: 3, of: 3 }));
    expect(recut.audio.wav).toEqual([null, null, { bytes: 10, sha256: 'd' }]);
  });

  it('is complete with its files, even if nobody told that it was stopped', () => {
    expect(having(wav(44), mp3)).toMatchObject({ status: 'completed', stoppedAt: NOW });
  });

  it('keeps nothing of its audio or its receiver once it is deleted or expired', () => {
    for (const [event, status] of [
      ['removed', 'deleted'],
      ['expired', 'expired'],
    ] as const) {
      const step = upon(having(stopped, mp3, wav(44)), { type: event });
      expect(step.recording).toMatchObject({ status, audio: {} });
      expect(step.recording).not.toHaveProperty('statusCallback');
      expect(told(step)).toEqual([status]);
      expect(step.effects).toContainEqual({ do: 'erase' });
      expect(upon(step.recording, { type: 'timer.sweep' }).effects).toEqual([{ do: 'erase' }]);
      const late: RecordingEvent[] = [wav(44), { type: 'removed' }, { type: 'expired' }, stopped];
      for (const it of late) expect(upon(step.recording, it)).toEqual({ recording: step.recording, effects: [] });
    }
  });

  it('cannot be deleted while it runs, but its retention can end', () => {
    expect(having({ type: 'removed' })).toEqual(begun);
    expect(having({ type: 'expired' })).toMatchObject({ status: 'expired', stoppedAt: NOW });
  });
});

describe('a piece that is offered', () => {
  const part = { bytes: 44, sha256: 'a'.repeat(64) };

  it('is wanted until it is here, and known from then on', () => {
    expect(uploadVerdict(having(stopped), 'wav', WHOLE, part)).toBe('wanted');
    expect(uploadVerdict(having(stopped, wav(44)), 'wav', WHOLE, part)).toBe('known');
    expect(uploadVerdict(having(stopped, wav(44), mp3), 'wav', WHOLE, part)).toBe('known');
    expect(uploadVerdict(having(stopped, wav(44)), 'wav', WHOLE, { ...part, sha256: 'e' })).toBe('wanted');
  });

  it('comes too late when the recording is complete with another, failed, or is gone', () => {
    const other = { ...part, sha256: 'e' };
    expect(uploadVerdict(having(stopped, wav(44), mp3), 'wav', WHOLE, other)).toBe('closed');
    expect(uploadVerdict(having({ type: 'failed', at: NOW, reason: 'x' }), 'wav', WHOLE, part)).toBe('closed');
    expect(uploadVerdict(having(stopped, { type: 'removed' }), 'wav', WHOLE, part)).toBe('closed');
  });
});
