import { evidenceId, type Grounds } from '../consents/consent.ts';
import type { Prompt } from '../contracts/carrier.ts';
import type { RecordOrder } from '../contracts/recording-order.ts';
import { enter, type Guide, type Move, type Position, resume } from '../flow/interpreter.ts';
import { type FlowProblem, problem } from '../flow/problem.ts';
import { spokenPrompts } from '../flow/prompts.ts';
import { type Answer, resolveLink, type Verb, type VerbEvent } from '../flow/verb.ts';
import { failureNotice } from '../speech/languages.ts';
import { answerRoom, music, startMeeting } from './activities/conference.ts';
import { connect, startDial } from './activities/dial.ts';
import type { Call, FlowRequest } from './call.ts';
import {
  after,
  type CallEvent,
  type Connecting,
  type Effect,
  fetchFlow,
  hangUp,
  reject,
  type Step,
  say,
  stay,
  withNote,
} from './effects.ts';
import { type Afterwards, found, heard, lookUp, preparationFor, question } from './recording/consent.ts';
import { type Answered, selfOf, verdictOnSelf } from './recording/parties.ts';
import { adjustRecorder, openRecorder, orderRecorder } from './recording/recorder.ts';

/** How often a flow may go from document to document without a second passing in between. */
const MAX_HOPS = 20;

/** The first document: the inline one at once, else the call's URL is asked. Without either the line stays silent. */
export function beginFlow(call: Call, event: string, now: number): Step {
  if (call.inline) {
    const { inline, ...rest } = call;
    return startDocument(rest, inline, undefined, now);
  }
  if (call.afterwards !== undefined) return documentEnded(call, now);
  return call.url === undefined ? stay(call) : fetchFlow(call, { event, url: call.url, params: {} });
}

/** An inbound call was waiting for its answer; an outbound one begins its flow now. */
export function lineAnswered(call: Call, now: number): Step {
  const { flow } = call;
  if (call.dialing) return connect(call, now);
  if (flow?.is === 'answering') return follow(call, enter(flow.position, guideOf(call, flow.position.base)), now);
  if (call.direction === 'inbound') return stay(call);
  return call.wish ? lookUp(call, 'begin', now) : beginFlow(call, 'answered', now);
}

/** Only a real phone has to wait for a voice, and only an inline flow is known before the answer. */
export function promptsToPrepare(call: Call): Prompt[] {
  const { mode, inline = [], language } = call;
  return mode === 'live' ? spokenPrompts([...(call.wish ? [question(call)] : []), ...inline], language) : [];
}

export function runDocument(call: Call, event: Extract<CallEvent, { type: 'flow.loaded' }>, now: number): Step {
  if (!isAwaited(call, event.request)) return { call, effects: [] };
  const { request } = call.flow as { request: FlowRequest };
  const stranger = event.verbs.find(({ verb }) => !(verbsAllowed(call)?.includes(verb) ?? true));
  if (stranger) {
    return failFlow(call, problem('flow_invalid', `The verb ${stranger.verb} is not possible here.`), request, now);
  }
  return startDocument(call, event.verbs, event.url, now);
}

/** What may stand in a document that only this call hears: before it is connected, or while it waits. */
function verbsAllowed({ meeting, afterwards }: Call): string[] | undefined {
  if (meeting) return ['say', 'play', 'pause', 'redirect'];
  return afterwards && ['say', 'play', 'pause', 'gather', 'consent', 'redirect', 'hangup'];
}

function startDocument(call: Call, document: Verb[], base: string | undefined, now: number): Step {
  const position: Position = { document, ...(base !== undefined && { base }), index: 0 };
  const loaded = { ...call, loadedAt: now };
  return follow(loaded, enter(position, guideOf(loaded, base)), now);
}

/** A document that fails is replaced by `fallback_url`'s, once; then the caller hears a notice and the call ends. */
export function flowFailed(call: Call, event: Extract<CallEvent, { type: 'flow.failed' }>, now: number): Step {
  if (!isAwaited(call, event.request)) return { call, effects: [] };
  const { request } = call.flow as { request: FlowRequest };
  return failFlow(call, event.problem, request, now);
}

function failFlow(call: Call, why: FlowProblem, request: FlowRequest, now: number): Step {
  const noted = withNote(call, { type: 'flow.failed', request: request.number, code: why.code, detail: why.detail });
  return after(noted, (it) => {
    // Who waits in a room must not be hung up for want of a tune.
    if (call.meeting) return music(it);
    if (call.fallbackUrl !== undefined && !request.failed && why.code !== 'flow_loop') {
      const failed = { ...why, url: request.url };
      return fetchFlow(it, { event: 'fallback', url: call.fallbackUrl, params: request.params, failed });
    }
    const notice = { verb: 'say', text: failureNotice(call.language), loop: 1 };
    return startDocument({ ...it, endReason: 'flow-failed' }, [notice, { verb: 'hangup' }], undefined, now);
  });
}

const isAwaited = (call: Call, request: number): boolean =>
  call.flow?.is === 'fetching' && call.flow.request.number === request;

/** Tells the verb that waits what happened. */
export function tell(call: Call, event: VerbEvent, now: number): Step {
  const { flow } = call;
  if (flow?.is !== 'running') return { call, effects: [] };
  return follow(call, resume(flow.position, event, guideOf(call, flow.position.base)), now);
}

const guideOf = (call: Call, base: string | undefined): Guide => {
  let { playbacks } = call;
  return {
    language: call.language,
    ...(base !== undefined && { base }),
    answered: call.answeredAt !== undefined,
    newPlayback: () => `${call.id}-${++playbacks}`,
  };
};

/** Turns what the interpreter decided into the call's new state and its effects. */
function follow(call: Call, move: Move, now: number): Step {
  if (move.decision.do === 'nothing') return { call, effects: [] };
  const { position } = move;
  const played = move.instructions.filter((instruction) => instruction.do === 'play').length;
  const moved: Call = { ...call, playbacks: call.playbacks + played, flow: { is: 'running', position } };
  const effects: Effect[] = [
    ...move.began.map((verb): Effect => ({ do: 'note', note: { type: 'verb.started', verb } })),
    ...move.instructions.map((instruction): Effect => ({ do: 'command', instruction })),
  ];
  const recorded = move.recorders.reduce((step, order) => after(step, (it) => orderRecorder(it, order, now)), {
    call: moved,
    effects,
  } as Step);
  const decided = after(recorded, (it) => decide(it, move.decision, position, now));
  // The verb that takes a message waits for a recorder that is not there.
  const isRefused = move.recorders.some(
    (it) => it.do === 'start' && isMessage(it.order) && !isOpen(decided.call, it.order),
  );
  return isRefused ? after(decided, (it) => tell(it, { type: 'recorder.failed' }, now)) : decided;
}

const isMessage = ({ source }: RecordOrder): boolean => source === 'record-verb';

const isOpen = ({ recorder }: Call, order: RecordOrder): boolean => recorder?.order === order;

function decide(call: Call, decision: Move['decision'], position: Position, now: number): Step {
  switch (decision.do) {
    case 'nothing':
      return { call, effects: [] };
    case 'wait':
      return { call, effects: [verbTimer(decision.within, now)] };
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
      return reject(call, decision.reason, now);
    case 'dial':
      return startDial(call, decision.order, position, now);
    case 'meet':
      return startMeeting(call, decision.order, position, now);
    case 'consent':
      return noteConsent(call, decision, now);
    case 'permit':
      return lookUp(call, position, now);
    case 'end':
      return documentEnded(call, now);
    case 'hangup':
      return hangUpByFlow(call, now);
  }
}

/** The answer is kept before anything follows from it; the timeline tells it without the key. */
function noteConsent(call: Call, { do: _consent, ...answer }: { do: 'consent' } & Answer, now: number): Step {
  const asking = call.questions + 1;
  const { granted } = answer;
  const consent: Answered = { is: granted ? 'given' : 'refused', evidence: evidenceId(call.id, asking) };
  const answered = withNote(
    { ...call, questions: asking, consent },
    { type: 'consent.answered', granted: String(granted) },
  );
  const asked = after(answered, (it) => adjustRecorder(it, now));
  const kept: Step = {
    call: asked.call,
    effects: [...asked.effects, say({ to: 'file', answer: { ...answer, question: asking, at: now } })],
  };
  return after(kept, (it) => tell(it, { type: 'consent.noted', granted }, now));
}

const hangUpByFlow = (call: Call, now: number): Step =>
  hangUp(call, call.answeredAt === undefined ? 'no-answer' : 'completed', 'flow-ended', now);

/** Who waits in a room goes on waiting; a dialled call has heard what came first, and now follows what it is for. */
function documentEnded(call: Call, now: number): Step {
  const { flow: _over, ...rest } = call;
  const aside = heard(rest, now);
  if (aside) return after(aside, (it) => proceed(it, aside.next, now));
  if (call.meeting) return { call: rest, effects: [{ do: 'timer.clear', name: 'verb' }] };
  const { afterwards, ...free } = rest;
  if (afterwards === undefined) return hangUpByFlow(call, now);
  // The keys were pressed, if there were any; now what the dialled one hears first.
  if (call.url !== undefined && call.requests === 0) {
    return fetchFlow(rest, { event: 'whisper', url: call.url, params: {} });
  }
  if (afterwards !== 'connect') return startDocument(free, afterwards, undefined, now);
  return call.recordedUnder ? lookUp(free, 'ready', now) : ready(free);
}

/** The database has said who agreed, or took too long: the party is asked, or told, unless that settles it. */
export function groundsFound(call: Call, grounds: Grounds | undefined, now: number): Step {
  const looked = found(call, grounds);
  if (!looked) return stay(call);
  // What is on file now may be less than what the recorder was opened with.
  return after(adjustRecorder(looked.call, now), (it) => {
    const preparation = preparationFor(it, looked.next);
    if (!preparation) return proceed(it, looked.next, now);
    return startDocument({ ...it, aside: preparation.aside }, preparation.document, undefined, now);
  });
}

function proceed(call: Call, next: Afterwards, now: number): Step {
  if (next === 'ready') return ready(call);
  if (next === 'room') return answerRoom(call, now);
  if (next === 'begin') {
    const { wish, ...rest } = call;
    const opened = wish ? openRecorder(rest, wish, now) : stay(rest);
    return after(opened, (it) => beginFlow(it, 'answered', now));
  }
  const waiting: Call = { ...call, flow: { is: 'running', position: next } };
  return tell(waiting, { type: 'consent.settled', may: verdictOnSelf(call) === 'record' }, now);
}

/** From now on the call waits for its parent to connect it. */
function ready(call: Call): Step {
  const { id, parentId } = call;
  const effects: Effect[] = [{ do: 'timer.clear', name: 'verb' }];
  if (parentId !== undefined) {
    const event = { child: id, type: 'child.ready', party: selfOf(call) } as const;
    effects.push(say({ to: 'parent', parent: parentId, event }));
  }
  return { call, effects };
}

/** The verb that connected the call with others decides what comes next. */
export function goOn({ ended, ...step }: Connecting, now: number): Step {
  return ended ? after(step, (it) => tell(it, { type: 'connect.ended', params: ended }, now)) : step;
}

function askNext(call: Call, ask: Omit<FlowRequest, 'number'>, base: string | undefined, now: number): Step {
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
  if (url === undefined) return failFlow(call, problem('flow_url_refused', 'The URL is not valid.'), request, now);
  return fetchFlow({ ...call, hops }, { event, url, params });
}

/** What the verb's `action` wants to know of what was just recorded. */
const recordedBefore = ({ lastRecording }: Call): Record<string, string> =>
  lastRecording ? { recording_id: lastRecording.id, recording_duration: String(lastRecording.seconds) } : {};

const verbTimer = (within: number | undefined, now: number): Effect =>
  within === undefined
    ? { do: 'timer.clear', name: 'verb' }
    : { do: 'timer.set', name: 'verb', at: now + within * 1000 };
