import type { Place, RoomMessage } from '../conferences/protocol.ts';
import type { MeetOrder } from '../flow/connect.ts';
import type { Position } from '../flow/cursor.ts';
import { goodbye } from './kin.ts';
import type { Call } from './model.ts';
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
} from './step.ts';

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
  /** What only this call is being told. */
  announcement?: { playback: string; id: string };
}

/** Repeated by the carrier long enough for any wait. */
const MUSIC = [{ tune: 'waiting', times: 1000 }] as const;

export function startMeeting(call: Call, order: MeetOrder, position: Position, now: number): Step {
  const visit = call.visits + 1;
  const { flow: _left, ...rest } = call;
  const free = runFreely({ ...rest, visits: visit, meeting: { position, order, visit, heard: 0 } });
  const { name, waitUrl: _ours, waitMethod: _too, timeLimit, ...how } = order;
  const entry = { ...how, ...(call.gateway !== undefined && { gateway: call.gateway }) };
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
      return putInPlace(heard, message.place);
    case 'room.announce':
      return announce(heard, message);
    case 'room.out':
      return leave(heard, message.reason, now);
  }
}

function putInPlace(call: Call, place: Place): Step {
  const { meeting } = call;
  if (!meeting) return stay(call);
  const moved = { ...call, meeting: { ...meeting, place } };
  if (place.is === 'meeting') return join(moved, place);
  const left = meeting.place?.is === 'meeting' ? command(moved, { do: 'leave' }) : quiet(moved);
  return after(left, (it) => listen(it, place));
}

function join(call: Call, { is: _meeting, ...part }: Extract<Place, { is: 'meeting' }>): Step {
  return after(withoutSound(call), (it) => command(it, { do: 'join', ...part }));
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

/** In the room it is heard over the room; alone it takes the place of what was on, which then begins again. */
function announce(call: Call, { announcement, prompts }: Extract<RoomMessage, { type: 'room.announce' }>): Step {
  const { meeting } = call;
  if (!meeting) return stay(call);
  const { flow: _other, ...rest } = call;
  const { playback, ...step } = play(rest, prompts);
  return { ...step, call: { ...step.call, meeting: { ...meeting, announcement: { playback, id: announcement } } } };
}

/** Undefined when the playback was none of the meeting's own. */
export function soundEnded(call: Call, playback: string, now: number): Step | undefined {
  const { meeting } = call;
  if (meeting?.announcement?.playback !== playback) return undefined;
  const { announcement, ...silent } = meeting;
  const { visit, place } = meeting;
  const told = say({
    to: 'room',
    event: { call: call.id, visit, type: 'participant.announced', announcement: announcement.id, at: now },
  });
  const heard: Step = { call: { ...call, meeting: silent }, effects: [told] };
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

function leave(call: Call, reason: string, _now: number): Connecting {
  const { meeting } = call;
  if (!meeting) return stay(call);
  const { room, place } = meeting;
  const silent = place?.is === 'meeting' ? command(call, { do: 'leave' }) : quiet(call);
  const { meeting: _over, ...rest } = silent.call;
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
  return { call: { ...rest, flow: { is: 'running', position: meeting.position } }, effects, ended };
}

/** Ends what is heard alone. */
function quiet(call: Call): Step {
  const { meeting, flow } = call;
  const playing = [
    flow?.is === 'running' ? flow.position.playback : undefined,
    meeting?.music,
    meeting?.announcement?.playback,
  ].filter((playback) => playback !== undefined);
  const effects = playing.map((playback): Effect => ({ do: 'command', instruction: { do: 'stop', playback } }));
  const silent = withoutSound(call);
  return { call: silent.call, effects: [...effects, ...silent.effects] };
}

/** A carrier that joins a leg ends what the leg hears by itself. */
function withoutSound({ flow: _alone, meeting, ...rest }: Call): Step {
  if (!meeting) return stay(rest);
  const { music: _off, announcement: _cut, ...silent } = meeting;
  return { call: { ...rest, meeting: silent }, effects: [{ do: 'timer.clear', name: 'verb' }] };
}
