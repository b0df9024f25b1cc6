import type { EndCause, Instruction, LegCommand, LegEvent, LegFact, Script } from '../carrier.ts';
import { promptSeconds } from './speaking.ts';

/** Something the other party, or the network, will do. Times are the leg's own, epoch milliseconds. */
interface Planned {
  at: number;
  fact: LegFact;
}

/** One simulated leg. JSON. */
export interface Leg {
  id: string;
  script: Script;
  status: 'new' | 'dialing' | 'ringing' | 'up' | 'over';
  /** The leg's time, and the wall time of that moment. */
  now: number;
  wall: number;
  /** The soonest first. */
  plan: Planned[];
  playback?: string;
  /** Digits that wait for the end of a prompt. */
  patient: Script['digits'];
  /** Instructions performed and events reported so far. */
  performed: number;
  reported: number;
  /** For a leg whose time runs faster: how far it may run before it hears from its call again. */
  granted?: { until?: number };
}

const MACHINE_DETECTED_AFTER = 2;
const SECONDS_BETWEEN_KEYS = 0.2;

export const newLeg = (id: string, script: Script, at: number, wall: number): Leg => ({
  id,
  script,
  status: 'new',
  now: at,
  wall,
  plan: [],
  patient: script.digits.filter((entry) => entry.after_prompt),
  performed: 0,
  reported: 0,
});

/** A caller that rings one of our numbers, and perhaps gives up before the answer. */
export function incomingLeg(id: string, script: Script, at: number, wall: number): Leg {
  const ringing: Leg = { ...newLeg(id, script, at, wall), status: 'ringing' };
  const { give_up_after } = script;
  return give_up_after === undefined ? ringing : end(ringing, give_up_after, 'normal');
}

/** Does what the call asks. A repeated instruction is recognised by its number and changes nothing. */
export function perform(leg: Leg, command: LegCommand, wall: number): Leg {
  const fresh = command.instructions.slice(Math.max(0, leg.performed + 1 - command.first));
  const heard = { ...leg, now: Math.max(leg.now, command.at), wall, performed: leg.performed + fresh.length };
  return fresh.reduce(obey, heard);
}

function obey(leg: Leg, instruction: Instruction): Leg {
  if (leg.status === 'over') return leg;
  switch (instruction.do) {
    case 'dial':
      return dial(leg);
    case 'answer':
      return leg.status === 'ringing' ? plan(leg, 0, { type: 'leg.answered' }) : leg;
    case 'reject':
      return { ...end(leg, 0, 'rejected'), granted: {} };
    case 'play':
      return play(leg, instruction);
    case 'stop':
      return leg.playback === instruction.playback ? stop(leg) : leg;
    case 'hangup':
      return { ...end(leg, 0, 'normal'), granted: {} };
    case 'wait':
      return { ...leg, granted: instruction.until === undefined ? {} : { until: instruction.until } };
  }
}

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

function play(leg: Leg, { playback, prompts }: Extract<Instruction, { do: 'play' }>): Leg {
  const seconds = prompts.reduce((sum, prompt) => sum + promptSeconds(prompt), 0);
  return plan({ ...stop(leg), playback }, seconds, { type: 'leg.playback-ended', playback });
}

/** A prompt that is cut short has ended, too. */
function stop(leg: Leg): Leg {
  const { playback, ...silent } = leg;
  if (playback === undefined) return leg;
  const rest = leg.plan.filter(({ fact }) => fact.type !== 'leg.playback-ended');
  return plan({ ...silent, plan: rest }, 0, { type: 'leg.playback-ended', playback });
}

/** The last thing that can happen to a leg. */
function end(leg: Leg, seconds: number, cause: EndCause): Leg {
  const before = leg.plan.filter(({ at }) => at <= leg.now + seconds * 1000 && seconds > 0);
  return plan({ ...leg, plan: before }, seconds, { type: 'leg.ended', cause });
}

function plan(leg: Leg, seconds: number, fact: LegFact): Leg {
  const at = leg.now + Math.round(seconds * 1000);
  return { ...leg, plan: [...leg.plan, { at, fact }].sort((a, b) => a.at - b.at) };
}

/** When something happens next, in wall time; undefined when the leg waits to be told something. */
export function nextWall(leg: Leg): number | undefined {
  const at = nextMoment(leg);
  return at === undefined ? undefined : leg.wall + Math.max(0, at - leg.now) / leg.script.speed;
}

function nextMoment({ plan, script, granted }: Leg): number | undefined {
  const [first] = plan;
  if (script.speed === 1) return first?.at;
  if (!granted) return undefined;
  const { until } = granted;
  return first === undefined || (until !== undefined && until < first.at) ? until : first.at;
}

/**
 * Lets time pass until the next thing happens, and reports it. A fast leg then stands still until its call has
 * answered, so that both agree on what came first however fast they run.
 */
export function step(leg: Leg, wall: number): { leg: Leg; events: LegEvent[] } {
  const due = nextWall(leg);
  if (due === undefined || due > wall) return { leg, events: [] };
  const at = nextMoment(leg) ?? leg.now;
  const moved: Leg = { ...leg, now: Math.max(leg.now, at), wall: Math.max(leg.wall, wall) };
  const { granted: _used, ...rest } = moved;
  const [first, ...later] = leg.plan;
  if (!first || first.at > at) return report(rest, { type: 'leg.clock' });
  return report(happen({ ...rest, plan: later }, first.fact), first.fact);
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
      return pickUp({ ...leg, status: 'up' });
    case 'leg.playback-ended':
      return promptEnded(leg, fact.playback);
    case 'leg.ended':
      return { ...leg, status: 'over', plan: [] };
    default:
      return leg;
  }
}

function pickUp(leg: Leg): Leg {
  const { digits, hang_up_after, machine } = leg.script;
  const pressing = digits.filter((entry) => !entry.after_prompt).reduce(press, { ...leg, plan: [] });
  const detected = machine ? plan(pressing, MACHINE_DETECTED_AFTER, { type: 'leg.machine-detected' }) : pressing;
  return hang_up_after === undefined ? detected : plan(detected, hang_up_after, { type: 'leg.ended', cause: 'normal' });
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
