import type { Place, RoomMessage } from '../../contracts/conference.ts';
import type { MeetOrder } from '../../contracts/orders.ts';
import type { Position } from '../../flow/interpreter.ts';
import type { Call } from '../call.ts';
import {
  after,
  type Connecting,
  command,
  type Effect,
  fetchFlow,
  play,
  runFreely,
  type Step,
  say,
  stay,
  withNote,
} from '../effects.ts';
import { lookUp } from '../recording/consent.ts';
import { permissionFor, selfOf } from '../recording/parties.ts';
import { adjustRecorder } from '../recording/recorder.ts';
import { goodbye } from './messages.ts';

/** A call's stay in a room: the room says where it is, the call does it. */
export interface Meeting {
  /** Of the verb in its document. */
  position: Position;
  order: MeetOrder;
  /** Which room of this call's life it is: 1, 2, … */
  visit: number;
  room?: string;
  /** The number of the room's last message. */
  heard: number;
  place?: Place;
  /** The playback of the music that is on, if it is. */
  music?: string;
  /** The room wants to know whether it may be recorded, and has no answer yet. */
  asked?: true;
  /** To be announced once that is answered. */
  later?: Announcing[];
  /** What only this call is being told. */
  announcement?: { playback: string; id: string };
}

type Announcing = Extract<RoomMessage, { type: 'room.announce' }>;

/** Repeated by the carrier long enough for any wait. */
const MUSIC = [{ tune: 'waiting', times: 1000 }] as const;

export function startMeeting(call: Call, order: MeetOrder, position: Position, now: number): Step {
  const visit = call.visits + 1;
  const { flow: _left, ...rest } = call;
  const met = adjustRecorder({ ...rest, visits: visit, meeting: { position, order, visit, heard: 0 } }, now);
  const free = after(met, runFreely);
  const { name, waitUrl: _ours, waitMethod: _too, timeLimit, ...how } = order;
  const entry = { ...how, kept: call.retention.call, ...(call.gateway !== undefined && { gateway: call.gateway }) };
  const effects: Effect[] = [
    { do: 'timer.clear', name: 'verb' },
    { do: 'timer.set', name: 'stay', at: now + timeLimit * 1000 },
    say({ to: 'room', name, event: { call: call.id, visit, type: 'participant.entered', entry, at: now } }),
  ];
  return { call: free.call, effects: [...free.effects, ...effects] };
}

/** It is known which room it is. */
export function roomFound(call: Call, visit: number, room: string): Step {
  const { meeting } = call;
  if (meeting?.visit !== visit || meeting.room !== undefined) return stay(call);
  return withNote({ ...call, meeting: { ...meeting, room } }, { type: 'conference.entered', conference: room });
}

/** What the room says. An earlier visit's room, and what was heard before, do not matter. */
export function roomSaid(call: Call, message: RoomMessage, now: number): Connecting {
  const { meeting } = call;
  if (meeting?.visit !== message.visit || message.n <= meeting.heard) return stay(call);
  const heard = { ...call, meeting: { ...meeting, heard: message.n } };
  switch (message.type) {
    case 'room.place':
      return putInPlace(heard, message.place, now);
    case 'room.announce':
      return announce(heard, message, now);
    case 'room.ask':
      return ask(heard, message, now);
    case 'room.out':
      return leave(heard, message.reason, now);
  }
}

function putInPlace(call: Call, place: Place, now: number): Step {
  const { meeting } = call;
  if (!meeting) return stay(call);
  const moved = { ...call, meeting: { ...meeting, place } };
  const before = meeting.place;
  if (place.is === 'meeting') {
    const { is: _meeting, ...part } = place;
    const isIn = before?.is === 'meeting' && before.bridge.id === place.bridge.id;
    // A carrier that joins a leg ends what the leg hears by itself, unless it only changes how it takes part.
    return after(isIn ? stay(moved) : withoutSound(moved, now), (it) => command(it, { do: 'join', ...part }));
  }
  const left =
    before?.is === 'meeting'
      ? after(command(moved, { do: 'leave' }), (it) => withoutSound(it, now))
      : quiet(moved, now);
  return after(left, (it) => listen(it, place));
}

/** What is heard alone: a document, music, or nothing. */
function listen(call: Call, place: Exclude<Place, { is: 'meeting' }>): Step {
  const { waitUrl, waitMethod } = call.meeting?.order ?? {};
  const isHeld = place.is === 'held';
  const [event, url, method] = isHeld ? ['hold', place.url, undefined] : ['wait', waitUrl, waitMethod];
  if (url === '') return stay(call);
  return url === undefined ? music(call) : fetchFlow(call, { event, url, ...(method && { method }), params: {} });
}

/** Also what is heard instead of a document that cannot be had. */
export function music(call: Call): Step {
  const { meeting } = call;
  if (!meeting) return stay(call);
  const { flow: _none, ...rest } = call;
  const { playback, ...step } = play(rest, [...MUSIC]);
  return { ...step, call: { ...step.call, meeting: { ...meeting, music: playback } } };
}

/** Asked over the room, like anything that it alone is told. */
function ask(call: Call, { policy, notice }: Extract<RoomMessage, { type: 'room.ask' }>, now: number): Step {
  const { meeting } = call;
  if (!meeting) return stay(call);
  const words = notice === undefined ? {} : { notice };
  return lookUp({ ...call, ...words, recordedUnder: policy, meeting: { ...meeting, asked: true } }, 'room', now);
}

/** It is known whether the party may be recorded. */
export function answerRoom(call: Call, now: number): Step {
  const { meeting } = call;
  if (!meeting?.asked) return stay(call);
  const { asked: _answered, later = [], ...rest } = meeting;
  const { consent, evidence } = selfOf(call);
  const { recordedUnder: _others, ...alone } = call;
  const stance = { policy: permissionFor(alone).policy, consent };
  const told = say({
    to: 'room',
    event: {
      call: call.id,
      visit: meeting.visit,
      type: 'participant.answered',
      stance,
      ...(evidence !== undefined && { evidence }),
      keep: call.retention.recording,
    },
  });
  const answered: Step = { call: { ...call, meeting: rest }, effects: [{ do: 'timer.clear', name: 'verb' }, told] };
  return later.reduce((step, message) => after(step, (it) => announce(it, message, now)), answered);
}

/** What it was to answer is over before it did: it moves, or leaves. */
function unanswered({ id: call, meeting }: Call): Effect[] {
  if (!meeting?.asked) return [];
  const stance = { policy: 'all_party_opt_in', consent: 'none' } as const;
  return [say({ to: 'room', event: { call, visit: meeting.visit, type: 'participant.answered', stance } })];
}

/** In the room it is heard over the room; alone it takes the place of what was on, which then begins again. */
function announce(call: Call, message: Announcing, now: number): Step {
  const { meeting } = call;
  if (!meeting) return stay(call);
  // A question that is cut short would have to be asked again.
  if (meeting.asked) return stay({ ...call, meeting: { ...meeting, later: [...(meeting.later ?? []), message] } });
  const { announcement, prompts } = message;
  const { flow: _other, ...rest } = call;
  const { playback, ...step } = play(rest, prompts);
  const playing = { ...step.call, meeting: { ...meeting, announcement: { playback, id: announcement } } };
  return { call: playing, effects: [...step.effects, ...announced(call, now)] };
}

/** That what it was being told is over, heard or cut short. */
function announced({ id: call, meeting }: Call, at: number): Effect[] {
  if (!meeting?.announcement) return [];
  const { visit, announcement } = meeting;
  return [
    say({ to: 'room', event: { call, visit, type: 'participant.announced', announcement: announcement.id, at } }),
  ];
}

/** Undefined when the playback was none of the meeting's own. */
export function soundEnded(call: Call, playback: string, now: number): Step | undefined {
  const { meeting } = call;
  if (meeting?.announcement?.playback !== playback) return undefined;
  const { announcement: _heard, ...silent } = meeting;
  const { place } = meeting;
  const heard: Step = { call: { ...call, meeting: silent }, effects: announced(call, now) };
  return !place || place.is === 'meeting' ? heard : after(heard, (it) => listen(it, place));
}

export function talking(call: Call, isTalking: boolean, now: number): Step {
  const { meeting, id } = call;
  if (!meeting) return stay(call);
  const event = { call: id, visit: meeting.visit, type: 'participant.talking', talking: isTalking, at: now } as const;
  return { call, effects: [say({ to: 'room', event })] };
}

/** The call goes on with its document, and the room hears of it. */
export function goAway(call: Call, now: number): Connecting {
  const { meeting } = call;
  if (!meeting) return stay(call);
  const over = leave(call, 'left', now);
  return { ...over, effects: [say(goodbye(call.id, meeting.visit, call.status, now)), ...over.effects] };
}

function leave(call: Call, reason: string, now: number): Connecting {
  const { meeting } = call;
  if (!meeting) return stay(call);
  const { room, place } = meeting;
  const silent = place?.is === 'meeting' ? command(call, { do: 'leave' }) : quiet(call, now);
  const { meeting: _over, recordedUnder: _others, aside: _question, ...rest } = silent.call;
  const effects: Effect[] = [
    ...silent.effects,
    { do: 'timer.clear', name: 'stay' },
    { do: 'note', note: { type: 'conference.left', reason, ...(room !== undefined && { conference: room }) } },
  ];
  const wasIn = place !== undefined;
  const ended = {
    dial_call_status: wasIn ? 'answered' : 'failed',
    reason,
    ...(room !== undefined && wasIn && { conference_id: room }),
  };
  const gone: Step = { call: { ...rest, flow: { is: 'running', position: meeting.position } }, effects };
  return { ...after(gone, (it) => adjustRecorder(it, now)), ended };
}

/** Ends what is heard alone. */
function quiet(call: Call, now: number): Step {
  const { meeting, flow } = call;
  const playing = [
    flow?.is === 'running' ? flow.position.playback : undefined,
    meeting?.music,
    meeting?.announcement?.playback,
  ].filter((playback) => playback !== undefined);
  const effects = playing.map((playback): Effect => ({ do: 'command', instruction: { do: 'stop', playback } }));
  const silent = withoutSound(call, now);
  return { call: silent.call, effects: [...effects, ...silent.effects] };
}

function withoutSound(call: Call, now: number): Step {
  const { flow: _alone, meeting, ...rest } = call;
  if (!meeting) return stay(rest);
  const { music: _off, announcement: _cut, asked: _cutToo, ...silent } = meeting;
  const { aside: _question, ...free } = rest;
  return {
    call: { ...free, meeting: silent },
    effects: [{ do: 'timer.clear', name: 'verb' }, ...announced(call, now), ...unanswered(call)],
  };
}
