import { dialBridgeId } from '../../contracts/bridge-id.ts';
import type { CallStatus } from '../../contracts/call.ts';
import type { DialOrder, DialTarget } from '../../contracts/orders.ts';
import type { Position } from '../../flow/interpreter.ts';
import { defined } from '../../lib/defined.ts';
import { derivedId } from '../../lib/ids.ts';
import { type ActivityState, type Call, isOver } from '../call.ts';
import { andThen, command, type Effect, log, send, shareTime, type Transition, unchanged } from '../effects.ts';
import { ownParty, permissionFor } from '../recording/parties.ts';
import { adjustRecorder, canRecord, closeRecorder, startRecorder } from '../recording/recorder.ts';
import { type Activity, type ActivityTransition, endActivity, type NextStep, stateOf } from './activity.ts';
import type { DialLegEvent, DialLegOrder, DialRefusal } from './messages.ts';

/** A call is busy with this while legs are dialled for it, and while it talks with one of them. */
export interface DialState extends ActivityState {
  kind: 'dial';
  position: Position;
  order: DialOrder;
  bridge: string;
  legs: DialLeg[];
  /** The targets that are dialled next, one after the other. */
  targetsLeft: DialTarget[];
  /** When the legs that ring now, or are to, were ordered. */
  orderedAt?: number;
  /** The leg that was ready first. */
  winner?: string;
}

interface DialLeg {
  id: string;
  /** The leg exists: until the database has admitted it, it does not. */
  placed?: true;
  ended?: CallStatus;
}

/** A dialled leg may take so much longer than it may ring to report its end, in seconds. */
const PLACING_SECONDS = 30;

/** A dialled leg may be busy so long before it is connected, in seconds: with a whisper, and with the question for consent. */
const PREPARING_SECONDS = 120;

export const dialActivity: Activity<DialState, DialOrder> = {
  kind: 'dial',
  begin(call, order, position, now) {
    const [first, ...others] = order.targets;
    const [targets, targetsLeft] = order.sequential && first ? [[first], others] : [order.targets, []];
    const state: DialState = {
      kind: 'dial',
      position,
      order,
      bridge: dialBridgeId(call.id, call.dials + 1),
      legs: [],
      targetsLeft,
    };
    const free = shareTime({ ...call, dials: call.dials + 1 });
    const ringing = call.answeredAt === undefined ? free : andThen(free, (it) => command(it, { do: 'ring' }));
    return andThen(ringing, (it) => placeLegs(it, state, targets, now));
  },
  on: {
    'dial-leg.ready': legReady,
    'dial-leg.placed': (call, state, { leg }) => unchanged(withState(call, withPlaced(state, leg))),
    'dial-leg.party-changed': legPartyChanged,
    'dial-leg.ended': (call, state, { leg, status, refused }, now) => {
      const over = legOver(call, withPlaced(state, leg), leg, status, now);
      return { ...over, effects: [...refusal(leg, refused), ...over.effects] };
    },
    'dial-leg.missing': (call, state, { leg }, now) => legOver(call, state, leg, 'no-answer', now),
    'leg.answered': (call, state, _event, now) =>
      state.connectedAt === undefined ? connect(call, state, now) : undefined,
    'leg.digit': (call, state, { digit }, now) => {
      const isEnough = digit === '*' && state.order.hangupOnStar && state.connectedAt !== undefined;
      return isEnough ? releaseAll(call, state, now) : undefined;
    },
    // The network took the call out of the bridge, so that the leg is alone there.
    'leg.left': (call, state, { bridge }, now) => (bridge === state.bridge ? releaseAll(call, state, now) : undefined),
    'timer.activity': (call, state, _event, now) =>
      state.winner === undefined ? ringTimeOver(call, state, now) : releaseAll(call, state, now),
  },
  late: {
    'dial-leg.ready': (call, { leg }) => ({ call, effects: [release(leg)] }),
  },
  interrupt,
  result: (call, state, now) => ({
    ...paramsFor(call, state, now),
    // A call that ends while the others ring has given them up.
    ...(state.connectedAt === undefined && { dial_call_status: 'canceled' }),
  }),
  partyChanged: (call, { winner, connectedAt }) =>
    winner === undefined || connectedAt === undefined
      ? []
      : [send({ to: 'dial-leg', leg: winner, event: { type: 'parent.party-changed', party: ownParty(call) } })],
};

/** The leg is known to exist. */
const withPlaced = (state: DialState, leg: string): DialState => ({
  ...state,
  legs: state.legs.map((it): DialLeg => (it.id === leg ? { ...it, placed: true } : it)),
});

const withState = (call: Call, activity: DialState): Call => ({ ...call, activity });

function placeLegs(call: Call, state: DialState, targets: DialTarget[], now: number): Transition {
  const { order } = state;
  const places = targets.map((target, index) => legOrder(call, order, target, index, now));
  const legs = [...state.legs, ...places.map(({ id }) => ({ id }))];
  // Where time runs faster, the database takes a longer time of it, which is nobody's fault.
  const at = isRealTime(call) ? now + order.timeout * 1000 : guardOf(order, now);
  return {
    call: withState({ ...call, legsPlaced: call.legsPlaced + places.length }, { ...state, legs, orderedAt: now }),
    effects: [
      { do: 'timer.set', name: 'activity', at },
      ...places.map(({ id }): Effect => ({ do: 'log', entry: { type: 'dial.placed', call: id } })),
      ...places.map((place) => send({ to: 'dial-leg', place })),
    ],
  };
}

const isRealTime = ({ script }: Call): boolean => (script?.speed ?? 1) === 1;

/** By then every leg that exists has reported its end, or that it is ready. */
const guardOf = ({ timeout }: DialOrder, orderedAt: number): number =>
  orderedAt + (timeout + PLACING_SECONDS + PREPARING_SECONDS) * 1000;

/** Legs that the database has not admitted in the time that they may ring were not answered. The others report by themselves. */
function ringTimeOver(call: Call, state: DialState, now: number): ActivityTransition {
  const { orderedAt = 0 } = state;
  const missing = state.legs.filter(({ ended, placed }) => !ended && !placed);
  const isRinging = state.legs.some(({ ended, placed }) => !ended && placed);
  const guard = guardOf(state.order, orderedAt);
  if (now >= guard || (missing.length === 0 && !isRinging)) return releaseAll(call, state, now);
  const later: Effect[] = isRinging ? [{ do: 'timer.set', name: 'activity', at: guard }] : [];
  const [last, ...others] = missing;
  if (!last) return { call, effects: later };
  const legs = state.legs.map(
    (it): DialLeg => (others.some(({ id }) => id === it.id) ? { ...it, ended: 'no-answer' } : it),
  );
  const over = legOver(call, { ...state, legs }, last.id, 'no-answer', now);
  return { ...over, effects: [...missing.map(({ id }) => release(id)), ...over.effects, ...later] };
}

/** Whether a leg that the call has ordered is still to be placed. */
export function wantsLeg(call: Call, leg: string): boolean {
  const state = isOver(call) ? undefined : stateOf<DialState>(call, 'dial');
  return state?.winner === undefined && state?.legs.some(({ id, ended }) => id === leg && !ended) === true;
}

function legOrder(call: Call, order: DialOrder, target: DialTarget, index: number, now: number): DialLegOrder {
  const from = order.callerId ?? callerOf(call);
  return {
    id: derivedId('CA', call.id, call.legsPlaced + index + 1, now),
    target,
    from,
    foreign: from !== call.from && !(call.direction === 'inbound' && from === call.to),
    timeout: order.timeout,
    // The two talk for as long as this call says; the leg's own limit is for a message that gets lost.
    timeLimit: order.timeLimit + PREPARING_SECONDS,
    // Also where nothing is recorded yet that will be, once they are connected.
    ...((order.record || call.attachments.recorder) && { recordedUnder: permissionFor(call).policy }),
  };
}

/** A call that is passed on shows its caller; of a caller who hides, it shows the number that was called. */
const callerOf = ({ direction, from, to }: Call): string =>
  direction === 'inbound' && !from.startsWith('+') ? to : from;

/** The first leg that is ready is connected, and the others are released. */
function legReady(
  call: Call,
  state: DialState,
  { leg, party }: Extract<DialLegEvent, { type: 'dial-leg.ready' }>,
  now: number,
): Transition {
  if (state.winner === leg) return unchanged(call);
  // Another leg was first, or this one was ready too late.
  const isWaitedFor = state.legs.some(({ id, ended }) => id === leg && !ended);
  if (state.winner !== undefined || !isWaitedFor) return { call, effects: [release(leg)] };
  const others = state.legs.filter(({ id, ended }) => id !== leg && !ended);
  const won: DialState = { ...state, winner: leg, targetsLeft: [], ...defined({ partner: party }) };
  const released: Transition = { call: withState(call, won), effects: others.map(({ id }) => release(id)) };
  // An inbound call that was to ring until now is answered first.
  if (call.answeredAt === undefined) return andThen(released, (it) => command(it, { do: 'answer' }));
  return andThen(released, (it) => connect(it, won, now));
}

/** The recorder hears the leg's party from its connection on, and never while that one does not agree. */
function legPartyChanged(
  call: Call,
  state: DialState,
  { leg, party }: Extract<DialLegEvent, { type: 'dial-leg.party-changed' }>,
  now: number,
): Transition {
  if (state.winner !== leg) return unchanged(call);
  return adjustRecorder(withState(call, { ...state, partner: party }), now);
}

/** Both lines are up: the two hear each other from now on. */
function connect(call: Call, state: DialState, now: number): Transition {
  const { winner, order } = state;
  if (winner === undefined) return unchanged(call);
  const bridge = defined({ id: state.bridge, home: call.gateway });
  const connected: DialState = { ...state, connectedAt: now, endsBy: now + order.timeLimit * 1000 };
  // The recorder does not hear anybody before it is known that they agree.
  const adjusted = adjustRecorder(withState(call, connected), now);
  const joined = andThen(adjusted, (it) => command(it, { do: 'join', bridge, muted: false }));
  const recorded = andThen(joined, (it) => recordTalk(it, order, now));
  return andThen(recorded, (it) => ({
    call: it,
    effects: [
      { do: 'log', entry: { type: 'dial.connected', call: winner } },
      { do: 'timer.set', name: 'activity', at: now + order.timeLimit * 1000 },
      send({
        to: 'dial-leg',
        leg: winner,
        event: { type: 'parent.connect', bridge, party: ownParty(it), seconds: talkSeconds(it, order, now) },
      }),
    ],
  }));
}

/** How long the two may talk, in seconds: as the verb says, and no longer than the call itself lasts. */
const talkSeconds = ({ answeredAt = 0, timeLimit }: Call, order: DialOrder, now: number): number =>
  Math.min(order.timeLimit, Math.max(0, (answeredAt + timeLimit * 1000 - now) / 1000));

/** Records the talk as the verb says, if everyone agrees and nothing records already. */
function recordTalk(call: Call, { record }: DialOrder, now: number): Transition {
  if (!record || call.attachments.recorder) return unchanged(call);
  return canRecord(call)
    ? startRecorder(call, record, now)
    : log(call, { type: 'recording.refused', reason: 'consent' });
}

function legOver(call: Call, state: DialState, id: string, status: CallStatus, now: number): ActivityTransition {
  if (!state.legs.some((leg) => leg.id === id && !leg.ended)) return unchanged(call);
  const legs = state.legs.map((leg) => (leg.id === id ? { ...leg, ended: status } : leg));
  const known: DialState = { ...state, legs };
  const [next, ...targetsLeft] = state.targetsLeft;
  if (state.winner === id) return endDial(call, known, now);
  if (state.winner !== undefined || legs.some(({ ended }) => !ended)) return unchanged(withState(call, known));
  return next ? placeLegs(call, { ...known, targetsLeft }, [next], now) : endDial(call, known, now);
}

/** Ends what the call and its leg had together: the recording, if the verb asked for one, and the bridge. */
function disconnect(call: Call, state: DialState, now: number): Transition {
  const closed = isOwnRecording(call, state.order) ? closeRecorder(call, now) : unchanged(call);
  const { dial_call_status: status = '' } = resultOf(state, now);
  const effects: Effect[] = [
    { do: 'timer.clear', name: 'activity' },
    ...(state.connectedAt === undefined ? [] : [{ do: 'command', instruction: { do: 'leave' } } as const]),
    { do: 'log', entry: { type: 'dial.ended', status } },
  ];
  // The verb's `action` hears of this recording now; `lastRecording` is what the verb record has made.
  const { attachments } = closed.call;
  const apart = { call: { ...endActivity(call, now), attachments }, effects: [...closed.effects, ...effects] };
  return andThen(apart, (it) => adjustRecorder(it, now));
}

function interrupt(call: Call, state: DialState, now: number): Transition {
  const there = state.legs.filter(({ ended }) => !ended);
  const over = disconnect(call, state, now);
  return { ...over, effects: [...there.map(({ id }) => release(id)), ...over.effects] };
}

/** The time is up, or somebody has had enough: the legs that are still there are released, and the verb goes on. */
const releaseAll = (call: Call, state: DialState, now: number): ActivityTransition => ({
  ...interrupt(call, state, now),
  next: resumption(call, state, now),
});

const endDial = (call: Call, state: DialState, now: number): ActivityTransition => ({
  ...disconnect(call, state, now),
  next: resumption(call, state, now),
});

/** The verb goes on, and its `action` is told how it went. */
const resumption = (call: Call, state: DialState, now: number): NextStep => ({
  do: 'resume-verb',
  position: state.position,
  params: paramsFor(call, state, now),
});

const paramsFor = (call: Call, state: DialState, now: number): Record<string, string> => ({
  ...resultOf(state, now),
  ...(isOwnRecording(call, state.order) && { recording_id: call.attachments.recorder?.id ?? '' }),
});

const isOwnRecording = ({ attachments }: Call, { record }: DialOrder): boolean =>
  record !== undefined && attachments.recorder?.order.source === 'dial-verb';

/** Of several legs that were not answered only one outcome is told: the first of these that occurs. */
const OUTCOMES: CallStatus[] = ['completed', 'no-answer', 'busy', 'failed', 'canceled'];

function resultOf({ legs, winner, connectedAt, endsBy }: DialState, now: number): Record<string, string> {
  const statuses = legs.map(({ ended }) => ended ?? 'no-answer');
  const best = OUTCOMES.find((status) => statuses.includes(status)) ?? 'failed';
  // A leg that was not placed in time is no call.
  const told = winner ?? legs.findLast(({ placed }) => placed)?.id;
  return {
    dial_call_status: connectedAt === undefined ? best : 'completed',
    ...defined({ dial_call_id: told }),
    ...(connectedAt !== undefined && {
      dial_call_duration: String(Math.round((Math.min(now, endsBy ?? now) - connectedAt) / 1000)),
    }),
    dial_bridged: String(connectedAt !== undefined),
  };
}

const release = (leg: string): Effect => send({ to: 'dial-leg', leg, event: { type: 'parent.release' } });

const refusal = (call: string, code: DialRefusal | undefined): Effect[] =>
  code === undefined ? [] : [{ do: 'log', entry: { type: 'dial.refused', call, code } }];
