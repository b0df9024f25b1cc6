import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Scope } from '../../contracts/scope.ts';
import { inScope, oneInScope } from '../../lib/scoped-rows.ts';
import { withoutNulls } from '../../lib/without-nulls.ts';
import { type Consent, type Evidence, evidenceId, type Purpose } from '../consent.ts';
import { hashNotice } from '../notices.ts';
import { consents, notices } from './table.ts';

/** A lookup takes so many numbers, more than any line or conference has. */
const MAX_NUMBERS = 500;

/**
 * Finds which of these numbers are covered by a consent on file now, each with that consent: one that does not expire, else
 * the one that counts longest. It takes one query, which reads at most three rows for each number however many consents there are: two seeks in `consents_on_file`.
 */
export async function findConsents(
  db: D1Database,
  { accountId, mode }: Scope,
  numbers: string[],
  now: number,
): Promise<Map<string, ConsentFound>> {
  const asked = [...new Set(numbers)].slice(0, MAX_NUMBERS);
  if (asked.length === 0) return new Map();
  const { results } = await db.prepare(COVERED).bind(accountId, mode, now, JSON.stringify(asked)).all<Covered>();
  return new Map(
    results.flatMap(({ number, consent }) => (consent === null ? [] : [[number, toFound(consent)] as const])),
  );
}

/** A consent on file that covers a number. */
export interface ConsentFound {
  id: string;
  /** Epoch milliseconds; absent where it counts until it is withdrawn. */
  until?: number;
}

function toFound(pair: string): ConsentFound {
  const [id, until] = JSON.parse(pair) as [string, number | null];
  return until === null ? { id } : { id, until };
}

interface Covered {
  number: string;
  /** Its id and its end, as a JSON array. */
  consent: string | null;
}

const ON_FILE = `SELECT json_array(id, expires_at) FROM consents INDEXED BY consents_on_file WHERE account_id = ?1 AND mode = ?2 AND purpose = 'recording'
  AND phone_number = asked.value AND source = 'file' AND decision = 'granted' AND withdrawn_at IS NULL`;

const COVERED = `SELECT asked.value AS number,
    coalesce((${ON_FILE} AND expires_at IS NULL LIMIT 1), (${ON_FILE} AND expires_at > ?3 ORDER BY expires_at DESC LIMIT 1)) AS consent
  FROM json_each(?4) AS asked`;

/** Says in the evidence why nobody has agreed, though there was a notice. */
const UNHEARD = 'the notice could not be played to its end';

/**
 * Keeps the answer of a party forever: only a withdrawal adds to it. The same question written again changes nothing. The
 * words of the notice are kept once for each account. Answers with the consent's id.
 */
export async function keepEvidence(db: D1Database, evidence: Evidence): Promise<string> {
  const { accountId, mode, callId, question, phoneNumber, granted, announced, unheard } = evidence;
  const { key, notice, language, policy, at } = evidence;
  const id = evidenceId(callId, question);
  const noticeSha256 = await hashNotice(notice);
  const asked = { callId, phoneNumber, key, language, policy, noticeSha256 };
  const words = { accountId, sha256: noticeSha256, text: notice, createdAt: at };
  const keepWords = drizzle(db).insert(notices).values(words).onConflictDoNothing();
  const keepAnswer = drizzle(db)
    .insert(consents)
    .values({
      accountId,
      mode,
      id,
      source: 'call',
      purpose: 'recording',
      basis: announced ? 'announcement' : 'opt-in',
      decision: announced ? 'announced' : granted ? 'granted' : 'refused',
      obtainedAt: at,
      obtainedHow: unheard ? UNHEARD : announced ? 'told in the call' : 'asked in the call',
      createdAt: at,
      ...asked,
    })
    .onConflictDoNothing();
  await drizzle(db).batch([keepWords, keepAnswer]);
  return id;
}

/** Finds the words of a notice that was spoken for an account, by their hash. */
export async function findNotice(db: D1Database, accountId: string, sha256: string): Promise<string | undefined> {
  const [row] = await drizzle(db)
    .select({ text: notices.text })
    .from(notices)
    .where(and(eq(notices.accountId, accountId), eq(notices.sha256, sha256)))
    .limit(1);
  return row?.text;
}

/** Ends the consents that were asked for in a call that is over: they counted in it only. */
export async function endConsents(
  db: D1Database,
  { accountId, mode }: Scope,
  ids: string[],
  at: number,
): Promise<void> {
  const end = `UPDATE consents SET expires_at = coalesce(expires_at, ?4) WHERE account_id = ?1 AND mode = ?2
    AND source = 'call' AND decision = 'granted' AND id IN (SELECT value FROM json_each(?3))`;
  await db.prepare(end).bind(accountId, mode, JSON.stringify(ids), at).run();
}

/** Deletes the refusals of a call that is forgotten: they prove nothing any more. */
export async function dropRefusals(db: D1Database, { accountId, mode }: Scope, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  const drop = `DELETE FROM consents WHERE account_id = ?1 AND mode = ?2 AND source = 'call' AND decision = 'refused'
    AND id IN (SELECT value FROM json_each(?3))`;
  await db.prepare(drop).bind(accountId, mode, JSON.stringify(ids)).run();
}

export async function addConsent(db: D1Database, consent: Consent): Promise<void> {
  await drizzle(db).insert(consents).values(consent);
}

export async function findConsent(db: D1Database, scope: Scope, id: string): Promise<Consent | undefined> {
  const [row] = await drizzle(db)
    .select()
    .from(consents)
    .where(oneInScope(consents, scope, id))
    .limit(1);
  return row && toConsent(row);
}

export interface ConsentFilter {
  scope: Scope;
  phoneNumber?: string;
  purpose?: Purpose;
  /** Only consents that count now, or only those that do not. */
  active?: boolean;
}

/** Lists consents, the newest first, one more than the page holds, so that the caller sees whether there are others. */
export async function listConsents(
  db: D1Database,
  filter: ConsentFilter,
  { size, cursor, now }: { size: number; cursor?: string; now: number },
): Promise<Consent[]> {
  const { phoneNumber } = filter;
  const match = and(matching(filter, now), cursor === undefined ? undefined : lt(consents.id, cursor));
  // SQLite would rather walk the whole account in the right order than one number's rows by their index.
  const ofNumber = sql`${consents.id} IN (SELECT id FROM consents INDEXED BY consents_by_number
    WHERE ${match} ORDER BY id DESC LIMIT ${size + 1})`;
  const rows = await drizzle(db)
    .select()
    .from(consents)
    .where(phoneNumber === undefined ? match : and(inScope(consents, filter.scope), ofNumber))
    .orderBy(desc(consents.id))
    .limit(size + 1);
  return rows.map(toConsent);
}

function matching({ scope, phoneNumber, purpose, active }: ConsentFilter, now: number): SQL | undefined {
  const counts = sql`(${consents.decision} = 'granted' AND ${consents.withdrawnAt} IS NULL
    AND coalesce(${consents.expiresAt} > ${now}, 1))`;
  return and(
    inScope(consents, scope),
    phoneNumber === undefined ? undefined : eq(consents.phoneNumber, phoneNumber),
    purpose && eq(consents.purpose, purpose),
    active === undefined ? undefined : sql`${counts} = ${active ? 1 : 0}`,
  );
}

/** Withdraws a consent. The first withdrawal's moment stays; the wish to delete recordings can be added later. */
export async function withdrawConsent(
  db: D1Database,
  scope: Scope,
  { id, at, deleteRecordings }: { id: string; at: number; deleteRecordings: boolean },
): Promise<Consent | undefined> {
  const [row] = await drizzle(db)
    .update(consents)
    .set({
      withdrawnAt: sql`coalesce(${consents.withdrawnAt}, ${at})`,
      ...(deleteRecordings && { deleteRecordings }),
    })
    .where(oneInScope(consents, scope, id))
    .returning();
  return row && toConsent(row);
}

/** A row is a consent with nulls for what is not known. */
const toConsent = (row: typeof consents.$inferSelect): Consent => withoutNulls(row);

const WITHDRAWN = `SELECT consents.id AS id FROM json_each(?3) AS named JOIN consents
  ON consents.account_id = ?1 AND consents.mode = ?2 AND consents.id = named.value WHERE withdrawn_at IS NOT NULL`;

/** The statement that finds which of these consents are withdrawn; its caller can batch it after a statement of its own. */
export const withdrawnAmong = (db: D1Database, { accountId, mode }: Scope, ids: string[]): D1PreparedStatement =>
  db.prepare(WITHDRAWN).bind(accountId, mode, JSON.stringify(ids));
