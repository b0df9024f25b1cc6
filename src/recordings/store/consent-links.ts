import type { Scope } from '../../calls/call.ts';
import type { Consent } from '../../consents/consent.ts';
import { callObject, conferenceObject, recordingObject } from '../../contracts/objects.ts';

/** What ties a recording to the consents under which it is made. */
export interface ConsentLinks extends Scope {
  recording: string;
  /** The call or the conference that records. */
  owner: string;
  consents: string[];
}

const LINK = `INSERT OR IGNORE INTO recording_consents (account_id, mode, consent_id, recording_id, owner_id)
  SELECT ?1, ?2, value, ?3, ?4 FROM json_each(?5)`;

const WITHDRAWN = `SELECT consents.id AS id FROM json_each(?3) AS named JOIN consents
  ON consents.account_id = ?1 AND consents.mode = ?2 AND consents.id = named.value WHERE withdrawn_at IS NOT NULL`;

/**
 * Ties them, and answers with the consents that were withdrawn meanwhile. First the one, then the other: of a withdrawal at
 * the same moment, either it finds the recording or this finds the withdrawal.
 */
export async function linkToConsents(db: D1Database, { accountId, mode, recording, owner, consents }: ConsentLinks) {
  if (consents.length === 0) return [];
  const named = JSON.stringify(consents);
  const [, found] = await db.batch<{ id: string }>([
    db.prepare(LINK).bind(accountId, mode, recording, owner, named),
    db.prepare(WITHDRAWN).bind(accountId, mode, named),
  ]);
  return (found?.results ?? []).map(({ id }) => id);
}

const UNDER = `SELECT recording_id AS recording, owner_id AS owner FROM recording_consents
  WHERE account_id = ?1 AND mode = ?2 AND consent_id = ?3`;

/** Ends every recording that runs under a consent that was withdrawn, and deletes those that its owner wants deleted. */
export async function endRecordingsUnder(consent: Consent, env: Env): Promise<void> {
  const { id, accountId, mode, callId } = consent;
  const { results } = await env.DB.prepare(UNDER).bind(accountId, mode, id).all<{ recording: string; owner: string }>();
  // Who was asked in a call has withdrawn for all of that call, recorded or not.
  const owners = new Set([...results.map(({ owner }) => owner), ...(callId === undefined ? [] : [callId])]);
  for (const owner of owners) await tellOwner(owner, id, env);
  for (const { recording } of results) await endOne(recording, consent, env);
}

const tellOwner = (owner: string, consent: string, env: Env): Promise<void> =>
  owner.startsWith('CF')
    ? conferenceObject(env, owner).consentWithdrawn(consent)
    : callObject(env, owner).consentWithdrawn(consent);

/** Its owner tells it, too, but perhaps later: what runs cannot be deleted. */
async function endOne(recording: string, { accountId, mode, deleteRecordings }: Consent, env: Env): Promise<void> {
  if (!deleteRecordings) return;
  const object = recordingObject(env, recording);
  await object.report({ type: 'stopped', at: Date.now() });
  await object.remove({ accountId, mode });
}
