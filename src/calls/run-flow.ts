import type { Prompt } from '../contracts/carrier.ts';
import type { ConsentAnswer, ConsentOnFile } from '../contracts/consent.ts';
import type { ActivityOrder } from '../contracts/orders.ts';
import type { RecordingOrder } from '../contracts/recording.ts';
import { findNoticeProblem } from '../flow/check-notices.ts';
import {
  type InterpreterContext,
  type InterpreterStep,
  type Position,
  resumeAt,
  startVerb,
} from '../flow/interpreter.ts';
import { type FlowProblem, problem } from '../flow/problem.ts';
import { promptsToPrepare } from '../flow/prompts.ts';
import { resolveLink, type Verb, type VerbEvent } from '../flow/verb.ts';
import { defined } from '../lib/defined.ts';
import { failureNotice } from '../speech/languages.ts';
import type { ActivityEvent, ActivityTransition } from './activities/activity.ts';
import type { AfterConsent, Call, FlowRequest } from './call.ts';
import { andThen, type CallEvent, type Effect, log, requestFlow, type Transition, unchanged } from './effects.ts';
import { hangUp, rejectCall } from './end-call.ts';
import {
  announcementFailed,
  consentAnswered,
  consentLookedUp,
  consentQuestion,
  flowLanguageOf,
  noticeFor,
  noticeHeard,
  requestConsentOnFile,
} from './recording/consent.ts';
import { ownVerdict } from './recording/parties.ts';
import { adjustRecorder, applyRecorderRequest, startRecorder } from './recording/recorder.ts';
import { beginActivity, handToActivity, verbsAllowed } from './run-activity.ts';

/** A flow may go so often from document to document without a second passing in between. */
const MAX_HOPS = 20;

/** Begins the first document: the inline one at once, else that of the call's URL. Without either the line stays silent. */
export function beginFlow(call: Call, event: string, now: number): Transition {
  if (call.inline) {
    const { inline, inlineWarnings: warnings, inlineIgnored: ignored, ...rest } = call;
    const notes = defined({ ignored, warnings });
    const warned = warnings || ignored ? log(rest, { type: 'flow.read', ...notes }) : unchanged(rest);
    return andThen(warned, (it) => startDocument(it, inline, undefined, now));
  }
  const step = applyToActivity(call, { type: 'document.ended' }, now);
  if (step) return step;
  return call.url === undefined ? unchanged(call) : requestFlow(call, { event, url: call.url, params: {} });
}

/** Goes on once the line is up: an inbound call was waiting for that, an outbound one begins its flow. */
export function lineAnswered(call: Call, now: number): Transition {
  const { flow } = call;
  if (flow?.is === 'answering')
    return applyStep(call, startVerb(flow.position, interpreterContext(call, flow.position.base)), now);
  if (call.direction === 'inbound') return unchanged(call);
  return call.recordOnAnswer ? requestConsentOnFile(call, 'begin', now) : beginFlow(call, 'answered', now);
}

/** The prompts that are prepared while the phone rings. Only an inline flow is known then, and only a real network is slow. */
export function firstPrompts(call: Call): Prompt[] {
  const { mode, inline = [], language } = call;
  return mode === 'live'
    ? promptsToPrepare([...(call.recordOnAnswer ? [consentQuestion(call)] : []), ...inline], language)
    : [];
}

export function runDocument(call: Call, event: Extract<CallEvent, { type: 'flow.loaded' }>, now: number): Transition {
  if (!isAwaited(call, event.request)) return { call, effects: [] };
  const { request } = call.flow as { request: FlowRequest };
  const stranger = event.verbs.find(({ verb }) => !(verbsAllowed(call)?.includes(verb) ?? true));
  if (stranger) {
    return failFlow(call, problem('flow_invalid', `The verb ${stranger.verb} is not possible here.`), request, now);
  }
  const wrong = findNoticeProblem(event.verbs, flowLanguageOf(call), call.noticeWords);
  if (wrong) return failFlow(call, wrong, request, now);
  return startDocument(call, event.verbs, event.url, now);
}

function startDocument(call: Call, document: Verb[], base: string | undefined, now: number): Transition {
  const position: Position = defined({ document, base, index: 0 });
  const loaded = { ...call, loadedAt: now };
  return applyStep(loaded, startVerb(position, interpreterContext(loaded, base)), now);
}

/** A document that fails is replaced by `fallback_url`'s, once; then the caller hears a notice and the call ends. */
export function flowFailed(call: Call, event: Extract<CallEvent, { type: 'flow.failed' }>, now: number): Transition {
  if (!isAwaited(call, event.request)) return { call, effects: [] };
  const { request } = call.flow as { request: FlowRequest };
  return failFlow(call, event.problem, request, now);
}

function failFlow(call: Call, why: FlowProblem, request: FlowRequest, now: number): Transition {
  const noted = log(call, { type: 'flow.failed', request: request.number, code: why.code, detail: why.detail });
  return andThen(noted, (it) => {
    const step = applyToActivity(it, { type: 'document.failed' }, now);
    if (step) return step;
    if (call.fallbackUrl !== undefined && !request.failed && why.code !== 'flow_loop') {
      const failed = { ...why, url: request.url };
      return requestFlow(it, { event: 'fallback', url: call.fallbackUrl, params: request.params, failed });
    }
    const notice = { verb: 'say', text: failureNotice(call.language), loop: 1 };
    return startDocument({ ...it, endReason: 'flow-failed' }, [notice, { verb: 'hangup' }], undefined, now);
  });
}

const isAwaited = (call: Call, request: number): boolean =>
  call.flow?.is === 'fetching' && call.flow.request.number === request;

/** Tells the verb that waits what happened. */
export function resumeVerb(call: Call, event: VerbEvent, now: number): Transition {
  const { flow } = call;
  if (flow?.is !== 'running') return { call, effects: [] };
  return applyStep(call, resumeAt(flow.position, event, interpreterContext(call, flow.position.base)), now);
}

const interpreterContext = (call: Call, base: string | undefined): InterpreterContext => {
  let { playbacks } = call;
  return {
    language: call.language,
    flowLanguage: flowLanguageOf(call),
    ...defined({ base }),
    ...(call.consent?.is === 'refused' && { hasRefused: true }),
    answered: call.answeredAt !== undefined,
    newPlayback: () => `${call.id}-${++playbacks}`,
  };
};

/** Turns the interpreter's decision into the call's new state and its effects. */
function applyStep(call: Call, move: InterpreterStep, now: number): Transition {
  if (move.decision.do === 'nothing') return { call, effects: [] };
  const { position } = move;
  const played = move.instructions.filter((instruction) => instruction.do === 'play').length;
  const moved: Call = {
    ...call,
    ...defined({ flowLanguage: move.flowLanguage }),
    playbacks: call.playbacks + played,
    flow: { is: 'running', position },
  };
  const effects: Effect[] = [
    ...(isVerbLeft(move) ? [{ do: 'timer.clear', name: 'verb' } as const] : []),
    ...move.began.map((verb): Effect => ({ do: 'log', entry: { type: 'verb.started', verb } })),
    ...move.instructions.map((instruction): Effect => ({ do: 'command', instruction })),
  ];
  const recorded = move.recorders.reduce((step, order) => andThen(step, (it) => applyRecorderRequest(it, order, now)), {
    call: moved,
    effects,
  } as Transition);
  const decided = andThen(recorded, (it) => decide(it, move.decision, position, now));
  // The verb that takes a message would wait for ever for a recorder that was refused.
  const isRefused = move.recorders.some(
    (it) => it.do === 'start' && isMessage(it.order) && !isOpen(decided.call, it.order),
  );
  return isRefused ? andThen(decided, (it) => messageRefused(it, now)) : decided;
}

/** The recording before, if there was one, is not the message that could not be taken. */
const messageRefused = ({ lastRecording: _other, ...call }: Call, now: number): Transition =>
  resumeVerb(call, { type: 'recorder.failed' }, now);

/** Whether the verb that waited is over: its timer must not fire in another one. */
const isVerbLeft = ({ began, decision }: InterpreterStep): boolean =>
  began.length > 0 || decision.do === 'end' || decision.do === 'answer';

/** The verb that takes a message goes on when others have closed its recorder: by API, or since the party does not agree any more. */
export function endCutMessage(before: Call, call: Call, event: CallEvent, now: number): Transition {
  const { recorder } = before.attachments;
  if (!recorder || !isMessage(recorder.order) || call.attachments.recorder || !waitsForMessage(call))
    return unchanged(call);
  return event.type === 'consent.withdrawn'
    ? messageRefused(call, now)
    : resumeVerb(call, { type: 'recorder.silent' }, now);
}

/** Whether the verb that waits is the one that takes a message. */
const waitsForMessage = ({ flow }: Call): boolean =>
  flow?.is === 'running' && flow.position.document[flow.position.index]?.verb === 'record';

const isMessage = ({ source }: RecordingOrder): boolean => source === 'record-verb';

const isOpen = ({ attachments }: Call, order: RecordingOrder): boolean => attachments.recorder?.order === order;

function decide(call: Call, decision: InterpreterStep['decision'], position: Position, now: number): Transition {
  switch (decision.do) {
    case 'nothing':
      return { call, effects: [] };
    case 'wait':
      return { call, effects: verbTimer(decision.within, now) };
    case 'answer':
      return {
        call: { ...call, flow: { is: 'answering', position } },
        effects: [
          { do: 'timer.clear', name: 'verb' },
          { do: 'command', instruction: { do: 'answer' } },
        ],
      };
    case 'ask':
      return askNext(call, decision, position.base, now);
    case 'reject':
      return rejectCall(call, decision.reason, now);
    case 'begin':
      return startActivity(call, decision, position, now);
    case 'consent':
      return keepConsent(call, decision, now);
    case 'ask-consent':
      return requestConsentOnFile(call, position, now);
    case 'end':
      return documentEnded(call, now);
    case 'hangup':
      return hangUpByFlow(call, now);
  }
}

/** Keeps the answer before anything follows from it. */
function keepConsent(
  call: Call,
  { do: _consent, ...answer }: { do: 'consent' } & ConsentAnswer,
  now: number,
): Transition {
  const { granted } = answer;
  return andThen(consentAnswered(call, answer, now), (it) => resumeVerb(it, { type: 'consent.noted', granted }, now));
}

/**
 * What the call plays has ended. An announcement of the recording that was not heard to its end is played once more; if it
 * fails again the party was not told, and the call goes on unrecorded.
 */
export function playbackEnded(
  call: Call,
  event: Extract<VerbEvent, { type: 'leg.playback-ended' }>,
  now: number,
): Transition {
  const failed = event.unheard && announcementFailed(call, event.playback, now);
  if (!failed) return resumeVerb(call, event, now);
  if ('again' in failed) return startDocument(failed.call, failed.again, undefined, now);
  return andThen(failed, (it) => proceed(it, failed.next, now));
}

const hangUpByFlow = (call: Call, now: number): Transition =>
  hangUp(call, call.answeredAt === undefined ? 'no-answer' : 'completed', 'flow-ended', now);

/** A call whose document is over hangs up, unless the document was a notice that came first, or an activity goes on. */
function documentEnded(call: Call, now: number): Transition {
  const { flow: _over, ...rest } = call;
  const aside = noticeHeard(rest, now);
  if (aside) return andThen(aside, (it) => proceed(it, aside.next, now));
  return applyToActivity(rest, { type: 'document.ended' }, now) ?? hangUpByFlow(call, now);
}

/** The database has said who agreed, or took too long: the party is asked, or told, unless nothing has to be. */
export function consentFound(call: Call, consentOnFile: ConsentOnFile | undefined, now: number): Transition {
  const looked = consentLookedUp(call, consentOnFile);
  if (!looked) return unchanged(call);
  // The verb that waited for this has not begun to count its own time.
  const known: Transition = { call: looked.call, effects: [{ do: 'timer.clear', name: 'verb' }] };
  // Less may be on file now than when the recorder was opened.
  const adjusted = andThen(known, (it) => adjustRecorder(it, now));
  return andThen(adjusted, (it) => {
    const preparation = noticeFor(it, looked.next);
    if (!preparation) return proceed(it, looked.next, now);
    return startDocument({ ...it, pendingNotice: preparation.pendingNotice }, preparation.document, undefined, now);
  });
}

function proceed(call: Call, next: AfterConsent, now: number): Transition {
  if (next === 'activity') return applyToActivity(call, { type: 'consent.settled' }, now) ?? unchanged(call);
  if (next === 'begin') {
    const { recordOnAnswer, ...rest } = call;
    const opened = recordOnAnswer ? startRecorder(rest, recordOnAnswer, now) : unchanged(rest);
    return andThen(opened, (it) => beginFlow(it, 'answered', now));
  }
  const waiting: Call = { ...call, flow: { is: 'running', position: next } };
  return resumeVerb(waiting, { type: 'consent.settled', may: ownVerdict(call) === 'record' }, now);
}

/** Leaves the document for an activity; the verb waits until that is over. */
function startActivity(
  { flow: _left, ...call }: Call,
  order: ActivityOrder,
  position: Position,
  now: number,
): Transition {
  const begun = continueAfter(beginActivity(call, order, position, now), now);
  return { ...begun, effects: [{ do: 'timer.clear', name: 'verb' }, ...begun.effects] };
}

/** Applies an event to the call's activity, and all that follows; undefined leaves the event to the document. */
export function applyToActivity(call: Call, event: ActivityEvent, now: number): Transition | undefined {
  const step = handToActivity(call, event, now);
  return step && continueAfter(step, now);
}

/** Does what the activity has decided to come next. */
function continueAfter({ next, ...step }: ActivityTransition, now: number): Transition {
  if (!next) return step;
  return andThen(step, (call) => {
    switch (next.do) {
      case 'resume-verb': {
        const back: Call = { ...call, flow: { is: 'running', position: next.position } };
        return resumeVerb(back, { type: 'activity.ended', params: next.params }, now);
      }
      case 'run-document':
        return startDocument(call, next.document, undefined, now);
      case 'hang-up':
        return hangUp(call, next.status, next.reason, now);
    }
  });
}

function askNext(call: Call, ask: Omit<FlowRequest, 'number'>, base: string | undefined, now: number): Transition {
  const hops = now - (call.loadedAt ?? 0) < 1000 ? call.hops + 1 : 0;
  const url = resolveLink(ask.url, base);
  const { event } = ask;
  const params = {
    ...ask.params,
    ...(event === 'record' && ask.params.recording !== 'refused' && recordedBefore(call)),
  };
  const request = { event, params, url: url ?? ask.url, number: call.requests };
  if (hops > MAX_HOPS) {
    return failFlow(
      call,
      problem('flow_loop', `${MAX_HOPS} documents in a row only named the next one.`),
      request,
      now,
    );
  }
  if (url === undefined)
    return failFlow(
      call,
      problem('flow_url_refused', 'The URL is not valid, or has more than 4,096 characters.'),
      request,
      now,
    );
  return requestFlow({ ...call, hops }, { event, url, params });
}

/** The parameters that tell the `action` of the verb record about the recording. */
const recordedBefore = ({ lastRecording }: Call): Record<string, string> =>
  lastRecording ? { recording_id: lastRecording.id, recording_duration: String(lastRecording.seconds) } : {};

/** A verb that waits on, and says nothing of time, leaves its timer as it is. */
const verbTimer = (within: number | undefined, now: number): Effect[] =>
  within === undefined ? [] : [{ do: 'timer.set', name: 'verb', at: now + within * 1000 }];
