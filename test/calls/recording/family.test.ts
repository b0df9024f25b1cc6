import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerMessage } from '../../../src/calls/activities/messages.ts';
import { type Call, isOver } from '../../../src/calls/call.ts';
import type { CallEvent, Effect } from '../../../src/calls/effects.ts';
import { numbersOn } from '../../../src/calls/recording/parties.ts';
import { recordRefusal } from '../../../src/calls/recording/recorder.ts';
import { evidenceId } from '../../../src/consents/consent.ts';
import type { ConsentOnFile } from '../../../src/contracts/consent.ts';
import type { RecordingOrder } from '../../../src/contracts/recording.ts';
import { Family } from '../../support/family.ts';

const ORDER: RecordingOrder = { source: 'start-api', channels: 2 };
const CALLER = '+31201234560';
const CALLEES = ['+31201234561', '+31201234562'];

/** A call and its legs with recorders on any of them, and the consents on file of all who are on the line. */
class RecordedFamily extends Family {
  readonly recorders = new Map<string, string>();
  readonly onFile = new Map<string, string>();
  readonly withdrawn = new Set<string>();
  /** Some recorder has heard somebody together with somebody else. */
  heardTogether = false;
  #consents = 0;

  lookUp(numbers: string[]): ConsentOnFile {
    const found = numbers.flatMap((number) => {
      const consent = this.onFile.get(number);
      return consent === undefined ? [] : [[number, consent] as const];
    });
    return { policies: {}, onFile: Object.fromEntries(found) };
  }

  agree(number: string): void {
    if (this.onFile.has(number)) return;
    this.#consents += 1;
    this.onFile.set(number, `CN${this.#consents}`);
  }

  /** As the API does: the database knows first, then all whose recorders run under the consent, or who asked for it. */
  withdraw(number: string): void {
    const consent = this.onFile.get(number);
    this.onFile.delete(number);
    if (consent !== undefined) this.#tellWithdrawn(consent);
  }

  withdrawAnswer(call: Call): void {
    if (call.questions > 0) this.#tellWithdrawn(evidenceId(call.id, call.questions), call.id);
  }

  #tellWithdrawn(consent: string, asked?: string): void {
    this.withdrawn.add(consent);
    const holders = [...this.calls.values()].filter(
      ({ id, attachments }) => id === asked || attachments.recorder?.consents.includes(consent),
    );
    for (const { id } of holders) this.happen(id, { type: 'consent.withdrawn', consent });
    this.check();
  }

  /** As the object does: who is on the line is looked up, and what does not hold is refused. */
  record(call: Call): void {
    const consentOnFile = this.lookUp(numbersOn(call));
    if (recordRefusal(call, consentOnFile) === undefined)
      this.happen(call.id, { type: 'user.record', order: ORDER, consentOnFile });
  }

  protected override command(id: string, instruction: Extract<Effect, { do: 'command' }>['instruction']): void {
    super.command(id, instruction);
    if (instruction.do === 'record') this.recorders.set(id, 'on');
    if (instruction.do === 'recorder') this.recorders.set(id, instruction.is);
  }

  override handle(from: string, message: PeerMessage): void {
    if (message.to === 'consents' && 'lookUp' in message)
      this.happen(from, { type: 'consent.looked-up', consentOnFile: this.lookUp(message.lookUp) });
    else super.handle(from, message);
  }

  /**
   * Whoever a recorder hears has agreed, and has not withdrawn. While one call is about to tell the other of it, which takes
   * an instant, nothing is checked.
   */
  check(): void {
    if (this.waiting.some(({ message }) => tellsOfParty(message))) return;
    for (const [id, state] of this.recorders) {
      if (state !== 'on' || isOver(this.calls.get(id) as Call)) continue;
      const bridge = this.joined.get(id);
      const others = [...this.joined].filter(([other, its]) => other !== id && bridge !== undefined && its === bridge);
      if (others.length > 0) this.heardTogether = true;
      for (const heard of [id, ...others.map(([other]) => other)])
        expect(this.#hasAgreed(this.calls.get(heard) as Call), `${heard} is heard and has not agreed`).toBe(true);
    }
  }

  #hasAgreed({ to, consent }: Call): boolean {
    if (consent?.is === 'refused') return false;
    if (consent?.is === 'given' && !this.withdrawn.has(consent.evidence ?? '')) return true;
    return this.onFile.has(to);
  }
}

const heardToItsEnd = ({ flow }: Call): CallEvent => ({
  type: 'leg.playback-ended',
  playback: flow?.is === 'running' ? (flow.position.playback ?? '') : '',
});

type Move = (family: RecordedFamily, call: Call) => void;

/** What customers and parties do about recording, whatever else happens. */
const CONSENT_MOVES: Record<string, Move> = {
  deliver: (family, { id }) => family.deliver(id, false),
  record: (family, call) => family.record(call),
  resume: (family, { id }) => family.happen(id, { type: 'user.recorder', is: 'on' }),
  pause: (family, { id }) => family.happen(id, { type: 'user.recorder', is: 'paused' }),
  stop: (family, { id }) => family.happen(id, { type: 'user.recorder', is: 'off' }),
  agree: (family, { to }) => family.agree(to),
  withdraw: (family, { to }) => family.withdraw(to),
  'withdraw answer': (family, call) => family.withdrawAnswer(call),
};

const MOVES: Record<string, Move> = {
  ...CONSENT_MOVES,
  'deliver again': (family, { id }) => family.deliver(id, true),
  ringing: (family, { id }) => family.happen(id, { type: 'leg.ringing' }),
  answered: (family, { id }) => family.happen(id, { type: 'leg.answered' }),
  yes: (family, { id }) => family.happen(id, { type: 'leg.digit', digit: '1' }),
  no: (family, { id }) => family.happen(id, { type: 'leg.digit', digit: '2' }),
  heard: (family, call) => family.happen(call.id, heardToItsEnd(call)),
  timer: (family, { id }) => family.fire(id, 0),
  'hang up': (family, { id }) => family.happen(id, { type: 'leg.ended', cause: 'normal' }),
};

const course = (moves: string[], maxLength: number) =>
  fc.array(fc.tuple(fc.nat(2), fc.constantFrom(...moves, 'deliver', 'deliver')), { maxLength });
/** Anything; or what is about recording, followed by anything. */
const courses = fc
  .tuple(fc.boolean(), course(Object.keys(CONSENT_MOVES), 20), course(Object.keys(MOVES), 50))
  .map(([isAboutRecording, first, then]) => (isAboutRecording ? [...first, ...then] : then));
const worlds = fc.record({
  legs: fc.constantFrom(1, 2),
  isVerbRecording: fc.boolean(),
  isRecordedOnAnswer: fc.boolean(),
  agreed: fc.subarray([CALLER, ...CALLEES]),
  /** From the time when the two talk, which a random course seldom reaches. */
  isConnected: fc.boolean(),
});

type World = typeof worlds extends fc.Arbitrary<infer Value> ? Value : never;

function begin({ legs, isVerbRecording, isRecordedOnAnswer, agreed, isConnected }: World): RecordedFamily {
  const targets = CALLEES.slice(0, legs).map((to) => ({ noun: 'number', to }));
  const family = new RecordedFamily(
    { targets, sequential: true, ...(isVerbRecording && { record: 'record-from-answer-dual' }) },
    { to: CALLER, ...(isRecordedOnAnswer && { recordOnAnswer: ORDER }) },
  );
  for (const number of agreed) family.agree(number);
  if (!isConnected) return family;
  const toConnect: ((call: Call) => CallEvent)[] = [
    () => ({ type: 'leg.answered' }),
    heardToItsEnd,
    () => ({ type: 'leg.digit', digit: '1' }),
  ];
  for (const event of [...toConnect, ...toConnect]) {
    for (const { id } of [...family.calls.values()]) {
      family.happen(id, event(family.calls.get(id) as Call));
      family.settle();
      family.check();
    }
  }
  return family;
}

describe('whoever records in a family of calls, on whichever leg', () => {
  it('hears nobody who has not agreed, has refused, or has withdrawn', () => {
    let together = 0;
    fc.assert(
      fc.property(worlds, courses, (world, course) => {
        const family = begin(world);
        for (const [who, move] of course) {
          const calls = [...family.calls.values()];
          const call = calls[who % calls.length];
          if (call) MOVES[move]?.(family, call);
          family.check();
        }
        family.settle();
        family.check();
        if (family.heardTogether) together += 1;
      }),
      { numRuns: 3000 },
    );
    // The property would hold of recorders that never hear two.
    expect(together).toBeGreaterThan(50);
  });
});

/** Whether a call is about to learn that it must not hear somebody any more. */
const tellsOfParty = (message: PeerMessage): boolean =>
  'event' in message && (message.event as { type: string }).type.endsWith('party-changed');
