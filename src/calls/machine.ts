import type { LegFact } from '../contracts/carrier.ts';
import { goAway, roomFound, roomSaid, soundEnded, talking } from './activities/conference.ts';
import { childEnded, childReady, childRefused, type Dialing, letGo, release } from './activities/dial.ts';
import { type Call, type CallStatus, isOver, reasonFor, statusAfter } from './call.ts';
import {
  after,
  become,
  type CallEvent,
  command,
  type Effect,
  finish,
  hangUp,
  type Step,
  stay,
  withNote,
} from './effects.ts';
import { closeRecorder, failureOf, forgetRecorder, openRecorder, orderRecorder } from './recording/recorder.ts';
import {
  beginFlow,
  flowFailed,
  goOn,
  groundsFound,
  lineAnswered,
  promptsToPrepare,
  runDocument,
  tell,
} from './run-flow.ts';

type Cell<Event> = (call: Call, event: Event, now: number) => Step;
type Row = { [Type in CallEvent['type']]?: Cell<Extract<CallEvent, { type: Type }>> };

const hangUpByApi: Cell<unknown> = (call, _event, now) =>
  hangUp(call, call.answeredAt === undefined ? 'canceled' : 'completed', 'api', now);
const limit: Cell<unknown> = (call, _event, now) => hangUp(call, 'completed', 'time-limit', now);
const giveUp: Cell<unknown> = (call, _event, now) => hangUp(call, 'no-answer', 'timeout', now);

/** What those report that were dialled for this call. */
const dialled: Row = {
  'child.ready': (call, event, now) => goOn(childReady(call, event, now), now),
  'child.ended': (call, event, now) => goOn(childEnded(call, event, now), now),
  'child.refused': (call, event, now) => goOn(childRefused(call, event, now), now),
};

// Rows are states, columns are events. An empty cell means that the event no longer matters.
const table: Partial<Record<CallStatus, Row>> = {
  queued: {
    'call.placed': dial,
    'call.received': receive,
    'leg.ringing': (call, _event, now) => become(call, 'ringing', now),
    'leg.answered': answered,
    'leg.ended': legEnded,
    'timer.ring': giveUp,
    'parent.release': released,
    'room.said': calledOff,
    'user.hangup': hangUpByApi,
  },
  ringing: {
    ...dialled,
    'leg.answered': answered,
    'leg.ended': legEnded,
    'flow.loaded': runDocument,
    'flow.failed': flowFailed,
    'timer.verb': timeIsUp,
    'timer.ring': giveUp,
    'parent.release': released,
    'room.said': calledOff,
    'user.hangup': hangUpByApi,
  },
  'in-progress': {
    ...dialled,
    'leg.digit': keyPressed,
    'leg.playback-ended': (call, event, now) => soundEnded(call, event.playback, now) ?? tell(call, event, now),
    'leg.left': cutOff,
    'leg.talking': (call, { talking: isTalking }, now) => talking(call, isTalking, now),
    'leg.prompt-failed': (call, { code }) => withNote(call, { type: 'prompt.failed', code }),
    'leg.machine-detected': (call) => withNote({ ...call, answeredBy: 'machine' }, { type: 'leg.machine-detected' }),
    'leg.ended': legEnded,
    'flow.loaded': runDocument,
    'flow.failed': flowFailed,
    'timer.verb': timeIsUp,
    'timer.limit': limit,
    'timer.stay': (call, _event, now) => goOn(goAway(call, now), now),
    'parent.connect': (call, { bridge }) => command(call, { do: 'join', bridge, muted: false }),
    'parent.release': released,
    'room.found': (call, { visit, room }) => roomFound(call, visit, room),
    'room.said': (call, event, now) =>
      event.message.visit === 0 ? calledOff(call, event, now) : goOn(roomSaid(call, event.message, now), now),
    'grounds.found': (call, { grounds }, now) => groundsFound(call, grounds, now),
    'consent.withdrawn': withdrawn,
    'user.record': (call, { order, grounds }, now) =>
      call.recorder ? stay(call) : openRecorder({ ...call, grounds }, order, now),
    'user.recorder': (call, { is }, now) => orderRecorder(call, { do: 'change', is }, now),
    'leg.recorder-failed': recorderFailed,
    'leg.recorder-silent': (call, { recording }, now) =>
      call.recorder?.id === recording ? tell(call, { type: 'recorder.silent' }, now) : stay(call),
    'timer.record': (call, _event, now) => closeRecorder(call, now),
    'user.hangup': hangUpByApi,
  },
};

/** The whole life of a call. Pure: no clock, no randomness, no input or output. */
export function transition(call: Call, event: CallEvent, now: number): Step {
  // What was dialled for a call that is over must not go on alone.
  if (event.type === 'child.ready' && isOver(call)) return release(call, event.child);
  const cell = table[call.status]?.[event.type] as Cell<CallEvent> | undefined;
  return cell ? cell(call, event, now) : { call, effects: [] };
}

function dial(call: Call, _event: unknown, now: number): Step {
  const { to, from, script, routes } = call;
  const prepare = promptsToPrepare(call);
  return {
    call,
    effects: [
      { do: 'note', note: { type: 'call.queued' } },
      ...(call.statusEvents?.includes('initiated') ? [{ do: 'notify', call } as const] : []),
      { do: 'timer.set', name: 'ring', at: now + call.timeout * 1000 },
      {
        do: 'command',
        instruction: {
          do: 'dial',
          to,
          from,
          ...(script && { script }),
          ...(prepare.length > 0 && { prepare }),
          ...(Array.isArray(routes) && { routes }),
        },
      },
      ...(call.runsFreely && script
        ? [{ do: 'command', instruction: { do: 'run', speed: script.speed } } as const]
        : []),
    ],
  };
}

/** An inbound call rings while its flow is asked whether, and when, to answer. */
function receive(call: Call, _event: unknown, now: number): Step {
  const ringing = become(call, 'ringing', now);
  const timer: Effect = { do: 'timer.set', name: 'ring', at: now + call.timeout * 1000 };
  return after({ ...ringing, effects: [timer, ...ringing.effects] }, (it) => beginFlow(it, 'incoming', now));
}

function answered(call: Call, { gateway }: Extract<LegFact, { type: 'leg.answered' }>, now: number): Step {
  const up = become({ ...call, answeredAt: now, ...(gateway !== undefined && { gateway }) }, 'in-progress', now);
  const timers: Effect[] = [
    { do: 'timer.clear', name: 'ring' },
    { do: 'timer.set', name: 'limit', at: now + call.timeLimit * 1000 },
    ...(call.detectMachine ? [{ do: 'command', instruction: { do: 'detect-machine' } } as const] : []),
  ];
  return after({ ...up, effects: [...timers, ...up.effects] }, (it) => lineAnswered(it, now));
}

function legEnded(
  call: Call,
  { cause }: { cause: Extract<LegFact, { type: 'leg.ended' }>['cause'] },
  now: number,
): Step {
  const wasAnswered = call.answeredAt !== undefined;
  return finish(call, statusAfter(cause, wasAnswered), reasonFor(cause, wasAnswered), now);
}

function released(call: Call, _event: unknown, now: number): Step {
  return call.answeredAt === undefined
    ? hangUp(call, 'canceled', 'canceled', now)
    : hangUp(call, 'completed', 'hangup', now);
}

/** The room that made this call is over before the call was in it. */
function calledOff(call: Call, { message }: Extract<CallEvent, { type: 'room.said' }>, now: number): Step {
  const isMeant = message.type === 'room.out' && message.room === call.participantOf && call.visits === 0;
  return isMeant ? released(call, message, now) : stay(call);
}

/** Of a verb that waits, or of dialling and talking. */
function timeIsUp(call: Call, event: { type: 'timer.verb' }, now: number): Step {
  if (call.flow?.is === 'looking') return groundsFound(call, undefined, now);
  return call.dialing ? goOn(letGo(call, now), now) : tell(call, event, now);
}

function recorderFailed(call: Call, event: Extract<LegFact, { type: 'leg.recorder-failed' }>, now: number): Step {
  const { recording, reason } = event;
  if (call.recorder?.id !== recording) return stay(call);
  const failed = forgetRecorder(call, failureOf(reason, now));
  return after(failed, (it) => tell(it, { type: 'recorder.failed' }, now));
}

const withPartner = (dialing: Dialing, consent: string): Dialing =>
  dialing.partner?.evidence === consent ? { ...dialing, partner: { ...dialing.partner, consent: 'refused' } } : dialing;

/** Nothing more is recorded of who does not agree any more: not in this call, whatever it said before. */
function withdrawn(call: Call, { consent }: { consent: string }, now: number): Step {
  const { grounds, consent: answered, recorder, dialing } = call;
  const onFile = Object.fromEntries(Object.entries(grounds?.onFile ?? {}).filter(([, id]) => id !== consent));
  const asked = answered?.evidence === consent ? { consent: { is: 'refused' as const } } : {};
  const without: Call = {
    ...call,
    ...(grounds && { grounds: { ...grounds, onFile } }),
    ...asked,
    ...(dialing && { dialing: withPartner(dialing, consent) }),
  };
  return recorder?.consents.includes(consent) ? closeRecorder(without, now) : stay(without);
}

function keyPressed(call: Call, event: Extract<LegFact, { type: 'leg.digit' }>, now: number): Step {
  const { dialing } = call;
  if (!dialing) return tell(call, event, now);
  const isEnough = event.digit === '*' && dialing.order.hangupOnStar && dialing.connectedAt !== undefined;
  return isEnough ? goOn(letGo(call, now), now) : stay(call);
}

/** The network took it out of its bridge: whoever else is there goes on, and this call with its document, if it has one. */
function cutOff(call: Call, { bridge }: Extract<LegFact, { type: 'leg.left' }>, now: number): Step {
  const { dialing, meeting, parentId } = call;
  if (dialing?.bridge === bridge) return goOn(letGo(call, now), now);
  if (meeting?.place?.is === 'meeting' && meeting.place.bridge.id === bridge) return goOn(goAway(call, now), now);
  return parentId !== undefined && bridge.startsWith(parentId)
    ? hangUp(call, 'failed', 'network-failure', now)
    : stay(call);
}
