import { beforeEach, describe, expect, it } from 'vitest';
import { claim, type JobResult, type SimulatedRecorder, settle } from '../../../src/carriers/simulated/recorder.ts';
import { secondsOfSound, secondsOfTone } from '../../gateway/audio.ts';
import { NOW } from '../../support/call.ts';
import { cut, record, Studio, turn, VOICE } from './studio.ts';

let network: Studio;
beforeEach(() => {
  network = new Studio();
});

describe('silence', () => {
  const silences = (id = 'CA1') =>
    (network.events.get(id) ?? [])
      .filter(({ type }) => type === 'leg.recorder-silent')
      .map(({ at }) => (at - NOW) / 1000);

  it('is told once nobody has spoken or pressed a key for so long, and once only', () => {
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

  it('is told when nobody ever spoke', () => {
    network.answered('CA1', { talks: [] });
    network.tell('CA1', record({ silence: 5 }));
    network.pass(60);
    expect(silences()).toEqual([5]);
  });

  it('is not told of a recorder that does not ask, nor of one that is over', () => {
    network.answered('CA1', { talks: [] });
    network.tell('CA1', record(), record({ recording: 'RE2', silence: 5 }));
    network.pass(4);
    network.tell('CA1', { do: 'recorder', recording: 'RE2', is: 'off' });
    network.pass(60);
    expect(silences()).toEqual([]);
  });

  it('follows a message of three seconds of someone who has no script', () => {
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

  it('begins anew when the recorder was paused', () => {
    network.answered('CA1', { talks: [] });
    network.tell('CA1', record({ silence: 5 }));
    network.pass(3);
    network.tell('CA1', turn('paused'));
    network.pass(30);
    network.tell('CA1', turn('on'));
    network.pass(30);
    expect(silences()).toEqual([38]);
  });

  it('does not come while someone without a script is in a bridge', () => {
    network.answered('CA1');
    network.join('CA1');
    network.tell('CA1', record({ silence: 5 }));
    network.pass(30);
    network.tell('CA1', { do: 'leave' });
    network.pass(30);
    expect(silences()).toEqual([35]);
  });

  it('is told at the same moment of a fast leg', () => {
    network.answered('CA1', { talks: [{ after: 2, for: 3 }], speed: 100 });
    network.tell('CA1', record({ silence: 4 }), { do: 'wait' });
    network.pass(1);
    expect(silences()).toEqual([9]);
  });
});

describe('the sound of a recording', () => {
  const OFF: SimulatedRecorder = {
    recording: 'RE1',
    channels: 1,
    is: 'off',
    from: NOW,
    listensFrom: NOW,
    stretches: [{ from: NOW, to: NOW + 1000, speed: 1 }],
    job: { dueAt: NOW, tries: 0, waits: 0 },
  };
  const tryOnce = (recorder: SimulatedRecorder, result: JobResult): SimulatedRecorder => {
    const claimed = claim([recorder], recorder.job?.dueAt ?? 0);
    return claimed ? settle(claimed, result, claimed.job?.dueAt ?? 0) : recorder;
  };

  it('is made once it is due, and by one at a time', () => {
    expect(claim([OFF], NOW - 1)).toBeUndefined();
    expect(claim([OFF], NOW)).toMatchObject({ job: { isClaimed: true, tries: 1 } });
  });

  it('is made once', () => {
    const done = tryOnce(OFF, 'done');
    expect(done).not.toHaveProperty('job');
    expect(done.stretches).toEqual([]);
  });

  it('is tried three times when it breaks', () => {
    const twice = tryOnce(tryOnce(OFF, 'failed'), 'failed');
    expect(twice).toHaveProperty('job');
    expect(tryOnce(twice, 'failed')).not.toHaveProperty('job');
  });

  it('waits for others for about a day, less and less often', () => {
    let [recorder, tries] = [OFF, 0];
    for (; recorder.job && tries < 1000; tries++) {
      const { dueAt } = recorder.job;
      recorder = settle(claim([recorder], dueAt) as SimulatedRecorder, 'later', dueAt);
      if (recorder.job) expect(recorder.job.dueAt - dueAt).toBeGreaterThanOrEqual(1000);
      if (recorder.job && tries === 100) expect(recorder.job.dueAt - dueAt).toBe(900_000);
    }
    expect(tries).toBe(111);
  });
});
