import type { CallStatus } from '../contracts/call.ts';
import type { LegFact } from '../contracts/carrier.ts';
import { defined } from '../lib/defined.ts';
import {
  conferenceFound,
  conferenceMessage,
  leaveConference,
  reportTalking,
  soundEnded,
} from './activities/conference.ts';
import { dialLegEnded, dialLegReady, dialLegRefused, release, releaseLegs } from './activities/dial.ts';
import { type Call, type DialState, isOver, reasonFor, statusAfter } from './call.ts';
import {
  andThen,
  type CallEvent,
  changeStatus,
  command,
  type Effect,
  finish,
  hangUp,
  log,
  type Transition,
  unchanged,
} from './effects.ts';
import { closeRecorder, failureOf, forgetRecorder, openRecorder, orderRecorder } from './recording/recorder.ts';
import {
  beginFlow,
  consentFound,
  continueFlow,
  firstPrompts,
  flowFailed,
  lineAnswered,
  resumeVerb,
  runDocument,
} from './run-flow.ts';

type Cell<Event> = (call: Call, event: Event, now: number) => Transition;
type Row = { [Type in CallEvent['type']]?: Cell<Extract<CallEvent, { type: Type }>> };

const hangUpByApi: Cell<unknown> = (call, _event, now) =>
  hangUp(call, call.answeredAt === undefined ? 'canceled' : 'completed', 'api', now);
const limit: Cell<unknown> = (call, _event, now) => hangUp(call, 'completed', 'time-limit', now);
const giveUp: Cell<unknown> = (call, _event, now) => hangUp(call, 'no-answer', 'timeout', now);

/** What those report that were dialled for this call. */
const dialled: Row = {
  'dial-leg.ready': (call, event, now) => continueFlow(dialLegReady(call, event, now), now),
  'dial-leg.ended': (call, event, now) => continueFlow(dialLegEnded(call, event, now), now),
  'dial-leg.refused': (call, event, now) => continueFlow(dialLegRefused(call, event, now), now),
};

// Rows are states, columns are events. An empty cell means that the event no longer matters.
const table: Partial<Record<CallStatus, Row>> = {
  queued: {
    'call.placed': dial,
    'call.received': receive,
    'leg.ringing': (call, _event, now) => changeStatus(call, 'ringing', now),
    'leg.answered': answered,
    'leg.ended': legEnded,
    'timer.ring': giveUp,
    'parent.release': released,
    'conference.message': calledOff,
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
    'conference.message': calledOff,
    'user.hangup': hangUpByApi,
  },
  'in-progress': {
    ...dialled,
    'leg.digit': keyPressed,
    'leg.playback-ended': (call, event, now) => soundEnded(call, event.playback, now) ?? resumeVerb(call, event, now),
    'leg.left': cutOff,
    'leg.talking': (call, { talking: isTalking }, now) => reportTalking(call, isTalking, now),
    'leg.prompt-failed': (call, { code }) => log(call, { type: 'prompt.failed', code }),
    'leg.machine-detected': (call) => log({ ...call, answeredBy: 'machine' }, { type: 'leg.machine-detected' }),
    'leg.ended': legEnded,
    'flow.loaded': runDocument,
    'flow.failed': flowFailed,
    'timer.verb': timeIsUp,
    'timer.limit': limit,
    'timer.stay': (call, _event, now) => continueFlow(leaveConference(call, now), now),
    'parent.connect': (call, { bridge }) => command(call, { do: 'join', bridge, muted: false }),
    'parent.release': released,
    'conference.found': (call, { stay, conference }) => conferenceFound(call, stay, conference),
    'conference.message': (call, event, now) =>
      event.message.stay === 0
        ? calledOff(call, event, now)
        : continueFlow(conferenceMessage(call, event.message, now), now),
    'consent.looked-up': (call, { consentOnFile }, now) => consentFound(call, consentOnFile, now),
    'consent.withdrawn': withdrawn,
    'user.record': (call, { order, consentOnFile }, now) =>
      call.recorder ? unchanged(call) : openRecorder({ ...call, consentOnFile }, order, now),
    'user.recorder': (call, { is }, now) => orderRecorder(call, { do: 'change', is }, now),
    'leg.recorder-failed': recorderFailed,
    'leg.recorder-silent': (call, { recording }, now) =>
      call.recorder?.id === recording ? resumeVerb(call, { type: 'recorder.silent' }, now) : unchanged(call),
    'timer.record': (call, _event, now) => closeRecorder(call, now),
    'user.hangup': hangUpByApi,
  },
};

/** The whole life of a call. Pure: no clock, no randomness, no input or output. */
export function transition(call: Call, event: CallEvent, now: number): Transition {
  // What was dialled for a call that is over must not go on alone.
  if (event.type === 'dial-leg.ready' && isOver(call)) return release(call, event.leg);
  const cell = table[call.status]?.[event.type] as Cell<CallEvent> | undefined;
  return cell ? cell(call, event, now) : { call, effects: [] };
}

function dial(call: Call, _event: unknown, now: number): Transition {
  const { to, from, script, routes } = call;
  const prepare = firstPrompts(call);
  return {
    call,
    effects: [
      { do: 'log', entry: { type: 'call.queued' } },
      ...(call.statusEvents?.includes('initiated') ? [{ do: 'notify', call } as const] : []),
      { do: 'timer.set', name: 'ring', at: now + call.timeout * 1000 },
      {
        do: 'command',
        instruction: {
          do: 'dial',
          to,
          from,
          ...defined({ script }),
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
function receive(call: Call, _event: unknown, now: number): Transition {
  const ringing = changeStatus(call, 'ringing', now);
  const timer: Effect = { do: 'timer.set', name: 'ring', at: now + call.timeout * 1000 };
  return andThen({ ...ringing, effects: [timer, ...ringing.effects] }, (it) => beginFlow(it, 'incoming', now));
}

function answered(call: Call, { gateway }: Extract<LegFact, { type: 'leg.answered' }>, now: number): Transition {
  const up = changeStatus({ ...call, answeredAt: now, ...defined({ gateway }) }, 'in-progress', now);
  const timers: Effect[] = [
    { do: 'timer.clear', name: 'ring' },
    { do: 'timer.set', name: 'limit', at: now + call.timeLimit * 1000 },
    ...(call.detectMachine ? [{ do: 'command', instruction: { do: 'detect-machine' } } as const] : []),
  ];
  return andThen({ ...up, effects: [...timers, ...up.effects] }, (it) => lineAnswered(it, now));
}

function legEnded(
  call: Call,
  { cause }: { cause: Extract<LegFact, { type: 'leg.ended' }>['cause'] },
  now: number,
): Transition {
  const wasAnswered = call.answeredAt !== undefined;
  return finish(call, statusAfter(cause, wasAnswered), reasonFor(cause, wasAnswered), now);
}

function released(call: Call, _event: unknown, now: number): Transition {
  return call.answeredAt === undefined
    ? hangUp(call, 'canceled', 'canceled', now)
    : hangUp(call, 'completed', 'hangup', now);
}

/** The conference that made this call is over before the call was in it. */
function calledOff(
  call: Call,
  { message }: Extract<CallEvent, { type: 'conference.message' }>,
  now: number,
): Transition {
  const isMeant = message.type === 'conference.remove' && message.conference === call.participantOf && call.stays === 0;
  return isMeant ? released(call, message, now) : unchanged(call);
}

/** Of a verb that waits, or of dialling and talking. */
function timeIsUp(call: Call, event: { type: 'timer.verb' }, now: number): Transition {
  if (call.flow?.is === 'looking') return consentFound(call, undefined, now);
  return call.dialing ? continueFlow(releaseLegs(call, now), now) : resumeVerb(call, event, now);
}

function recorderFailed(call: Call, event: Extract<LegFact, { type: 'leg.recorder-failed' }>, now: number): Transition {
  const { recording, reason } = event;
  if (call.recorder?.id !== recording) return unchanged(call);
  const failed = forgetRecorder(call, failureOf(reason, now));
  return andThen(failed, (it) => resumeVerb(it, { type: 'recorder.failed' }, now));
}

const withPartner = (dialing: DialState, consent: string): DialState =>
  dialing.partner?.evidence === consent ? { ...dialing, partner: { ...dialing.partner, consent: 'refused' } } : dialing;

/** Nothing more is recorded of who does not agree any more: not in this call, whatever it said before. */
function withdrawn(call: Call, { consent }: { consent: string }, now: number): Transition {
  const { consentOnFile, consent: answered, recorder, dialing } = call;
  const onFile = Object.fromEntries(Object.entries(consentOnFile?.onFile ?? {}).filter(([, id]) => id !== consent));
  const asked = answered?.evidence === consent ? { consent: { is: 'refused' as const } } : {};
  const without: Call = {
    ...call,
    ...(consentOnFile && { consentOnFile: { ...consentOnFile, onFile } }),
    ...asked,
    ...(dialing && { dialing: withPartner(dialing, consent) }),
  };
  return recorder?.consents.includes(consent) ? closeRecorder(without, now) : unchanged(without);
}

function keyPressed(call: Call, event: Extract<LegFact, { type: 'leg.digit' }>, now: number): Transition {
  const { dialing } = call;
  if (!dialing) return resumeVerb(call, event, now);
  const isEnough = event.digit === '*' && dialing.order.hangupOnStar && dialing.connectedAt !== undefined;
  return isEnough ? continueFlow(releaseLegs(call, now), now) : unchanged(call);
}

/** The network took it out of its bridge: whoever else is there goes on, and this call with its document, if it has one. */
function cutOff(call: Call, { bridge }: Extract<LegFact, { type: 'leg.left' }>, now: number): Transition {
  const { dialing, meeting, parentId } = call;
  if (dialing?.bridge === bridge) return continueFlow(releaseLegs(call, now), now);
  if (meeting?.placement?.is === 'joined' && meeting.placement.bridge.id === bridge)
    return continueFlow(leaveConference(call, now), now);
  return parentId !== undefined && bridge.startsWith(parentId)
    ? hangUp(call, 'failed', 'network-failure', now)
    : unchanged(call);
}
