import type { CallStatus } from '../contracts/call.ts';
import type { LegFact } from '../contracts/carrier.ts';
import { failureOf } from '../contracts/recording.ts';
import type { VerbEvent } from '../flow/verb.ts';
import { defined } from '../lib/defined.ts';
import { type Call, isOver, reasonFor, statusAfter } from './call.ts';
import {
  andThen,
  type CallEvent,
  changeStatus,
  command,
  type Effect,
  log,
  type Transition,
  unchanged,
} from './effects.ts';
import { finishCall, hangUp } from './end-call.ts';
import { withConsentOnFile } from './recording/parties.ts';
import {
  applyRecorderRequest,
  closeRecorder,
  detachRecorder,
  isOpenRecorder,
  startRecorder,
} from './recording/recorder.ts';
import { consentWithdrawn, endExpiredConsents, withConsentTimer } from './recording/withdrawal.ts';
import { handleLateEvent, tellPartyChange } from './run-activity.ts';
import {
  applyToActivity,
  beginFlow,
  consentFound,
  endCutMessage,
  firstPrompts,
  flowFailed,
  lineAnswered,
  playbackEnded,
  resumeVerb,
  runDocument,
} from './run-flow.ts';

type Cell<Event> = (call: Call, event: Event, now: number) => Transition;
type Row = { [Type in CallEvent['type']]?: Cell<Extract<CallEvent, { type: Type }>> };

const hangUpByApi: Cell<unknown> = (call, _event, now) =>
  hangUp(call, call.answeredAt === undefined ? 'canceled' : 'completed', 'api', now);
const giveUp: Cell<{ type: string }> = (call, { type }, now) =>
  hangUp(call, 'failed', type === 'call.too-large' ? 'flow-failed' : 'network-failure', now);
const reachTimeLimit: Cell<unknown> = (call, _event, now) => hangUp(call, 'completed', 'time-limit', now);
const stopRinging: Cell<unknown> = (call, _event, now) => hangUp(call, 'no-answer', 'timeout', now);

/** The activity comes first; an event that it leaves is for the verb that waits. */
const toActivityOrVerb: Cell<Extract<CallEvent, VerbEvent>> = (call, event, now) =>
  applyToActivity(call, event, now) ?? resumeVerb(call, event, now);

const GIVEN_UP: Row = { 'call.too-large': giveUp, 'call.unreachable': giveUp };

// Rows are states, columns are events. An event without a cell is for the call's activity, or no longer matters.
const table: Partial<Record<CallStatus, Row>> = {
  queued: {
    'call.placed': dialOut,
    'call.received': receive,
    'leg.ringing': (call, _event, now) => enterStatus(call, 'ringing', now),
    'leg.answered': answered,
    'leg.ended': legEnded,
    'timer.ring': stopRinging,
    'user.hangup': hangUpByApi,
    ...GIVEN_UP,
  },
  ringing: {
    'leg.answered': answered,
    'leg.ended': legEnded,
    'flow.loaded': runDocument,
    'flow.failed': flowFailed,
    'timer.verb': resumeVerb,
    'timer.ring': stopRinging,
    'user.hangup': hangUpByApi,
    ...GIVEN_UP,
  },
  'in-progress': {
    'leg.digit': toActivityOrVerb,
    'leg.playback-ended': (call, event, now) => applyToActivity(call, event, now) ?? playbackEnded(call, event, now),
    'leg.prompt-failed': (call, { code }) => log(call, { type: 'prompt.failed', code }),
    'leg.machine-detected': machineDetected,
    'leg.ended': legEnded,
    'flow.loaded': runDocument,
    'flow.failed': flowFailed,
    'timer.verb': (call, event, now) =>
      call.flow?.is === 'looking' ? consentFound(call, undefined, now) : resumeVerb(call, event, now),
    'timer.limit': reachTimeLimit,
    'consent.looked-up': (call, { consentOnFile }, now) => consentFound(call, consentOnFile, now),
    'consent.withdrawn': (call, { consent }, now) => consentWithdrawn(call, consent, now),
    'user.record': (call, { order, consentOnFile }, now) =>
      call.attachments.recorder ? unchanged(call) : startRecorder(withConsentOnFile(call, consentOnFile), order, now),
    'user.recorder': (call, { is }, now) => applyRecorderRequest(call, { do: 'change', is }, now),
    'leg.recorder-failed': recorderFailed,
    'leg.recorder-silent': (call, { recording }, now) =>
      isOpenRecorder(call, recording) ? resumeVerb(call, { type: 'recorder.silent' }, now) : unchanged(call),
    'timer.record': (call, _event, now) => closeRecorder(call, now),
    'user.hangup': hangUpByApi,
    ...GIVEN_UP,
  },
};

/** The whole life of a call. Pure: no clock, no randomness, no input or output. */
export const transition = (call: Call, event: CallEvent, now: number): Transition =>
  tellPartyChange(call, decide(call, event, now));

function decide(call: Call, event: CallEvent, now: number): Transition {
  if (isOver(call)) return handleLateEvent(call, event);
  // Before the event, since time has passed, and after it, since it may have brought somebody whose consent has expired.
  const valid = endExpiredConsents(call, now);
  const step = andThen(
    andThen(valid, (it) => react(it, event, now)),
    (it) => endExpiredConsents(it, now),
  );
  return withConsentTimer(
    call,
    andThen(step, (it) => endCutMessage(call, it, event, now)),
  );
}

function react(call: Call, event: CallEvent, now: number): Transition {
  const cell = table[call.status]?.[event.type] as Cell<CallEvent> | undefined;
  if (cell) return cell(call, event, now);
  return applyToActivity(call, event, now) ?? handleLateEvent(call, event);
}

/** The activity may have somebody who waits for this call, and hears of its progress. */
function enterStatus(call: Call, status: CallStatus, now: number): Transition {
  return andThen(
    changeStatus(call, status),
    (it) => applyToActivity(it, { type: 'call.status-changed' }, now) ?? unchanged(it),
  );
}

function dialOut(call: Call, _event: unknown, now: number): Transition {
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

/** An inbound call rings while its flow says whether, and when, to answer. */
function receive(call: Call, _event: unknown, now: number): Transition {
  const ringing = enterStatus(call, 'ringing', now);
  const timer: Effect = { do: 'timer.set', name: 'ring', at: now + call.timeout * 1000 };
  return andThen({ ...ringing, effects: [timer, ...ringing.effects] }, (it) => beginFlow(it, 'incoming', now));
}

function answered(call: Call, event: Extract<LegFact, { type: 'leg.answered' }>, now: number): Transition {
  const { gateway } = event;
  const lifted = { ...call, answeredAt: now, ...defined({ gateway }) };
  const timers: Effect[] = [
    { do: 'timer.clear', name: 'ring' },
    { do: 'timer.set', name: 'limit', at: now + call.timeLimit * 1000 },
  ];
  const listening = andThen({ call: lifted, effects: timers }, (it) => detectMachine(it, now));
  const up = andThen(listening, (it) => enterStatus(it, 'in-progress', now));
  return andThen(up, (it) => applyToActivity(it, event, now) ?? lineAnswered(it, now));
}

function detectMachine(call: Call, now: number): Transition {
  if (!call.detectMachine) return unchanged(call);
  const attachments = { ...call.attachments, machineDetection: { startedAt: now } };
  return command({ ...call, attachments }, { do: 'detect-machine' });
}

function machineDetected(call: Call): Transition {
  const { machineDetection: _over, ...attachments } = call.attachments;
  return log({ ...call, answeredBy: 'machine', attachments }, { type: 'leg.machine-detected' });
}

function legEnded(
  call: Call,
  { cause }: { cause: Extract<LegFact, { type: 'leg.ended' }>['cause'] },
  now: number,
): Transition {
  const wasAnswered = call.answeredAt !== undefined;
  return finishCall(call, statusAfter(cause, wasAnswered), reasonFor(cause, wasAnswered), now);
}

function recorderFailed(call: Call, event: Extract<LegFact, { type: 'leg.recorder-failed' }>, now: number): Transition {
  const { recording, reason } = event;
  if (!isOpenRecorder(call, recording)) return unchanged(call);
  const failed = detachRecorder(call, failureOf(reason, now));
  return andThen(failed, (it) => resumeVerb(it, { type: 'recorder.failed' }, now));
}
