import type { ConferenceMessage, ParticipantEvent, Placement } from '../../contracts/conference.ts';
import type { ConferenceOrder } from '../../contracts/orders.ts';
import type { Position } from '../../flow/interpreter.ts';
import { defined } from '../../lib/defined.ts';
import type { OmitFromEach } from '../../lib/omit-from-each.ts';
import type { ActivityState, Call } from '../call.ts';
import {
  andThen,
  command,
  type Effect,
  log,
  playBeside,
  requestFlow,
  send,
  shareTime,
  type Transition,
  unchanged,
} from '../effects.ts';
import { requestConsentOnFile } from '../recording/consent.ts';
import { ownParty, permissionFor } from '../recording/parties.ts';
import { adjustRecorder } from '../recording/recorder.ts';
import { type Activity, type ActivityTransition, endActivity, stateOf } from './activity.ts';

type Message<Type extends ConferenceMessage['type']> = Extract<ConferenceMessage, { type: Type }>;

/** A call's stay in a conference: the conference says where the call is to be, and the call does it. */
export interface ConferenceStay extends ActivityState {
  kind: 'conference';
  position: Position;
  order: ConferenceOrder;
  recordedBy: 'conference';
  /** Conferences of a call are numbered 1, 2, … */
  stay: number;
  /** The conference's id, once the conference has let the call in. */
  conference?: string;
  /** The number of the conference's last message. */
  lastMessage: number;
  placement?: Placement;
  /** The playback of the music that is on, if it is. */
  music?: string;
  /** The conference wants to know whether the party may be recorded, and has no answer yet. */
  consentAsked?: true;
  /** The announcements that wait until that is answered. */
  announceLater?: Message<'conference.announce'>[];
  /** The announcement that only this call hears at the moment. */
  announcement?: { playback: string; id: string };
}

/** The carrier repeats the tune long enough for any wait. */
const MUSIC = [{ tune: 'waiting', times: 1000 }] as const;

/** A document that was over sooner has let nothing be heard; the next time it is asked for after so much silence. */
const HEARD_MS = 1000;
const SILENT_SECONDS = 10;

export const conferenceActivity: Activity<ConferenceStay, ConferenceOrder> = {
  kind: 'conference',
  begin: enter,
  on: {
    'conference.found': (call, state, { stay, conference: id }) =>
      state.stay !== stay || state.conference !== undefined
        ? unchanged(call)
        : log(withStay(call, { ...state, conference: id }), { type: 'conference.entered', conference: id }),
    'conference.message': receive,
    'consent.settled': answerConference,
    'document.ended': listenAgain,
    // Whoever waits in a conference must not be hung up for want of a tune.
    'document.failed': startMusic,
    'leg.playback-ended': announcementEnded,
    'leg.talking': (call, state, { talking }, now) => ({
      call,
      effects: [messageToConference(call, state, { type: 'participant.talking', talking, at: now })],
    }),
    // The network took the call out of the bridge; the others there go on.
    'leg.left': (call, state, { bridge }, now) =>
      state.placement?.is === 'joined' && state.placement.bridge.id === bridge
        ? leaveByItself(call, state, now)
        : undefined,
    'timer.activity': (call, state, _event, now) => leaveByItself(call, state, now),
  },
  interrupt,
  result: (_call, state) => resultOf(state, 'left'),
  partyChanged: (call, state) => (state.consentAsked ? [] : [messageToConference(call, state, consentOf(call, state))]),
  verbs: ['say', 'play', 'pause', 'redirect'],
};

const withStay = (call: Call, activity: ConferenceStay): Call => ({ ...call, activity });

/** Whether the call is in the conference of this stay. */
export const isInConference = (call: Call, stay: number): boolean =>
  stateOf<ConferenceStay>(call, 'conference')?.stay === stay;

function enter(call: Call, order: ConferenceOrder, position: Position, now: number): Transition {
  const stay = call.stays + 1;
  const endsBy = now + order.timeLimit * 1000;
  const state: ConferenceStay = {
    kind: 'conference',
    position,
    order,
    recordedBy: 'conference',
    stay,
    lastMessage: 0,
    endsBy,
  };
  const paused = adjustRecorder({ ...call, stays: stay, activity: state }, now);
  const free = andThen(paused, shareTime);
  const entry = { ...order, kept: call.retention.call, ...defined({ gateway: call.gateway }) };
  const effects: Effect[] = [
    { do: 'timer.set', name: 'activity', at: endsBy },
    messageToConference(call, state, { type: 'participant.entered', entry, at: now }),
  ];
  return { call: free.call, effects: [...free.effects, ...effects] };
}

/** Does what the conference says. What another stay's conference says, or this one has said before, does not matter. */
function receive(
  call: Call,
  state: ConferenceStay,
  { message }: { message: ConferenceMessage },
  now: number,
): ActivityTransition {
  if (state.stay !== message.stay || message.n <= state.lastMessage) return unchanged(call);
  const known = { ...state, lastMessage: message.n };
  switch (message.type) {
    case 'conference.place':
      return moveTo(call, known, message.placement, now);
    case 'conference.announce':
      return announce(call, known, message, now);
    case 'conference.ask-consent':
      return askConsent(call, known, message, now);
    case 'conference.remove':
      return resumeVerb(leave(call, known, message.reason, now), known, message.reason);
  }
}

function moveTo(call: Call, before: ConferenceStay, placement: Placement, now: number): Transition {
  const state = { ...before, placement };
  const wasIn = before.placement?.is === 'joined' ? before.placement.bridge.id : undefined;
  if (placement.is === 'joined') {
    const { is: _joined, ...membership } = placement;
    // A carrier that joins a leg ends what the leg hears by itself, unless it only changes how it takes part.
    const isIn = wasIn === placement.bridge.id;
    const ready = isIn ? unchanged(withStay(call, state)) : forgetSound(call, state, now);
    return andThen(ready, (it) => command(it, { do: 'join', ...membership }));
  }
  const left =
    wasIn === undefined
      ? stopSound(call, state, now)
      : andThen(command(call, { do: 'leave' }), (it) => forgetSound(it, state, now));
  return andThen(left, (it) => listen(it, placement));
}

/** Starts what the call hears alone: a document, music, or nothing. */
function listen(call: Call, placement: Exclude<Placement, { is: 'joined' }>): Transition {
  const state = stateOf<ConferenceStay>(call, 'conference');
  if (!state) return unchanged(call);
  const { waitUrl, waitMethod } = state.order;
  const isHeld = placement.is === 'held';
  const [event, url, method] = isHeld ? ['hold', placement.url, placement.method] : ['wait', waitUrl, waitMethod];
  if (url === '') return unchanged(call);
  return url === undefined
    ? startMusic(call, state)
    : requestFlow(call, { event, url, ...defined({ method }), params: {} });
}

/**
 * The document was heard to its end, and the call still waits: the document is asked for again. One that was over at once,
 * such as one without a verb, is left alone for a while, or it would be asked for without end.
 */
function listenAgain(
  call: Call,
  { placement }: ConferenceStay,
  _event: unknown,
  now: number,
): ActivityTransition | undefined {
  const silent: Transition = { call, effects: [{ do: 'timer.clear', name: 'verb' }] };
  if (!placement || placement.is === 'joined') return silent;
  if (now - (call.loadedAt ?? 0) >= HEARD_MS) return andThen(silent, (it) => listen(it, placement));
  return { ...silent, next: { do: 'run-document', document: [{ verb: 'pause', length: SILENT_SECONDS }] } };
}

/** Plays music, also in place of a document that cannot be had. */
function startMusic({ flow: _none, ...call }: Call, state: ConferenceStay): Transition {
  const { playback, ...step } = playBeside(call, [...MUSIC]);
  return { ...step, call: withStay(step.call, { ...state, music: playback }) };
}

/** Asks the party whether it may be recorded. It hears the question over the conference, as anything that it alone is told. */
function askConsent(
  call: Call,
  state: ConferenceStay,
  { policy, notice }: Message<'conference.ask-consent'>,
  now: number,
): Transition {
  const asked: ConferenceStay = { ...state, recordedUnder: policy, consentAsked: true };
  return requestConsentOnFile({ ...call, ...defined({ notice }), activity: asked }, 'activity', now);
}

/** Tells the conference whether the party may be recorded. */
function answerConference(call: Call, state: ConferenceStay, _event: unknown, now: number): Transition {
  if (!state.consentAsked) return unchanged(call);
  const { consentAsked: _answered, announceLater = [], ...answered } = state;
  const told: Transition = {
    call: withStay(call, answered),
    effects: [{ do: 'timer.clear', name: 'verb' }, messageToConference(call, state, consentOf(call, state))],
  };
  return announceLater.reduce(
    (step, message) =>
      andThen(step, (it) => announce(it, stateOf<ConferenceStay>(it, 'conference') ?? answered, message, now)),
    told,
  );
}

/** Whether the party may be recorded, under the policy that holds for it alone. */
function consentOf(call: Call, { recordedUnder: _others, ...alone }: ConferenceStay) {
  const { consent, evidence, until } = ownParty(call);
  const partyConsent = defined({ policy: permissionFor({ ...call, activity: alone }).policy, consent, until });
  const { recording: keep } = call.retention;
  return { type: 'participant.answered' as const, partyConsent, ...defined({ evidence }), keep };
}

/** The call moves before the party has answered whether it may be recorded. */
function consentUnanswered(call: Call, state: ConferenceStay): Effect[] {
  if (!state.consentAsked) return [];
  const partyConsent = { policy: 'all_party_opt_in', consent: 'none' } as const;
  return [messageToConference(call, state, { type: 'participant.answered', partyConsent })];
}

/** Plays an announcement over the conference, or in place of what the call hears alone, which then begins again. */
function announce(call: Call, state: ConferenceStay, message: Message<'conference.announce'>, now: number): Transition {
  // A question that is cut short would have to be asked again.
  if (state.consentAsked)
    return unchanged(withStay(call, { ...state, announceLater: [...(state.announceLater ?? []), message] }));
  const { announcement: id, prompts } = message;
  const { flow: _other, ...rest } = call;
  const { playback, ...step } = playBeside(rest, prompts);
  const playing: ConferenceStay = { ...state, announcement: { playback, id } };
  return { call: withStay(step.call, playing), effects: [...step.effects, ...announced(call, state, now)] };
}

/** Tells the conference that an announcement is over, heard to its end or cut short. */
const announced = (call: Call, state: ConferenceStay, at: number): Effect[] =>
  state.announcement
    ? [messageToConference(call, state, { type: 'participant.announced', announcement: state.announcement.id, at })]
    : [];

/** An announcement was heard to its end; undefined when the playback was none. */
function announcementEnded(
  call: Call,
  state: ConferenceStay,
  { playback }: { playback: string },
  now: number,
): Transition | undefined {
  const { announcement, ...silent } = state;
  if (announcement?.playback !== playback) return undefined;
  const heard: Transition = { call: withStay(call, silent), effects: announced(call, state, now) };
  const { placement } = state;
  return !placement || placement.is === 'joined' ? heard : andThen(heard, (it) => listen(it, placement));
}

/** The call leaves by itself and goes on with its document. */
const leaveByItself = (call: Call, state: ConferenceStay, now: number): ActivityTransition =>
  resumeVerb(interrupt(call, state, now), state, 'left');

function interrupt(call: Call, state: ConferenceStay, now: number): Transition {
  const over = leave(call, state, 'left', now);
  const left = messageToConference(call, state, { type: 'participant.left', callStatus: call.status, at: now });
  return { ...over, effects: [left, ...over.effects] };
}

function leave(call: Call, state: ConferenceStay, reason: string, now: number): Transition {
  const { conference: id, placement } = state;
  const effects: Effect[] = [
    ...(placement?.is === 'joined'
      ? [{ do: 'command', instruction: { do: 'leave' } } as const]
      : stopping(call, state)),
    { do: 'timer.clear', name: 'verb' },
    { do: 'timer.clear', name: 'activity' },
    { do: 'log', entry: { type: 'conference.left', reason, ...defined({ conference: id }) } },
  ];
  const { flow: _alone, pendingNotice: _question, ...rest } = endActivity(call, now);
  return andThen({ call: rest, effects }, (it) => adjustRecorder(it, now));
}

/** The verb goes on, and its `action` is told. */
const resumeVerb = (over: Transition, state: ConferenceStay, reason: string): ActivityTransition => ({
  ...over,
  next: { do: 'resume-verb', position: state.position, params: resultOf(state, reason) },
});

function resultOf({ conference: id, placement }: ConferenceStay, reason: string): Record<string, string> {
  const wasIn = placement !== undefined;
  return {
    dial_call_status: wasIn ? 'answered' : 'failed',
    reason,
    ...(id !== undefined && wasIn && { conference_id: id }),
  };
}

/** Stops what the call hears alone. */
function stopSound(call: Call, state: ConferenceStay, now: number): Transition {
  const silent = forgetSound(call, state, now);
  return { call: silent.call, effects: [...stopping(call, state), ...silent.effects] };
}

function stopping({ flow }: Call, { music, announcement }: ConferenceStay): Effect[] {
  const document = flow?.is === 'running' ? flow.position.playback : undefined;
  const playing = [document, music, announcement?.playback].filter((playback) => playback !== undefined);
  return playing.map((playback): Effect => ({ do: 'command', instruction: { do: 'stop', playback } }));
}

function forgetSound(call: Call, state: ConferenceStay, now: number): Transition {
  const { flow: _alone, pendingNotice: _question, ...rest } = call;
  const { music: _off, announcement: _cut, consentAsked: _cutToo, ...silent } = state;
  return {
    call: withStay(rest, silent),
    effects: [{ do: 'timer.clear', name: 'verb' }, ...announced(call, state, now), ...consentUnanswered(call, state)],
  };
}

const messageToConference = (
  { id: call }: Call,
  { stay }: ConferenceStay,
  event: OmitFromEach<ParticipantEvent, 'call' | 'stay'>,
): Effect => send({ to: 'conference', event: { call, stay, ...event } as ParticipantEvent });
