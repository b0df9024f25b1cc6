import type { Scope } from '../calls/call.ts';
import { isId, newId } from '../lib/ids.ts';
import { done, type Outcome, refused } from '../lib/result.ts';
import type { Founding, OutReason, ParticipantEvent } from './conference.ts';
import { conferenceNameObject, conferenceObject } from './objects.ts';

type Entered = Extract<ParticipantEvent, { type: 'participant.entered' }>;

/** Rooms end while others enter: so often at most a name is asked for its next room. */
const TRIES = 5;

/** Lets a call into a room by its name, which makes one where there is none, or by its id. */
export async function enterRoom(
  name: string,
  founding: Omit<Founding, 'id'>,
  event: Entered,
  env: Env,
): Promise<Outcome<{ room: string }, OutReason>> {
  const { accountId, mode } = founding;
  const scope = { accountId, mode };
  if (isId('CF', name)) {
    const entered = await conferenceObject(env, name).enter(event, scope);
    return entered.ok ? done({ room: name }) : entered;
  }
  const directory = conferenceNameObject(env, await digestOf(name, scope));
  let over: string | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    // A new id each time: the room that was just found over may be the one that this entry proposed.
    const room: string = await directory.claim(newId('CF', Date.now()), over);
    const entered = await conferenceObject(env, room).enter(event, scope, {
      ...founding,
      id: room,
      friendlyName: name,
    });
    if (entered.ok) return done({ room });
    if (entered.refusal !== 'conference_ended') return entered;
    over = room;
  }
  return refused('conference_ended');
}

/** From now on the name means this room. */
export async function nameRoom(name: string, room: string, scope: Scope, env: Env): Promise<void> {
  await conferenceNameObject(env, await digestOf(name, scope)).take(room);
}

/** The room is forgotten, and its name with it. */
export async function forgetName(name: string, room: string, scope: Scope, env: Env): Promise<void> {
  await conferenceNameObject(env, await digestOf(name, scope)).forget(room);
}

export async function tellRoom(room: string, event: ParticipantEvent, env: Env): Promise<void> {
  await conferenceObject(env, room).participantSays(event);
}

async function digestOf(name: string, { accountId, mode }: Scope): Promise<string> {
  const bytes = new TextEncoder().encode(`${accountId} ${mode} ${name}`);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
