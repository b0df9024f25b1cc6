import { newRoom, type Participant, type Room } from '../../src/conferences/conference.ts';
import type { Effect, RoomEvent, Step } from '../../src/conferences/effects.ts';
import { transition } from '../../src/conferences/machine.ts';
import type { Entry, RoomMessage } from '../../src/contracts/conference.ts';
import { newId } from '../../src/lib/ids.ts';
import { NOW } from './call.ts';

/** A room that nobody has entered; give what matters to the test. */
export const aRoom = (facts: Partial<Parameters<typeof newRoom>[0]> = {}): Room =>
  newRoom({
    id: newId('CF', NOW),
    accountId: 'AC00000000000070008000000000000001',
    mode: 'test',
    secrets: [],
    maxParticipants: 10,
    statusCallback: 'https://hook.example/room',
    ...facts,
  });

export const take = (room: Room, event: RoomEvent, at = NOW): Step => transition(room, event, at);

export const upon = (room: Room, ...events: RoomEvent[]): Room =>
  events.reduce((it, event) => take(it, event).room, room);

type Entered = Extract<RoomEvent, { type: 'participant.entered' }>;

export const enters = (call: string, entry: Partial<Entry> = {}, visit = 1): Entered => ({
  type: 'participant.entered',
  call,
  visit,
  entry: { muted: false, beep: 'both', startOnEnter: true, endOnExit: false, ...entry },
  at: NOW,
});

export const leaves = (call: string, visit = 1): RoomEvent => ({
  type: 'participant.left',
  call,
  visit,
  callStatus: 'completed',
  at: NOW,
});

export const expected = (call: string, facts: Partial<Participant> = {}): RoomEvent => ({
  type: 'user.expect',
  participant: {
    call,
    visit: 0,
    callStatus: 'queued',
    muted: false,
    hold: false,
    beep: 'both',
    startOnEnter: true,
    endOnExit: false,
    ...facts,
  },
});

/** What calls are told, as `call type …`. */
export const said = (effects: Effect[]): { call: string; message: RoomMessage }[] =>
  effects.flatMap((it) => (it.do === 'say' ? [{ call: it.call, message: it.message }] : []));

/** Where calls are told to be. */
export const places = (effects: Effect[]): Record<string, string> =>
  Object.fromEntries(
    said(effects).flatMap(({ call, message }) => (message.type === 'room.place' ? [[call, message.place.is]] : [])),
  );

/** Why calls are told to leave. */
export const outs = (effects: Effect[]): Record<string, string> =>
  Object.fromEntries(
    said(effects).flatMap(({ call, message }) => (message.type === 'room.out' ? [[call, message.reason]] : [])),
  );

/** What the status callback is told. */
export const told = (effects: Effect[]) =>
  effects.flatMap((it) =>
    it.do === 'notify' ? [{ type: it.news.type, call: it.news.participant?.call, ...it.news.more }] : [],
  );

export const types = (effects: Effect[]): string[] => told(effects).map(({ type }) => type);

/** What all in the bridge hear. */
export const played = (effects: Effect[]) =>
  effects.flatMap((it) => (it.do === 'command' && it.instruction.do === 'play' ? [it.instruction] : []));

export const participantOf = (room: Room, call: string): Participant | undefined =>
  room.participants.find((it) => it.call === call);
