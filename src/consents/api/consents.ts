import * as v from 'valibot';
import { route } from '../../accounts/api/route.ts';
import { type FieldError, httpErrors } from '../../http/errors.ts';
import { reply } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { newId } from '../../lib/ids.ts';
import { parseTimestamp } from '../../lib/timestamp.ts';
import type { Consent } from '../consent.ts';
import { addConsent, findConsent, findNotice, listConsents, withdrawConsent } from '../store/queries.ts';
import { privacyErrors } from './errors.ts';
import { ConsentList, ConsentView, ListConsents, NewConsent, Withdrawal } from './schemas.ts';
import { viewConsent } from './view.ts';

const ConsentPath = v.object({ consent_id: v.pipe(v.string(), v.description('Unique consent identifier')) });

/** Clocks differ: a consent that was obtained a moment ago may seem to lie ahead. */
const CLOCK_MS = 60_000;

export const giveConsent = route({
  method: 'POST',
  path: '/v1/voice/consents',
  operationId: 'createConsent',
  summary: 'Put a consent on file',
  tag: 'Consents',
  body: NewConsent,
  replies: { 201: ConsentView },
  async handle({ body, caller: { accountId, mode }, env }) {
    const now = Date.now();
    checkTimes(body, now);
    const { phone_number: phoneNumber, purpose, basis, evidence_ref: evidenceRef, expires_at: expires } = body;
    const consent: Consent = {
      accountId,
      mode,
      id: newId('CN', now),
      source: 'file',
      phoneNumber,
      purpose,
      basis,
      decision: 'granted',
      obtainedAt: Date.parse(body.obtained_at),
      obtainedHow: body.obtained_how,
      ...defined({ evidenceRef, expiresAt: parseTimestamp(expires) }),
      createdAt: now,
    };
    await addConsent(env.DB, consent);
    return reply(201, viewConsent(consent, now));
  },
});

/** Refuses a consent that has not been given yet, or has expired already: the mistake would be found out too late. */
function checkTimes({ obtained_at, expires_at }: NewConsent, now: number): void {
  const errors: FieldError[] = [];
  if (Date.parse(obtained_at) > now + CLOCK_MS) {
    errors.push({ field: 'obtained_at', message: 'must not be in the future' });
  }
  if (expires_at !== undefined && Date.parse(expires_at) <= now) {
    errors.push({ field: 'expires_at', message: 'must be in the future' });
  }
  if (errors.length > 0) throw httpErrors.invalid_request(errors);
}

/** Consents are paged by cursor only: a total, or a page deep inside, would cost a row for every consent there is. */
export const listAllConsents = route({
  method: 'GET',
  path: '/v1/voice/consents',
  operationId: 'listConsents',
  summary: 'Consents, those on file and those asked for in calls, the newest first',
  tag: 'Consents',
  query: ListConsents,
  replies: { 200: ConsentList },
  async handle({ query, caller, env }) {
    const now = Date.now();
    const { phone_number: phoneNumber, purpose, active, cursor } = query;
    const size = Number(query.page_size);
    const filter = defined({ scope: caller, phoneNumber, purpose, active: active && active === 'true' });
    const found = await listConsents(env.DB, filter, defined({ size, now, cursor }));
    const last = found.length > size ? found[size - 1] : undefined;
    const consents = found.slice(0, size).map((consent) => viewConsent(consent, now));
    return reply(200, defined({ consents, page_size: size, next: last?.id }));
  },
});

export const getConsent = route({
  method: 'GET',
  path: '/v1/voice/consents/:consent_id',
  operationId: 'getConsent',
  summary: 'One consent, with its evidence',
  tag: 'Consents',
  params: ConsentPath,
  replies: { 200: ConsentView },
  errors: ['consent_not_found'],
  async handle({ params, caller, env }) {
    const consent = await findConsent(env.DB, caller, params.consent_id);
    if (!consent) throw privacyErrors.consent_not_found();
    const { accountId, noticeSha256: hash } = consent;
    const notice = hash === undefined ? undefined : await findNotice(env.DB, accountId, hash);
    return reply(200, viewConsent(consent, Date.now(), notice));
  },
});

/** Ends the recordings that run under a consent that was withdrawn. The database knows of it before, so that none begins. */
export type OnWithdrawn = (consent: Consent, env: Env) => Promise<void>;

/** The route by which a consent is withdrawn. Those who record are above this domain, and so are handed in. */
export const withdrawalRoute = (onWithdrawn: OnWithdrawn) =>
  route({
    method: 'DELETE',
    path: '/v1/voice/consents/:consent_id',
    operationId: 'withdrawConsent',
    summary: 'Withdraw a consent; what was agreed and when stays on file as evidence',
    tag: 'Consents',
    params: ConsentPath,
    query: Withdrawal,
    replies: { 200: ConsentView },
    errors: ['consent_not_found'],
    async handle({ params, query, caller, env }) {
      const now = Date.now();
      const deleteRecordings = query.delete_recordings === 'true';
      const consent = await withdrawConsent(env.DB, caller, { id: params.consent_id, at: now, deleteRecordings });
      if (!consent) throw privacyErrors.consent_not_found();
      await onWithdrawn(consent, env);
      return reply(200, viewConsent(consent, now));
    },
  });
