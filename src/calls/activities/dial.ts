import type { DialOrder, DialTarget } from '../../contracts/orders.ts';
import type { Position } from '../../flow/interpreter.ts';
import { derivedId } from '../../lib/ids.ts';
import type { Call, CallStatus } from '../call.ts';
import { after, type Connecting, command, type Effect, runFreely, type Step, say, stay, withNote } from '../effects.ts';
import { type Present, permissionFor } from '../recording/parties.ts';
import { adjustRecorder, closeRecorder, mayOpen, openRecorder } from '../recording/recorder.ts';
import type { ChildEvent, ChildOrder, Word } from './messages.ts';

/** What a call does while others are dialled for it, and while it talks to one of them. */
export interface Dialing {
  /** Of the verb in its document. */
  position: Position;
  order: DialOrder;
  bridge: string;
  children: Child[];
  /** Whom to dial next, one after the other. */
  left: DialTarget[];
  /** The one that answered first. */
  winner?: string;
  /** Who that is, and whether they may be recorded. */
  partner?: Present;
  connectedAt?: number;
}

export interface Child {
  id: string;
  over?: CallStatus;
}

/** How much longer than it may ring a dialled call may take to report its end, in seconds. */
const PLACING_SECONDS = 30;

/** How long it may be busy with what it hears before both are connected: a whisper, and whether it may be recorded. */
const FIRST_SECONDS = 120;

export function startDial(call: Call, order: DialOrder, position: Position, now: number): Step {
  const [first, ...others] = order.targets;
  const [targets, left] = order.sequential && first ? [[first], others] : [order.targets, []];
  const dialing: Dialing = { position, order, bridge: `${call.id}-d${call.dials + 1}`, children: [], left };
  const { flow: _left, ...rest } = call;
  const free = runFreely({ ...rest, dials: call.dials + 1, dialing });
  const ringing = call.answeredAt === undefined ? free : after(free, (it) => command(it, { do: 'ring' }));
  return after(ringing, (it) => placeChildren(it, targets, now));
}

function placeChildren(call: Call, targets: DialTarget[], now: number): Step {
  const { dialing } = call;
  if (!dialing) return stay(call);
  const orders = targets.map((target, index) => childOrder(call, dialing.order, target, index, now));
  const children = [...dialing.children, ...orders.map(({ id }) => ({ id }))];
  const guard: Effect = {
    do: 'timer.set',
    name: 'verb',
    at: now + (dialing.order.timeout + PLACING_SECONDS + FIRST_SECONDS) * 1000,
  };
  const notes = orders.map(({ id }): Effect => ({ do: 'note', note: { type: 'dial.placed', call: id } }));
  const words = orders.map((place): Word => ({ to: 'child', place }));
  return {
    call: { ...call, placed: call.placed + orders.length, dialing: { ...dialing, children } },
    effects: [guard, ...notes, ...words.map(say)],
  };
}

function childOrder(call: Call, order: DialOrder, target: DialTarget, index: number, now: number): ChildOrder {
  const from = order.callerId ?? callerOf(call);
  return {
    id: derivedId('CA', call.id, call.placed + index + 1, now),
    target,
    from,
    foreign: from !== call.from && !(call.direction === 'inbound' && from === call.to),
    timeout: order.timeout,
    // They talk for as long as this call says; the other's own limit is for a word that gets lost.
    timeLimit: order.timeLimit + FIRST_SECONDS,
    // Also where nothing is recorded yet that will be, once they are connected.
    ...((order.record || call.recorder) && { recordedUnder: permissionFor(call).policy }),
    ...(call.notice !== undefined && { notice: call.notice }),
  };
}

/** A call that is passed on shows who calls; of a caller who hides, the number that was called. */
const callerOf = ({ direction, from, to }: Call): string =>
  direction === 'inbound' && !from.startsWith('+') ? to : from;

/** The first that is ready is connected, and the others are let go. */
export function childReady(
  call: Call,
  { child, party }: Extract<ChildEvent, { type: 'child.ready' }>,
  now: number,
): Connecting {
  const { dialing } = call;
  if (!dialing || (dialing.winner !== undefined && dialing.winner !== child)) return release(call, child);
  if (dialing.winner === child) return stay(call);
  const others = dialing.children.filter((it) => it.id !== child && !it.over);
  const won = { ...call, dialing: { ...dialing, winner: child, left: [], ...(party && { partner: party }) } };
  const released: Step = { call: won, effects: others.map(({ id }) => releaseOf(id)) };
  if (call.answeredAt === undefined) return after(released, (it) => command(it, { do: 'answer' }));
  return after(released, (it) => connect(it, now));
}

/** Both lines are up: they hear each other from now on. */
export function connect(call: Call, now: number): Step {
  const { dialing } = call;
  if (dialing?.winner === undefined) return stay(call);
  const { winner, order } = dialing;
  const bridge = { id: dialing.bridge, ...(call.gateway !== undefined && { home: call.gateway }) };
  // The recorder does not hear anybody before it is known that they agree.
  const adjusted = adjustRecorder({ ...call, dialing: { ...dialing, connectedAt: now } }, now);
  const joined = after(adjusted, (it) => command(it, { do: 'join', bridge, muted: false }));
  const recorded = after(joined, (it) => recordTalk(it, now));
  const noted = after(recorded, (it) => withNote(it, { type: 'dial.connected', call: winner }));
  const effects: Effect[] = [
    { do: 'timer.set', name: 'verb', at: now + order.timeLimit * 1000 },
    say({ to: 'child', child: winner, event: { type: 'parent.connect', bridge } }),
  ];
  return { call: noted.call, effects: [...noted.effects, ...effects] };
}

/** As the verb says, if everyone agrees and nothing records already. */
function recordTalk(call: Call, now: number): Step {
  const record = call.dialing?.order.record;
  if (!record || call.recorder) return stay(call);
  return mayOpen(call)
    ? openRecorder(call, record, now)
    : withNote(call, { type: 'recording.refused', reason: 'consent' });
}

export function childEnded(call: Call, event: Extract<ChildEvent, { type: 'child.ended' }>, now: number): Connecting {
  return childOver(call, event.child, event.status, now);
}

export function childRefused(
  call: Call,
  event: Extract<ChildEvent, { type: 'child.refused' }>,
  now: number,
): Connecting {
  const noted = withNote(call, { type: 'dial.refused', call: event.child, code: event.code });
  const over = childOver(noted.call, event.child, 'failed', now);
  return { ...over, effects: [...noted.effects, ...over.effects] };
}

function childOver(call: Call, id: string, status: CallStatus, now: number): Connecting {
  const { dialing } = call;
  if (!dialing?.children.some((child) => child.id === id && !child.over)) return stay(call);
  const children = dialing.children.map((child) => (child.id === id ? { ...child, over: status } : child));
  const told: Call = { ...call, dialing: { ...dialing, children } };
  if (dialing.winner === id) return endDial(told, now);
  if (dialing.winner !== undefined || children.some((child) => !child.over)) return stay(told);
  const [next, ...left] = dialing.left;
  if (!next) return endDial(told, now);
  return placeChildren({ ...told, dialing: { ...dialing, children, left } }, [next], now);
}

/** The time is up, or the caller has had enough: whoever is still there is let go. */
export function letGo(call: Call, now: number): Connecting {
  if (!call.dialing) return stay(call);
  const there = call.dialing.children.filter((child) => !child.over);
  const over = endDial(call, now);
  return { ...over, effects: [...there.map(({ id }) => releaseOf(id)), ...over.effects] };
}

function endDial(call: Call, now: number): Connecting {
  const { dialing, ...rest } = call;
  if (!dialing) return stay(call);
  const { order, connectedAt, position } = dialing;
  const isOwn = order.record !== undefined && call.recorder?.order.source === 'dial-verb';
  const closed = isOwn ? closeRecorder(call, now) : stay(call);
  const ended: Record<string, string> = {
    ...resultOf(dialing, now),
    ...(isOwn && { recording_id: call.recorder?.id ?? '' }),
  };
  const effects: Effect[] = [
    { do: 'timer.clear', name: 'verb' },
    ...(connectedAt === undefined ? [] : [{ do: 'command', instruction: { do: 'leave' } } as const]),
    { do: 'note', note: { type: 'dial.ended', status: ended.dial_call_status ?? '' } },
  ];
  const { recorder: _before, ...apart } = rest;
  const { recorder } = closed.call;
  const alone: Call = { ...apart, ...(recorder && { recorder }), flow: { is: 'running', position } };
  const step = after({ call: alone, effects: [...closed.effects, ...effects] }, (it) => adjustRecorder(it, now));
  return { ...step, ended };
}

/** The most hopeful first: what is told of several that nobody answered. */
const OUTCOMES: CallStatus[] = ['completed', 'no-answer', 'busy', 'failed', 'canceled'];

function resultOf({ children, winner, connectedAt }: Dialing, now: number): Record<string, string> {
  const statuses = children.map(({ over }) => over ?? 'no-answer');
  const best = OUTCOMES.find((status) => statuses.includes(status)) ?? 'failed';
  const told = winner ?? children.at(-1)?.id;
  return {
    dial_call_status: connectedAt === undefined ? best : 'completed',
    ...(told !== undefined && { dial_call_id: told }),
    ...(connectedAt !== undefined && { dial_call_duration: String(Math.round((now - connectedAt) / 1000)) }),
    dial_bridged: String(connectedAt !== undefined),
  };
}

const releaseOf = (child: string): Effect => say({ to: 'child', child, event: { type: 'parent.release' } });

/** Also a call that is over answers so: what it once dialled must not go on alone. */
export const release = (call: Call, child: string): Step => ({ call, effects: [releaseOf(child)] });
