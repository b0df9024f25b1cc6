import type { ConferenceMessage, Placement } from '../../contracts/conference.ts';
import type { ConferenceOrder } from '../../contracts/orders.ts';
import type { Position } from '../../flow/interpreter.ts';
import { defined } from '../../lib/defined.ts';
import type { Announcing, Call } from '../call.ts';
import {
  andThen,
  type ConnectionTransition,
  command,
  type Effect,
  log,
  playBeside,
  requestFlow,
  runFreely,
  send,
  type Transition,
  unchanged,
} from '../effects.ts';
import { lookUpConsent } from '../recording/consent.ts';
import { ownParty, permissionFor } from '../recording/parties.ts';
import { adjustRecorder } from '../recording/recorder.ts';
import { leaveMessage } from './messages.ts';

/** Repeated by the carrier long enough for any wait. */
const MUSIC = [{ tune: 'waiting', times: 1000 }] as const;

export function joinConference(call: Call, order: ConferenceOrder, position: Position, now: number): Transition {
  const stay = call.stays + 1;
  const { flow: _left, ...rest } = call;
  const met = adjustRecorder({ ...rest, stays: stay, meeting: { position, order, stay, heard: 0 } }, now);
  const free = andThen(met, runFreely);
  const { name, waitUrl: _ours, waitMethod: _too, timeLimit, ...how } = order;
  const entry = { ...how, kept: call.retention.call, ...defined({ gateway: call.gateway }) };
  const effects: Effect[] = [
    { do: 'timer.clear', name: 'verb' },
    { do: 'timer.set', name: 'stay', at: now + timeLimit * 1000 },
    send({ to: 'conference', name, event: { call: call.id, stay, type: 'participant.entered', entry, at: now } }),
  ];
  return { call: free.call, effects: [...free.effects, ...effects] };
}

/** It is known which conference it is. */
export function conferenceFound(call: Call, stay: number, conference: string): Transition {
  const { meeting } = call;
  if (meeting?.stay !== stay || meeting.conference !== undefined) return unchanged(call);
  return log({ ...call, meeting: { ...meeting, conference } }, { type: 'conference.entered', conference });
}

/** What the conference says. An earlier stay's conference, and what was heard before, do not matter. */
export function conferenceMessage(call: Call, message: ConferenceMessage, now: number): ConnectionTransition {
  const { meeting } = call;
  if (meeting?.stay !== message.stay || message.n <= meeting.heard) return unchanged(call);
  const heard = { ...call, meeting: { ...meeting, heard: message.n } };
  switch (message.type) {
    case 'conference.place':
      return moveTo(heard, message.placement, now);
    case 'conference.announce':
      return announce(heard, message, now);
    case 'conference.ask-consent':
      return askConsent(heard, message, now);
    case 'conference.remove':
      return leave(heard, message.reason, now);
  }
}

function moveTo(call: Call, placement: Placement, now: number): Transition {
  const { meeting } = call;
  if (!meeting) return unchanged(call);
  const moved = { ...call, meeting: { ...meeting, placement } };
  const before = meeting.placement;
  if (placement.is === 'joined') {
    const { is: _joined, ...membership } = placement;
    const isIn = before?.is === 'joined' && before.bridge.id === placement.bridge.id;
    // A carrier that joins a leg ends what the leg hears by itself, unless it only changes how it takes part.
    return andThen(isIn ? unchanged(moved) : forgetSound(moved, now), (it) =>
      command(it, { do: 'join', ...membership }),
    );
  }
  const left =
    before?.is === 'joined'
      ? andThen(command(moved, { do: 'leave' }), (it) => forgetSound(it, now))
      : stopSound(moved, now);
  return andThen(left, (it) => listen(it, placement));
}

/** What is heard alone: a document, music, or nothing. */
function listen(call: Call, placement: Exclude<Placement, { is: 'joined' }>): Transition {
  const { waitUrl, waitMethod } = call.meeting?.order ?? {};
  const isHeld = placement.is === 'held';
  const [event, url, method] = isHeld ? ['hold', placement.url, undefined] : ['wait', waitUrl, waitMethod];
  if (url === '') return unchanged(call);
  return url === undefined ? music(call) : requestFlow(call, { event, url, ...defined({ method }), params: {} });
}

/** Also what is heard instead of a document that cannot be had. */
export function music(call: Call): Transition {
  const { meeting } = call;
  if (!meeting) return unchanged(call);
  const { flow: _none, ...rest } = call;
  const { playback, ...step } = playBeside(rest, [...MUSIC]);
  return { ...step, call: { ...step.call, meeting: { ...meeting, music: playback } } };
}

/** Asked over the conference, like anything that it alone is told. */
function askConsent(
  call: Call,
  { policy, notice }: Extract<ConferenceMessage, { type: 'conference.ask-consent' }>,
  now: number,
): Transition {
  const { meeting } = call;
  if (!meeting) return unchanged(call);
  const words = notice === undefined ? {} : { notice };
  return lookUpConsent(
    { ...call, ...words, recordedUnder: policy, meeting: { ...meeting, consentAsked: true } },
    'conference',
    now,
  );
}

/** It is known whether the party may be recorded. */
export function answerConference(call: Call, now: number): Transition {
  const { meeting } = call;
  if (!meeting?.consentAsked) return unchanged(call);
  const { consentAsked: _answered, announceLater = [], ...rest } = meeting;
  const { consent, evidence } = ownParty(call);
  const { recordedUnder: _others, ...alone } = call;
  const partyConsent = { policy: permissionFor(alone).policy, consent };
  const told = send({
    to: 'conference',
    event: {
      call: call.id,
      stay: meeting.stay,
      type: 'participant.answered',
      partyConsent,
      ...defined({ evidence }),
      keep: call.retention.recording,
    },
  });
  const answered: Transition = {
    call: { ...call, meeting: rest },
    effects: [{ do: 'timer.clear', name: 'verb' }, told],
  };
  return announceLater.reduce((step, message) => andThen(step, (it) => announce(it, message, now)), answered);
}

/** What it was to answer is over before it did: it moves, or leaves. */
function consentUnanswered({ id: call, meeting }: Call): Effect[] {
  if (!meeting?.consentAsked) return [];
  const partyConsent = { policy: 'all_party_opt_in', consent: 'none' } as const;
  return [send({ to: 'conference', event: { call, stay: meeting.stay, type: 'participant.answered', partyConsent } })];
}

/** In the conference it is heard over the conference; alone it takes the place of what was on, which then begins again. */
function announce(call: Call, message: Announcing, now: number): Transition {
  const { meeting } = call;
  if (!meeting) return unchanged(call);
  // A question that is cut short would have to be asked again.
  if (meeting.consentAsked)
    return unchanged({ ...call, meeting: { ...meeting, announceLater: [...(meeting.announceLater ?? []), message] } });
  const { announcement, prompts } = message;
  const { flow: _other, ...rest } = call;
  const { playback, ...step } = playBeside(rest, prompts);
  const playing = { ...step.call, meeting: { ...meeting, announcement: { playback, id: announcement } } };
  return { call: playing, effects: [...step.effects, ...announced(call, now)] };
}

/** That what it was being told is over, heard or cut short. */
function announced({ id: call, meeting }: Call, at: number): Effect[] {
  if (!meeting?.announcement) return [];
  const { stay, announcement } = meeting;
  return [
    send({ to: 'conference', event: { call, stay, type: 'participant.announced', announcement: announcement.id, at } }),
  ];
}

/** Undefined when the playback was none of the meeting's own. */
export function soundEnded(call: Call, playback: string, now: number): Transition | undefined {
  const { meeting } = call;
  if (meeting?.announcement?.playback !== playback) return undefined;
  const { announcement: _heard, ...silent } = meeting;
  const { placement } = meeting;
  const heard: Transition = { call: { ...call, meeting: silent }, effects: announced(call, now) };
  return !placement || placement.is === 'joined' ? heard : andThen(heard, (it) => listen(it, placement));
}

export function reportTalking(call: Call, isTalking: boolean, now: number): Transition {
  const { meeting, id } = call;
  if (!meeting) return unchanged(call);
  const event = { call: id, stay: meeting.stay, type: 'participant.talking', talking: isTalking, at: now } as const;
  return { call, effects: [send({ to: 'conference', event })] };
}

/** The call goes on with its document, and the conference hears of it. */
export function leaveConference(call: Call, now: number): ConnectionTransition {
  const { meeting } = call;
  if (!meeting) return unchanged(call);
  const over = leave(call, 'left', now);
  return { ...over, effects: [send(leaveMessage(call.id, meeting.stay, call.status, now)), ...over.effects] };
}

function leave(call: Call, reason: string, now: number): ConnectionTransition {
  const { meeting } = call;
  if (!meeting) return unchanged(call);
  const { conference, placement } = meeting;
  const silent = placement?.is === 'joined' ? command(call, { do: 'leave' }) : stopSound(call, now);
  const { meeting: _over, recordedUnder: _others, pendingNotice: _question, ...rest } = silent.call;
  const effects: Effect[] = [
    ...silent.effects,
    { do: 'timer.clear', name: 'stay' },
    { do: 'log', entry: { type: 'conference.left', reason, ...defined({ conference }) } },
  ];
  const wasIn = placement !== undefined;
  const ended = {
    dial_call_status: wasIn ? 'answered' : 'failed',
    reason,
    ...(conference !== undefined && wasIn && { conference_id: conference }),
  };
  const gone: Transition = { call: { ...rest, flow: { is: 'running', position: meeting.position } }, effects };
  return { ...andThen(gone, (it) => adjustRecorder(it, now)), ended };
}

/** Ends what is heard alone. */
function stopSound(call: Call, now: number): Transition {
  const { meeting, flow } = call;
  const playing = [
    flow?.is === 'running' ? flow.position.playback : undefined,
    meeting?.music,
    meeting?.announcement?.playback,
  ].filter((playback) => playback !== undefined);
  const effects = playing.map((playback): Effect => ({ do: 'command', instruction: { do: 'stop', playback } }));
  const silent = forgetSound(call, now);
  return { call: silent.call, effects: [...effects, ...silent.effects] };
}

function forgetSound(call: Call, now: number): Transition {
  const { flow: _alone, meeting, ...rest } = call;
  if (!meeting) return unchanged(rest);
  const { music: _off, announcement: _cut, consentAsked: _cutToo, ...silent } = meeting;
  const { pendingNotice: _question, ...free } = rest;
  return {
    call: { ...free, meeting: silent },
    effects: [{ do: 'timer.clear', name: 'verb' }, ...announced(call, now), ...consentUnanswered(call)],
  };
}
