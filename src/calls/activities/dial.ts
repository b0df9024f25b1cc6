import { dialBridgeId } from '../../contracts/bridge-id.ts';
import type { CallStatus } from '../../contracts/call.ts';
import type { DialOrder, DialTarget } from '../../contracts/orders.ts';
import type { Position } from '../../flow/interpreter.ts';
import { defined } from '../../lib/defined.ts';
import { derivedId } from '../../lib/ids.ts';
import type { Call, DialState } from '../call.ts';
import {
  andThen,
  type ConnectionTransition,
  command,
  type Effect,
  log,
  runFreely,
  send,
  type Transition,
  unchanged,
} from '../effects.ts';
import { permissionFor } from '../recording/parties.ts';
import { adjustRecorder, closeRecorder, mayOpen, openRecorder } from '../recording/recorder.ts';
import type { DialLegEvent, DialLegOrder, PeerMessage } from './messages.ts';

/** How much longer than it may ring a dialled call may take to report its end, in seconds. */
const PLACING_SECONDS = 30;

/** How long it may be busy with what it hears before both are connected: a whisper, and whether it may be recorded. */
const FIRST_SECONDS = 120;

export function startDial(call: Call, order: DialOrder, position: Position, now: number): Transition {
  const [first, ...others] = order.targets;
  const [targets, left] = order.sequential && first ? [[first], others] : [order.targets, []];
  const dialing: DialState = { position, order, bridge: dialBridgeId(call.id, call.dials + 1), legs: [], left };
  const { flow: _left, ...rest } = call;
  const free = runFreely({ ...rest, dials: call.dials + 1, dialing });
  const ringing = call.answeredAt === undefined ? free : andThen(free, (it) => command(it, { do: 'ring' }));
  return andThen(ringing, (it) => placeLegs(it, targets, now));
}

function placeLegs(call: Call, targets: DialTarget[], now: number): Transition {
  const { dialing } = call;
  if (!dialing) return unchanged(call);
  const orders = targets.map((target, index) => legOrder(call, dialing.order, target, index, now));
  const legs = [...dialing.legs, ...orders.map(({ id }) => ({ id }))];
  const guard: Effect = {
    do: 'timer.set',
    name: 'verb',
    at: now + (dialing.order.timeout + PLACING_SECONDS + FIRST_SECONDS) * 1000,
  };
  const notes = orders.map(({ id }): Effect => ({ do: 'log', entry: { type: 'dial.placed', call: id } }));
  const words = orders.map((place): PeerMessage => ({ to: 'dial-leg', place }));
  return {
    call: { ...call, placed: call.placed + orders.length, dialing: { ...dialing, legs } },
    effects: [guard, ...notes, ...words.map(send)],
  };
}

function legOrder(call: Call, order: DialOrder, target: DialTarget, index: number, now: number): DialLegOrder {
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
    ...defined({ notice: call.notice }),
  };
}

/** A call that is passed on shows who calls; of a caller who hides, the number that was called. */
const callerOf = ({ direction, from, to }: Call): string =>
  direction === 'inbound' && !from.startsWith('+') ? to : from;

/** The first that is ready is connected, and the others are let go. */
export function dialLegReady(
  call: Call,
  { leg, party }: Extract<DialLegEvent, { type: 'dial-leg.ready' }>,
  now: number,
): ConnectionTransition {
  const { dialing } = call;
  if (!dialing || (dialing.winner !== undefined && dialing.winner !== leg)) return release(call, leg);
  if (dialing.winner === leg) return unchanged(call);
  const others = dialing.legs.filter((it) => it.id !== leg && !it.over);
  const won = { ...call, dialing: { ...dialing, winner: leg, left: [], ...(party && { partner: party }) } };
  const released: Transition = { call: won, effects: others.map(({ id }) => releaseMessage(id)) };
  if (call.answeredAt === undefined) return andThen(released, (it) => command(it, { do: 'answer' }));
  return andThen(released, (it) => connect(it, now));
}

/** Both lines are up: they hear each other from now on. */
export function connect(call: Call, now: number): Transition {
  const { dialing } = call;
  if (dialing?.winner === undefined) return unchanged(call);
  const { winner, order } = dialing;
  const bridge = defined({ id: dialing.bridge, home: call.gateway });
  // The recorder does not hear anybody before it is known that they agree.
  const adjusted = adjustRecorder({ ...call, dialing: { ...dialing, connectedAt: now } }, now);
  const joined = andThen(adjusted, (it) => command(it, { do: 'join', bridge, muted: false }));
  const recorded = andThen(joined, (it) => recordTalk(it, now));
  const noted = andThen(recorded, (it) => log(it, { type: 'dial.connected', call: winner }));
  const effects: Effect[] = [
    { do: 'timer.set', name: 'verb', at: now + order.timeLimit * 1000 },
    send({ to: 'dial-leg', leg: winner, event: { type: 'parent.connect', bridge } }),
  ];
  return { call: noted.call, effects: [...noted.effects, ...effects] };
}

/** As the verb says, if everyone agrees and nothing records already. */
function recordTalk(call: Call, now: number): Transition {
  const record = call.dialing?.order.record;
  if (!record || call.recorder) return unchanged(call);
  return mayOpen(call) ? openRecorder(call, record, now) : log(call, { type: 'recording.refused', reason: 'consent' });
}

export function dialLegEnded(
  call: Call,
  event: Extract<DialLegEvent, { type: 'dial-leg.ended' }>,
  now: number,
): ConnectionTransition {
  return dialLegOver(call, event.leg, event.status, now);
}

export function dialLegRefused(
  call: Call,
  event: Extract<DialLegEvent, { type: 'dial-leg.refused' }>,
  now: number,
): ConnectionTransition {
  const noted = log(call, { type: 'dial.refused', call: event.leg, code: event.code });
  const over = dialLegOver(noted.call, event.leg, 'failed', now);
  return { ...over, effects: [...noted.effects, ...over.effects] };
}

function dialLegOver(call: Call, id: string, status: CallStatus, now: number): ConnectionTransition {
  const { dialing } = call;
  if (!dialing?.legs.some((child) => child.id === id && !child.over)) return unchanged(call);
  const legs = dialing.legs.map((child) => (child.id === id ? { ...child, over: status } : child));
  const told: Call = { ...call, dialing: { ...dialing, legs } };
  if (dialing.winner === id) return endDial(told, now);
  if (dialing.winner !== undefined || legs.some((child) => !child.over)) return unchanged(told);
  const [next, ...left] = dialing.left;
  if (!next) return endDial(told, now);
  return placeLegs({ ...told, dialing: { ...dialing, legs, left } }, [next], now);
}

/** The time is up, or the caller has had enough: whoever is still there is let go. */
export function releaseLegs(call: Call, now: number): ConnectionTransition {
  if (!call.dialing) return unchanged(call);
  const there = call.dialing.legs.filter((child) => !child.over);
  const over = endDial(call, now);
  return { ...over, effects: [...there.map(({ id }) => releaseMessage(id)), ...over.effects] };
}

function endDial(call: Call, now: number): ConnectionTransition {
  const { dialing, ...rest } = call;
  if (!dialing) return unchanged(call);
  const { order, connectedAt, position } = dialing;
  const isOwn = order.record !== undefined && call.recorder?.order.source === 'dial-verb';
  const closed = isOwn ? closeRecorder(call, now) : unchanged(call);
  const ended: Record<string, string> = {
    ...resultOf(dialing, now),
    ...(isOwn && { recording_id: call.recorder?.id ?? '' }),
  };
  const effects: Effect[] = [
    { do: 'timer.clear', name: 'verb' },
    ...(connectedAt === undefined ? [] : [{ do: 'command', instruction: { do: 'leave' } } as const]),
    { do: 'log', entry: { type: 'dial.ended', status: ended.dial_call_status ?? '' } },
  ];
  const { recorder: _before, ...apart } = rest;
  const { recorder } = closed.call;
  const alone: Call = { ...apart, ...defined({ recorder }), flow: { is: 'running', position } };
  const step = andThen({ call: alone, effects: [...closed.effects, ...effects] }, (it) => adjustRecorder(it, now));
  return { ...step, ended };
}

/** The most hopeful first: what is told of several that nobody answered. */
const OUTCOMES: CallStatus[] = ['completed', 'no-answer', 'busy', 'failed', 'canceled'];

function resultOf({ legs, winner, connectedAt }: DialState, now: number): Record<string, string> {
  const statuses = legs.map(({ over }) => over ?? 'no-answer');
  const best = OUTCOMES.find((status) => statuses.includes(status)) ?? 'failed';
  const told = winner ?? legs.at(-1)?.id;
  return {
    dial_call_status: connectedAt === undefined ? best : 'completed',
    ...defined({ dial_call_id: told }),
    ...(connectedAt !== undefined && { dial_call_duration: String(Math.round((now - connectedAt) / 1000)) }),
    dial_bridged: String(connectedAt !== undefined),
  };
}

const releaseMessage = (leg: string): Effect => send({ to: 'dial-leg', leg, event: { type: 'parent.release' } });

/** Also a call that is over answers so: what it once dialled must not go on alone. */
export const release = (call: Call, child: string): Transition => ({ call, effects: [releaseMessage(child)] });
