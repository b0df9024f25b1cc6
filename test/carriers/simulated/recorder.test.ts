import { beforeEach, describe, expect, it } from 'vitest';
import {
  claimRenderJob,
  type RenderResult,
  type SimulatedRecorder,
  settleRenderJob,
} from '../../../src/carriers/simulated/recorder.ts';
import { secondsOfSound, secondsOfTone } from '../../gateway/audio.ts';
import { NOW } from '../../support/call.ts';
import { cut, RecordedNetwork, record, turn, VOICE } from './recorded-network.ts';

let network: RecordedNetwork;
beforeEach(() => {
  network = new RecordedNetwork();
});

describe('the silence that a recorder reports', () => {
  const silences = (id = 'CA1') =>
    (network.events.get(id) ?? [])
      .filter(({ type }) => type === 'leg.recorder-silent')
      .map(({ at }) => (at - NOW) / 1000);

  it('is reported when nobody has spoken or pressed a key for so long, and only once', () => {
    network.answered('CA1', {
      talks: [
        { after: 2, for: 3 },
        { after: 8, for: 1 },
      ],
      digits: [{ after: 11, digits: '1' }],
    });
    network.pass(1);
    network.tell('CA1', record({ silence: 4 }));
    network.pass(60);
    expect(silences()).toEqual([15.2]);
    expect(network.events.get('CA1')?.at(-1)).toMatchObject({ recording: 'RE1' });
  });

  it('is reported when nobody ever spoke', () => {
    network.answered('CA1', { talks: [] });
    network.tell('CA1', record({ silence: 5 }));
    network.pass(60);
    expect(silences()).toEqual([5]);
  });

  it('is not reported by a recorder that was not asked to, nor by one that is over', () => {
    network.answered('CA1', { talks: [] });
    network.tell('CA1', record(), record({ recording: 'RE2', silence: 5 }));
    network.pass(4);
    network.tell('CA1', { do: 'recorder', recording: 'RE2', is: 'off' });
    network.pass(60);
    expect(silences()).toEqual([]);
  });

  it('follows a message of three seconds when the party has no script', () => {
    network.answered('CA1');
    network.pass(1);
    network.tell('CA1', record({ silence: 2 }));
    network.pass(60);
    network.tell('CA1', turn('off'));
    expect(silences()).toEqual([6]);
    const [left] = network.sound('CA1');
    expect(secondsOfTone(cut(left, 0, 3), VOICE.CA1)).toBeCloseTo(3);
    expect(secondsOfSound(left as Int16Array)).toBeCloseTo(3);
  });

  it('is counted anew when the recorder was paused', () => {
    network.answered('CA1', { talks: [] });
    network.tell('CA1', record({ silence: 5 }));
    network.pass(3);
    network.tell('CA1', turn('paused'));
    network.pass(30);
    network.tell('CA1', turn('on'));
    network.pass(30);
    expect(silences()).toEqual([38]);
  });

  it('is not reported while a party without a script is in a bridge', () => {
    network.answered('CA1');
    network.join('CA1');
    network.tell('CA1', record({ silence: 5 }));
    network.pass(30);
    network.tell('CA1', { do: 'leave' });
    network.pass(30);
    expect(silences()).toEqual([35]);
  });

  it('is reported at the same moment by a fast leg', () => {
    network.answered('CA1', { talks: [{ after: 2, for: 3 }], speed: 100 });
    network.tell('CA1', record({ silence: 4 }), { do: 'wait' });
    network.pass(1);
    expect(silences()).toEqual([9]);
  });
});

describe('the rendering of a recording', () => {
  const OFF: SimulatedRecorder = {
    recording: 'RE1',
    channels: 1,
    state: 'off',
    startedAt: NOW,
    listeningSince: NOW,
    spans: [{ from: NOW, to: NOW + 1000, speed: 1 }],
    job: { dueAt: NOW, tries: 0, waits: 0 },
  };
  const tryOnce = (recorder: SimulatedRecorder, result: RenderResult): SimulatedRecorder => {
    const claimed = claimRenderJob([recorder], recorder.job?.dueAt ?? 0);
    return claimed ? settleRenderJob(claimed, result, claimed.job?.dueAt ?? 0) : recorder;
  };

  it('is claimed once it is due', () => {
    expect(claimRenderJob([OFF], NOW - 1)).toBeUndefined();
    expect(claimRenderJob([OFF], NOW)).toMatchObject({ job: { isClaimed: true, tries: 1 } });
  });

  it('is done once', () => {
    const done = tryOnce(OFF, 'done');
    expect(done).not.toHaveProperty('job');
    expect(done.spans).toEqual([]);
  });

  it('is tried three times when it breaks', () => {
    const twice = tryOnce(tryOnce(OFF, 'failed'), 'failed');
    expect(twice).toHaveProperty('job');
    expect(tryOnce(twice, 'failed')).not.toHaveProperty('job');
  });

  it('is tried again for about a day while something cannot be reached, less and less often', () => {
    let [recorder, tries] = [OFF, 0];
    for (; recorder.job && tries < 1000; tries++) {
      const { dueAt } = recorder.job;
      recorder = settleRenderJob(claimRenderJob([recorder], dueAt) as SimulatedRecorder, 'later', dueAt);
      if (recorder.job) expect(recorder.job.dueAt - dueAt).toBeGreaterThanOrEqual(1000);
      if (recorder.job && tries === 100) expect(recorder.job.dueAt - dueAt).toBe(900_000);
    }
    expect(tries).toBe(111);
  });
});
