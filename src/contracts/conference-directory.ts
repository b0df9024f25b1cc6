import { sha256Hex } from '../lib/hex.ts';
import { isId, newId } from '../lib/ids.ts';
import { done, type Result, refused } from '../lib/result.ts';
import type { NewConference, ParticipantEvent, RemovalReason } from './conference.ts';
import { conferenceNameObject, conferenceObject } from './objects.ts';
import type { Scope } from './scope.ts';

type Entered = Extract<ParticipantEvent, { type: 'participant.entered' }>;

/** Conferences end while others enter: so often at most a name is asked for its next conference. */
const TRIES = 5;

/** Lets a call into a conference by its name, which makes one where there is none, or by its id. */
export async function enterConference(
  name: string,
  founding: Omit<NewConference, 'id'>,
  event: Entered,
  env: Env,
): Promise<Result<{ conference: string }, RemovalReason>> {
  const { accountId, mode } = founding;
  const scope = { accountId, mode };
  if (isId('CF', name)) {
    const entered = await conferenceObject(env, name).enter(event, scope);
    return entered.ok ? done({ conference: name }) : entered;
  }
  const directory = conferenceNameObject(env, await directoryName(name, scope));
  let over: string | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    // A new id each time: the conference that was just found over may be the one that this entry proposed.
    const conference: string = await directory.claim(newId('CF', Date.now()), over);
    const entered = await conferenceObject(env, conference).enter(event, scope, {
      ...founding,
      id: conference,
      friendlyName: name,
    });
    if (entered.ok) return done({ conference });
    if (entered.refusal !== 'conference_ended') return entered;
    over = conference;
  }
  return refused('conference_ended');
}

/** From now on the name means this conference. */
export async function claimName(name: string, conference: string, scope: Scope, env: Env): Promise<void> {
  await conferenceNameObject(env, await directoryName(name, scope)).take(conference);
}

/** The conference is forgotten, and its name with it. */
export async function releaseName(name: string, conference: string, scope: Scope, env: Env): Promise<void> {
  await conferenceNameObject(env, await directoryName(name, scope)).forget(conference);
}

export async function sendToConference(conference: string, event: ParticipantEvent, env: Env): Promise<void> {
  await conferenceObject(env, conference).participantEvent(event);
}

/** The name of the object that knows a conference by its name; names of objects tell nothing of what customers call things. */
const directoryName = (name: string, { accountId, mode }: Scope): Promise<string> =>
  sha256Hex(`${accountId} ${mode} ${name}`);
