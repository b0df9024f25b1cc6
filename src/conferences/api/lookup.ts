import * as v from 'valibot';
import type { Prompt } from '../../contracts/carrier.ts';
import { conferenceObject } from '../../contracts/objects.ts';
import type { Scope } from '../../contracts/scope.ts';
import { isId } from '../../lib/ids.ts';
import type { Result } from '../../lib/result.ts';
import { DEFAULT_LANGUAGE } from '../../speech/languages.ts';
import type { ConferenceRefusal } from '../check-request.ts';
import type { ConferenceEvent } from '../effects.ts';
import type { ConferenceMethods } from '../rpc.ts';
import { findConference } from '../store/queries.ts';
import { conferenceErrors } from './errors.ts';
import type { ConferenceView } from './schemas.ts';
import { viewForgotten } from './view.ts';

/** What the routes of conferences and of participants have in common. */

export const ConferencePath = v.object({
  conference_id: v.pipe(v.string(), v.description('Unique conference identifier')),
});

/** An id that cannot be a conference's creates no object. */
export function conferenceStub(id: string, env: Env) {
  if (!isId('CF', id)) throw conferenceErrors.conference_not_found();
  return conferenceObject<ConferenceMethods>(env, id);
}

export function granted<Value>(outcome: Result<Value, ConferenceRefusal>): Value {
  if (!outcome.ok) throw conferenceErrors[outcome.refusal]();
  return outcome.value;
}

interface Announcing {
  announce?: string | undefined;
  announce_url?: string | undefined;
  announce_language?: string | undefined;
}

export function announcementOf({
  announce: say,
  announce_url: play,
  announce_language: language = DEFAULT_LANGUAGE,
}: Announcing): Extract<ConferenceEvent, { type: 'user.announce' }> | undefined {
  const prompts: Prompt[] = [
    ...(say === undefined ? [] : [{ say, language, times: 1 }]),
    ...(play === undefined ? [] : [{ play, times: 1 }]),
  ];
  if (prompts.length === 0) return undefined;
  return { type: 'user.announce', announcement: crypto.randomUUID(), prompts };
}

/** What the database remembers of a conference that its object does not know: it has forgotten the conference, or never heard of it. */
export async function viewForgottenConference(id: string, scope: Scope, env: Env): Promise<ConferenceView> {
  const facts = await findConference(env.DB, scope, id);
  if (!facts) throw conferenceErrors.conference_not_found();
  return viewForgotten(facts);
}

/** Does what the API asks of a conference; one that is forgotten is over. */
export async function requestChange(id: string, event: ConferenceEvent, caller: Scope, env: Env): Promise<void> {
  const { accountId, mode } = caller;
  const done = await conferenceStub(id, env).request({ accountId, mode }, event);
  if (!done.ok && done.refusal === 'conference_not_found') {
    await viewForgottenConference(id, caller, env);
    if (event.type !== 'user.end') throw conferenceErrors.conference_ended();
    return;
  }
  granted(done);
}
