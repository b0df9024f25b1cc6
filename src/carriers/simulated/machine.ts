import type { EndCause, Instruction, LegCommand, LegEvent, LegFact, Script } from '../../contracts/carrier.ts';
import { isInBridge, joinBridge, leaveBridge, passKeys, speak, startFreeRun } from './bridge-membership.ts';
import { type Leg, newLeg, type Pressed, plan, speedOf } from './leg.ts';
import { hush, ring, startPlayback, stopPlayback } from './playback.ts';
import { closeAll, type Moment, open, turnOne } from './recorder.ts';
import { notePressed, planSilences, toldSilence } from './voice-activity.ts';

const MACHINE_DETECTED_AFTER = 2;
const SECONDS_BETWEEN_KEYS = 0.2;

/** A caller that rings one of our numbers, and perhaps gives up before the answer. */
export function incomingLeg(id: string, script: Script, at: number, wall: number): Leg {
  const ringing: Leg = ring({ ...newLeg(id, script, at, wall), status: 'ringing' });
  const { give_up_after } = script;
  return give_up_after === undefined ? ringing : end(ringing, give_up_after, 'normal');
}

/** Does what the call asks. A repeated instruction is recognised by its number and changes nothing. */
export function perform(leg: Leg, command: LegCommand, wall: number): Leg {
  const fresh = command.instructions.slice(Math.max(0, leg.performed + 1 - command.first));
  const now = Math.max(timeOf(leg, wall), command.at);
  return planSilences(fresh.reduce(obey, { ...leg, now, wall, performed: leg.performed + fresh.length }));
}

/** The leg's time at a moment of wall time, as far as it knows: what does not run freely is moved by events. */
const timeOf = ({ free, now, wall }: Leg, at: number): number =>
  free === undefined ? now : now + Math.round(Math.max(0, at - wall) * free);

/** The time until which a leg has lived. A fast one that stands still may have got further, but has not been told so. */
export const livedUntil = (leg: Leg, wall: number): number =>
  leg.script.speed === 1 ? Math.max(leg.now, leg.now + wall - leg.wall) : timeOf(leg, wall);

function obey(leg: Leg, instruction: Instruction): Leg {
  if (leg.status === 'over') return instruction.do === 'record' ? closeRecorders(record(leg, instruction)) : leg;
  switch (instruction.do) {
    case 'dial':
      return dial(leg);
    case 'answer':
      return leg.status === 'ringing' ? plan(leg, 0, { type: 'leg.answered' }) : leg;
    case 'reject':
      return { ...end(leg, 0, 'rejected'), granted: {} };
    case 'play':
      return startPlayback(leg, instruction);
    case 'stop':
      return leg.playback === instruction.playback ? stopPlayback(leg) : leg;
    case 'hangup':
      return { ...end(leg, 0, 'normal'), granted: {} };
    case 'ring':
      return leg.playback === undefined ? ring(leg) : leg;
    case 'join':
      return joinBridge(isInBridge(leg, instruction.bridge.id) ? leg : hush(stopPlayback(leg)), instruction);
    case 'leave':
      return leaveBridge(leg);
    case 'record':
      return record(leg, instruction);
    case 'recorder':
      return { ...leg, recorders: turnOne(leg.recorders ?? [], instruction, momentOf(leg)) };
    // The script says whether it is one, asked or not.
    case 'detect-machine':
      return leg;
    case 'run':
      return startFreeRun(leg, instruction.speed);
    case 'wait':
      return { ...leg, granted: instruction.until === undefined ? {} : { until: instruction.until } };
  }
}

/** Sound of a leg is in its own time, however fast that runs. */
const momentOf = ({ now: at, wall }: Leg): Moment => ({ at, wall, speed: 1 });

const record = (leg: Leg, order: Extract<Instruction, { do: 'record' }>): Leg => ({
  ...leg,
  recorders: open(leg.recorders ?? [], order, momentOf(leg)),
});

const closeRecorders = (leg: Leg): Leg =>
  leg.recorders ? { ...leg, recorders: closeAll(leg.recorders, momentOf(leg)) } : leg;

const DIRECT_ENDS: Partial<Record<Script['outcome'], EndCause>> = {
  busy: 'busy',
  unallocated: 'unallocated',
  congestion: 'congestion',
};

function dial(leg: Leg): Leg {
  const { outcome, ring_after, answer_after } = leg.script;
  const dialing: Leg = { ...leg, status: 'dialing' };
  const cause = DIRECT_ENDS[outcome];
  if (cause) return end(dialing, ring_after, cause);
  const ringing = plan(dialing, ring_after, { type: 'leg.ringing' });
  if (outcome === 'no-answer') return ringing;
  if (outcome === 'reject') return end(ringing, ring_after + answer_after, 'rejected');
  return plan(ringing, ring_after + answer_after, { type: 'leg.answered' });
}

/** The last thing that can happen to a leg. */
function end(leg: Leg, seconds: number, cause: EndCause): Leg {
  const before = leg.plan.filter(({ at }) => at <= leg.now + seconds * 1000 && seconds > 0);
  return plan({ ...leg, plan: before }, seconds, { type: 'leg.ended', cause });
}

/** When something happens next, in wall time; undefined when the leg waits to be told something. */
export function nextWall(leg: Leg): number | undefined {
  const at = nextMoment(leg);
  return at === undefined ? undefined : leg.wall + Math.max(0, at - leg.now) / speedOf(leg);
}

function nextMoment({ plan, script, granted, free }: Leg): number | undefined {
  const [first] = plan;
  if (script.speed === 1 || free !== undefined) return first?.at;
  if (!granted) return undefined;
  const { until } = granted;
  return first === undefined || (until !== undefined && until < first.at) ? until : first.at;
}

/**
 * Lets time pass until the next thing happens, and reports it, if it is to be reported. A fast leg then stands still
 * until its call has answered, so that both agree on what came first however fast they run.
 */
export function step(leg: Leg, wall: number): { leg: Leg; events: LegEvent[] } {
  const due = nextWall(leg);
  if (due === undefined || due > wall) return { leg, events: [] };
  const at = nextMoment(leg) ?? leg.now;
  // Time that runs by itself does not wait for an alarm that came late.
  const moved: Leg = { ...leg, now: Math.max(leg.now, at), wall: leg.free ? due : Math.max(leg.wall, wall) };
  const { granted: _used, ...rest } = moved;
  const [first, ...later] = leg.plan;
  if (!first || first.at > at) return report(rest, { type: 'leg.clock' });
  const { fact } = first;
  if (fact.type === 'leg.talking' && !leg.part?.talking)
    return { leg: planSilences(happen({ ...moved, plan: later }, fact)), events: [] };
  return report(planSilences(happen({ ...rest, plan: later }, fact)), fact);
}

function report(leg: Leg, fact: LegFact): { leg: Leg; events: LegEvent[] } {
  const n = leg.reported + 1;
  return { leg: { ...leg, reported: n }, events: [{ ...fact, at: leg.now, n }] };
}

/** What follows when something planned happens. */
function happen(leg: Leg, fact: LegFact): Leg {
  switch (fact.type) {
    case 'leg.ringing':
      return { ...leg, status: 'ringing' };
    case 'leg.answered':
      return pickUp({ ...hush(leg), status: 'up', answeredAt: leg.now });
    case 'leg.digit':
      return pressed(leg, { digits: fact.digit, from: leg.now, to: leg.now + SECONDS_BETWEEN_KEYS * 1000 });
    case 'leg.talking':
      return speak(leg, fact.talking);
    case 'leg.playback-ended':
      return promptEnded(leg, fact.playback);
    case 'leg.recorder-silent':
      return toldSilence(leg, fact.recording);
    case 'leg.ended':
      return closeRecorders({ ...leaveBridge(hush(leg)), status: 'over', plan: [], endedAt: leg.now });
    default:
      return leg;
  }
}

const pressed = (leg: Leg, keys: Pressed): Leg => passKeys(notePressed(leg, keys), [keys]);

function pickUp(leg: Leg): Leg {
  const { digits, hang_up_after, machine, talks = [] } = leg.script;
  const pressing = digits.filter((entry) => !entry.after_prompt).reduce(press, { ...leg, plan: [] });
  const speaking = talks.reduce(talk, pressing);
  const detected = machine ? plan(speaking, MACHINE_DETECTED_AFTER, { type: 'leg.machine-detected' }) : speaking;
  return hang_up_after === undefined ? detected : plan(detected, hang_up_after, { type: 'leg.ended', cause: 'normal' });
}

function talk(leg: Leg, { after, for: seconds }: NonNullable<Script['talks']>[number]): Leg {
  const begun = plan(leg, after, { type: 'leg.talking', talking: true });
  return plan(begun, after + seconds, { type: 'leg.talking', talking: false });
}

function promptEnded(leg: Leg, playback: string): Leg {
  const { playback: current, ...silent } = leg;
  const quiet = current === playback ? silent : leg;
  const [waiting, ...patient] = quiet.patient;
  return waiting ? press({ ...quiet, patient }, waiting) : quiet;
}

function press(leg: Leg, { after, digits }: Script['digits'][number]): Leg {
  return [...digits].reduce(
    (it, digit, index) => plan(it, after + index * SECONDS_BETWEEN_KEYS, { type: 'leg.digit', digit }),
    leg,
  );
}
