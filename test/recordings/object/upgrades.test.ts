import { describe, expect, it } from 'vitest';
import { wakeAt } from '../../../src/lib/object-state.ts';
import { viewRecording } from '../../../src/recordings/api/view.ts';
import type { RecordingEvent } from '../../../src/recordings/machine.ts';
import { advance, newState, type RecordingState, shape } from '../../../src/recordings/object/state.ts';
import { recordingUpgrades } from '../../../src/recordings/object/upgrades.ts';
import { newRecording, recordingFacts } from '../../../src/recordings/recording.ts';
import { oldWordsIn, readRow, storedRows } from '../../fixtures/rows.ts';

/** One of each thing that can happen to a recording. */
const eventsFor = (at: number): RecordingEvent[] => {
  const everything: Record<RecordingEvent['type'], RecordingEvent> = {
    begun: { type: 'begun' },
    paused: { type: 'paused', at },
    resumed: { type: 'resumed', at },
    stopped: { type: 'stopped', at },
    late: { type: 'late', at, seconds: 2 },
    failed: { type: 'failed', at, reason: 'disk-full' },
    covered: { type: 'covered', at, consents: ['CN1'] },
    received: { type: 'received', format: 'wav', piece: { n: 1, of: 1 }, part: { bytes: 844, sha256: 'a' } },
    removed: { type: 'removed' },
    expired: { type: 'expired' },
    'timer.upload': { type: 'timer.upload' },
    'timer.sweep': { type: 'timer.sweep' },
  };
  return Object.values(everything);
};

describe.each(storedRows('recording'))('the row %s of a recording', (_name, stored) => {
  const state: RecordingState = readRow(stored, recordingUpgrades);
  const { recording } = state;
  const later = (recording.stoppedAt ?? recording.startedAt) + 60_000;

  it('has every field that a recording has, under its name of today', () => {
    for (const [field, value] of Object.entries(newState(newRecording(recording))))
      expect(typeof state[field as keyof RecordingState], field).toBe(typeof value);
    expect(oldWordsIn(state)).toEqual([]);
    expect(viewRecording(recordingFacts(recording), recording.consents).id).toBe(recording.id);
  });

  it('takes whatever can happen to it', () => {
    for (const event of eventsFor(later)) {
      const after = advance(state, event, later);
      expect(JSON.parse(JSON.stringify(after)), event.type).toEqual(after);
    }
  });

  it('ends: as failed when its sound never comes, and without its sound when its retention is over', () => {
    const stopped = advance(state, { type: 'stopped', at: later }, later);
    expect(stopped.recording.status).not.toMatch(/in-progress|paused/);
    const late = shape.fireTimers(stopped, later + 8 * 86_400_000);
    expect(late.recording.status).toMatch(/completed|failed|deleted|expired/);
    const expired = advance(late, { type: 'expired' }, recording.expiresAt);
    if (recording.status === 'deleted' || recording.status === 'expired') return;
    expect(expired.recording.status).toBe('expired');
    expect(expired.erasures.messages).toEqual([true]);
    expect(wakeAt(shape, expired)).toBeTypeOf('number');
  });
});
