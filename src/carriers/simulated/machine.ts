import type { EndCause, Instruction, LegCommand, LegEvent, LegFact, Script } from '../../contracts/carrier.ts';
import { defined } from '../../lib/defined.ts';
import { isInBridge, joinBridge, leaveBridge, passKeys, setFreeRunSpeed, setSpeaking } from './bridge-membership.ts';
import { newSimulatedLeg, type PressedKeys, type SimulatedLeg, schedule, speedOf } from './leg.ts';
import { endSounds, type HasVoice, startPlayback, startRinging, stopPlayback } from './playback.ts';
import { addRecorder, closeRecorders, type SoundMoment, switchRecorder, withSilenceReported } from './recorder.ts';
import { keepPressedKeys, scheduleSilences } from './voice-activity.ts';

const MACHINE_DETECTED_AFTER = 2;
const SECONDS_BETWEEN_KEYS = 0.2;

/** The leg of a caller that rings one of our numbers, and perhaps gives up before the answer. */
export function newIncomingLeg(id: string, script: Script, at: number, wall: number): SimulatedLeg {
  const ringing: SimulatedLeg = startRinging({ ...newSimulatedLeg(id, script, at, wall), status: 'ringing' });
  const { give_up_after } = script;
  return give_up_after === undefined ? ringing : end(ringing, give_up_after, 'normal');
}

/** Performs what the call asks of its leg. A repeated instruction is recognised by its number and changes nothing. */
export function performOnLeg(leg: SimulatedLeg, command: LegCommand, wall: number, hasVoice?: HasVoice): SimulatedLeg {
  const fresh = command.instructions.slice(Math.max(0, leg.performed + 1 - command.first));
  const now = Math.max(legTime(leg, wall), command.at);
  return scheduleSilences(
    fresh.reduce((it, instruction) => applyInstruction(it, instruction, hasVoice), {
      ...leg,
      now,
      wall,
      performed: leg.performed + fresh.length,
    }),
  );
}

/** The leg's time at a moment of wall time, as far as the leg knows: events move a time that does not run freely. */
const legTime = ({ freeRunSpeed, now, wall }: SimulatedLeg, at: number): number =>
  freeRunSpeed === undefined ? now : now + Math.round(Math.max(0, at - wall) * freeRunSpeed);

/** The time until which a leg has lived. A fast leg that stands still may have got further, but was not told so. */
export const livedUntil = (leg: SimulatedLeg, wall: number): number =>
  leg.script.speed === 1 ? Math.max(leg.now, leg.now + wall - leg.wall) : legTime(leg, wall);

function applyInstruction(leg: SimulatedLeg, instruction: Instruction, hasVoice?: HasVoice): SimulatedLeg {
  if (leg.status === 'ended') return instruction.do === 'record' ? withClosedRecorders(record(leg, instruction)) : leg;
  switch (instruction.do) {
    case 'dial':
      return dial(leg);
    case 'answer':
      return leg.status === 'ringing' ? schedule(leg, 0, { type: 'leg.answered' }) : leg;
    case 'reject':
      return { ...end(leg, 0, 'rejected'), timeGrant: {} };
    case 'play':
      return startPlayback(leg, instruction, hasVoice);
    case 'stop':
      return leg.playback === instruction.playback ? stopPlayback(leg) : leg;
    case 'hangup':
      return { ...end(leg, 0, 'normal'), timeGrant: {} };
    case 'ring':
      return leg.playback === undefined ? startRinging(leg) : leg;
    case 'join':
      return joinBridge(isInBridge(leg, instruction.bridge.id) ? leg : endSounds(stopPlayback(leg)), instruction);
    case 'leave':
      return leaveBridge(leg);
    case 'record':
      return record(leg, instruction);
    case 'recorder':
      return { ...leg, recorders: switchRecorder(leg.recorders ?? [], instruction, momentOf(leg)) };
    // The script alone says whether the callee is a machine: detection needs nothing.
    case 'detect-machine':
      return leg;
    case 'run':
      return setFreeRunSpeed(leg, instruction.speed);
    case 'wait':
      return { ...leg, timeGrant: instruction.until === undefined ? {} : { until: instruction.until } };
  }
}

/** The sounds of a leg are in its own time, however fast that runs. */
const momentOf = (leg: SimulatedLeg): SoundMoment => ({ at: leg.now, wall: leg.wall, speed: 1, pace: speedOf(leg) });

const record = (leg: SimulatedLeg, order: Extract<Instruction, { do: 'record' }>): SimulatedLeg => ({
  ...leg,
  recorders: addRecorder(leg.recorders ?? [], order, { ...momentOf(leg), ...defined({ endedAt: leg.endedAt }) }),
});

const withClosedRecorders = (leg: SimulatedLeg): SimulatedLeg =>
  leg.recorders ? { ...leg, recorders: closeRecorders(leg.recorders, momentOf(leg)) } : leg;

const DIRECT_ENDS: Partial<Record<Script['outcome'], EndCause>> = {
  busy: 'busy',
  unallocated: 'unallocated',
  congestion: 'congestion',
};

function dial(leg: SimulatedLeg): SimulatedLeg {
  const { outcome, ring_after, answer_after } = leg.script;
  const dialing: SimulatedLeg = { ...leg, status: 'dialing' };
  const cause = DIRECT_ENDS[outcome];
  if (cause) return end(dialing, ring_after, cause);
  const ringing = schedule(dialing, ring_after, { type: 'leg.ringing' });
  if (outcome === 'no-answer') return ringing;
  if (outcome === 'reject') return end(ringing, ring_after + answer_after, 'rejected');
  return schedule(ringing, ring_after + answer_after, { type: 'leg.answered' });
}

/** The last thing that can happen to a leg. */
function end(leg: SimulatedLeg, seconds: number, cause: EndCause): SimulatedLeg {
  const before = leg.scheduled.filter(({ at }) => at <= leg.now + seconds * 1000 && seconds > 0);
  return schedule({ ...leg, scheduled: before }, seconds, { type: 'leg.ended', cause });
}

/** The wall time at which something happens next; undefined while the leg waits for an instruction. */
export function nextDueInLeg(leg: SimulatedLeg): number | undefined {
  const at = nextLegTime(leg);
  return at === undefined ? undefined : leg.wall + Math.max(0, at - leg.now) / speedOf(leg);
}

function nextLegTime({ scheduled, script, timeGrant, freeRunSpeed }: SimulatedLeg): number | undefined {
  const [first] = scheduled;
  if (script.speed === 1 || freeRunSpeed !== undefined) return first?.at;
  if (!timeGrant) return undefined;
  const { until } = timeGrant;
  return first === undefined || (until !== undefined && until < first.at) ? until : first.at;
}

/**
 * Lets time pass until the next thing happens, and reports that, if it is to be reported. A fast leg then stands still
 * until its call has answered, so that both agree on what came first however fast they run.
 */
export function advanceLeg(leg: SimulatedLeg, wall: number): { leg: SimulatedLeg; events: LegEvent[] } {
  const due = nextDueInLeg(leg);
  if (due === undefined || due > wall) return { leg, events: [] };
  const at = nextLegTime(leg) ?? leg.now;
  // A time that runs by itself has not waited for an alarm that came late.
  const moved: SimulatedLeg = {
    ...leg,
    now: Math.max(leg.now, at),
    wall: leg.freeRunSpeed ? due : Math.max(leg.wall, wall),
  };
  const { timeGrant: _used, ...rest } = moved;
  const [first, ...later] = leg.scheduled;
  if (!first || first.at > at) return report(rest, { type: 'leg.clock' });
  const { fact } = first;
  if (fact.type === 'leg.talking' && !leg.membership?.talking)
    return { leg: scheduleSilences(applyFact({ ...moved, scheduled: later }, fact)), events: [] };
  return report(scheduleSilences(applyFact({ ...rest, scheduled: later }, fact)), fact);
}

function report(leg: SimulatedLeg, fact: LegFact): { leg: SimulatedLeg; events: LegEvent[] } {
  const n = leg.reported + 1;
  return { leg: { ...leg, reported: n }, events: [{ ...fact, at: leg.now, n }] };
}

/** Applies a scheduled fact to the leg, now that it happens. */
function applyFact(leg: SimulatedLeg, fact: LegFact): SimulatedLeg {
  switch (fact.type) {
    case 'leg.ringing':
      return { ...leg, status: 'ringing' };
    case 'leg.answered':
      return pickUp({ ...endSounds(leg), status: 'up', answeredAt: leg.now });
    case 'leg.digit':
      return keysPressed(leg, { digits: fact.digit, from: leg.now, to: leg.now + SECONDS_BETWEEN_KEYS * 1000 });
    case 'leg.talking':
      return setSpeaking(leg, fact.talking);
    case 'leg.playback-ended':
      return promptEnded(leg, fact.playback);
    case 'leg.recorder-silent':
      return { ...leg, recorders: withSilenceReported(leg.recorders ?? [], fact.recording) };
    case 'leg.ended':
      return withClosedRecorders({ ...leaveBridge(endSounds(leg)), status: 'ended', scheduled: [], endedAt: leg.now });
    default:
      return leg;
  }
}

const keysPressed = (leg: SimulatedLeg, keys: PressedKeys): SimulatedLeg =>
  passKeys(keepPressedKeys(leg, keys), [keys]);

function pickUp(leg: SimulatedLeg): SimulatedLeg {
  const { digits, hang_up_after, machine, talks = [] } = leg.script;
  const pressing = digits.filter((entry) => !entry.after_prompt).reduce(scheduleDigits, { ...leg, scheduled: [] });
  const speaking = talks.reduce(scheduleTalk, pressing);
  const detected = machine ? schedule(speaking, MACHINE_DETECTED_AFTER, { type: 'leg.machine-detected' }) : speaking;
  return hang_up_after === undefined
    ? detected
    : schedule(detected, hang_up_after, { type: 'leg.ended', cause: 'normal' });
}

function scheduleTalk(leg: SimulatedLeg, { after, for: seconds }: NonNullable<Script['talks']>[number]): SimulatedLeg {
  const begun = schedule(leg, after, { type: 'leg.talking', talking: true });
  return schedule(begun, after + seconds, { type: 'leg.talking', talking: false });
}

function promptEnded(leg: SimulatedLeg, playback: string): SimulatedLeg {
  const { playback: current, ...withoutPlayback } = leg;
  const quiet = current === playback ? withoutPlayback : leg;
  const [waiting, ...digitsAfterPrompt] = quiet.digitsAfterPrompt;
  return waiting ? scheduleDigits({ ...quiet, digitsAfterPrompt }, waiting) : quiet;
}

function scheduleDigits(leg: SimulatedLeg, { after, digits }: Script['digits'][number]): SimulatedLeg {
  return [...digits].reduce(
    (it, digit, index) => schedule(it, after + index * SECONDS_BETWEEN_KEYS, { type: 'leg.digit', digit }),
    leg,
  );
}
