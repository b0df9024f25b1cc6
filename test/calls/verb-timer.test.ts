import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../src/calls/call.ts';
import type { CallEvent } from '../../src/calls/effects.ts';
import { transition } from '../../src/calls/machine.ts';
import { aCall, NOW } from '../support/call.ts';
import { documentOf } from '../support/flow.ts';

/** A call with its timer of the verb, without an object: what the timer is set to, and for which verb. */
class Line {
  call: Call;
  now = NOW;
  timer: { at: number; owner: string } | undefined;

  constructor(verbs: unknown[]) {
    this.call = aCall({ inline: documentOf(verbs) });
    this.happen({ type: 'call.placed' });
    this.happen({ type: 'leg.answered' });
  }

  /** The verb that waits; the database, while it is asked. */
  get verb(): string {
    const { flow } = this.call;
    if (flow?.is !== 'running') return flow?.is ?? 'none';
    const { document, index } = flow.position;
    return `${document[index]?.verb}, ${index + 1} of ${document.length}`;
  }

  happen(event: CallEvent): void {
    const { call, effects } = transition(this.call, event, this.now);
    this.call = call;
    for (const effect of effects) {
      if (effect.do === 'timer.set' && effect.name === 'verb') this.timer = { at: effect.at, owner: this.verb };
      if (effect.do === 'timer.clear' && effect.name === 'verb') this.timer = undefined;
    }
  }

  press(digit: string): void {
    this.happen({ type: 'leg.digit', digit });
  }

  promptEnds(): void {
    const { flow } = this.call;
    if (flow?.is !== 'running' || flow.position.playback === undefined) return;
    this.happen({ type: 'leg.playback-ended', playback: flow.position.playback });
  }

  agree(): void {
    this.happen({
      type: 'consent.looked-up',
      consentOnFile: { onFile: { [this.call.to]: 'CN1' }, policies: {} },
    });
  }

  fire(): void {
    if (!this.timer) return;
    this.now = Math.max(this.now, this.timer.at);
    this.timer = undefined;
    this.happen({ type: 'timer.verb' });
  }
}

const URL = 'https://x.example/next';

describe('the timer of a verb', () => {
  const recording = (more: object) => {
    const line = new Line([{ verb: 'record', action: URL, playBeep: false, maxLength: 4, timeout: 0, ...more }]);
    line.agree();
    return line;
  };

  it.each([
    ['#', '5'],
    ['', '#'],
    ['123', '*'],
  ])('of record with finishOnKey %s is not changed by the key %s', (finishOnKey, key) => {
    const line = recording({ finishOnKey });
    expect(line.timer?.at).toBe(NOW + 4000);
    line.now += 1000;
    line.press(key);
    line.press(key);
    expect(line.timer?.at).toBe(NOW + 4000);
    line.fire();
    expect(line.call.flow).toMatchObject({ is: 'fetching', request: { event: 'record' } });
  });

  it('of a pause is not changed by a key', () => {
    const line = new Line([{ verb: 'pause', length: 3 }]);
    line.press('1');
    expect(line.timer?.at).toBe(NOW + 3000);
  });

  it('of a gather begins anew with each key, as its timeout says', () => {
    const line = new Line([{ verb: 'gather', action: URL, timeout: 5 }]);
    line.now += 2000;
    line.press('1');
    expect(line.timer?.at).toBe(NOW + 7000);
  });

  it('is gone once the verb is over, also where the next one has none', () => {
    const line = new Line([
      { verb: 'gather', action: URL, timeout: 5, finishOnKey: '#' },
      { verb: 'say', text: 'Dag' },
    ]);
    line.press('#');
    expect([line.verb, line.timer]).toEqual(['say, 2 of 2', undefined]);
  });

  it('of a question that came first is not the timer of the verb that asked', () => {
    const line = new Line([{ verb: 'record', action: URL, playBeep: true, maxLength: 60 }]);
    line.happen({ type: 'consent.looked-up', consentOnFile: { onFile: {}, policies: {} } });
    line.promptEnds();
    expect(line.timer?.at).toBe(NOW + 5000);
    line.press('1');
    expect([line.verb, line.timer]).toEqual(['record, 1 of 1', undefined]);
  });

  it('does not stay from the look into the database', () => {
    const line = new Line([{ verb: 'record', action: URL, playBeep: true }]);
    expect(line.timer?.at).toBe(NOW + 10_000);
    line.agree();
    expect(line.timer).toBeUndefined();
  });
});

const verbs = fc.array(
  fc.constantFrom(
    { verb: 'say', text: 'Hallo' },
    { verb: 'pause', length: 3 },
    { verb: 'gather', timeout: 4, action: URL, prompts: [{ verb: 'say', text: 'Kies' }], numDigits: 2 },
    { verb: 'gather', timeout: 4, finishOnKey: '#', action: URL },
    { verb: 'record', maxLength: 6, finishOnKey: '#', timeout: 0, action: URL },
    { verb: 'record', maxLength: 6, finishOnKey: '', playBeep: false, action: URL },
    { verb: 'consent' },
    { verb: 'recording', do: 'start' },
    { verb: 'dial', number: '+31201234567' },
    { verb: 'conference', name: 'team' },
  ),
  { minLength: 1, maxLength: 6 },
);
const moves = fc.array(fc.tuple(fc.nat(9), fc.constantFrom(...'0123456789*#'), fc.nat(2000)), { maxLength: 40 });

const MOVES: ((line: Line, key: string) => void)[] = [
  (line, key) => line.press(key),
  (line, key) => line.press(key),
  (line, key) => line.press(key),
  (line) => line.promptEnds(),
  (line) => line.promptEnds(),
  (line) => line.agree(),
  (line) => line.happen({ type: 'consent.looked-up', consentOnFile: { onFile: {}, policies: {} } }),
  (line) => line.fire(),
  (line) => line.happen({ type: 'timer.activity' }),
  (line) => line.happen({ type: 'user.recorder', is: 'paused' }),
];

it('whatever happens, a timer that runs is one that the waiting verb has set, and a key only ever puts it off for gather', () => {
  fc.assert(
    fc.property(verbs, moves, (document, script) => {
      const line = new Line(document);
      for (const [what, key, later] of script) {
        const before = { timer: line.timer, verb: line.verb };
        line.now = Math.min(line.now + later, line.timer?.at ?? Number.POSITIVE_INFINITY);
        MOVES[what]?.(line, key);
        if (line.timer) expect(line.timer.owner).toBe(line.verb);
        const { flow } = line.call;
        const verb = flow?.is === 'running' ? flow.position.document[flow.position.index]?.verb : undefined;
        if (what < 3 && before.timer && before.verb === line.verb && verb !== 'gather')
          expect(line.timer).toEqual(before.timer);
      }
    }),
    { numRuns: 2000 },
  );
});
