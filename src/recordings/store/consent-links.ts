import { withdrawnAmong } from '../../consents/store/queries.ts';
import type { Scope } from '../../contracts/scope.ts';

/** A recording, and the consents under which it is made. */
export interface ConsentLinks extends Scope {
  recording: string;
  /** The call or the conference that records. */
  owner: string;
  consents: string[];
}

const LINK = `INSERT OR IGNORE INTO recording_consents (account_id, mode, consent_id, recording_id, owner_id)
  SELECT ?1, ?2, value, ?3, ?4 FROM json_each(?5)`;

/**
 * Links a recording to its consents and answers with those that were withdrawn meanwhile. The links are written first, in
 * one batch: of a withdrawal at the same moment, either it finds the recording or this finds the withdrawal.
 */
export async function linkToConsents(db: D1Database, { consents, ...links }: ConsentLinks): Promise<string[]> {
  if (consents.length === 0) return [];
  const { accountId, mode, recording, owner } = links;
  const [, found] = await db.batch<{ id: string }>([
    db.prepare(LINK).bind(accountId, mode, recording, owner, JSON.stringify(consents)),
    withdrawnAmong(db, links, consents),
  ]);
  return (found?.results ?? []).map(({ id }) => id);
}

const UNDER = `SELECT recording_id AS recording, owner_id AS owner FROM recording_consents
  WHERE account_id = ?1 AND mode = ?2 AND consent_id = ?3`;

/** The recordings that were made under a consent, each with the call or the conference that recorded. */
export async function recordingsUnder(
  db: D1Database,
  { id, accountId, mode }: Scope & { id: string },
): Promise<{ recording: string; owner: string }[]> {
  const found = await db.prepare(UNDER).bind(accountId, mode, id).all<{ recording: string; owner: string }>();
  return found.results;
}
