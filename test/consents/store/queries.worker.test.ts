import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Consent, Evidence } from '../../../src/consents/consent.ts';
import { hashNotice } from '../../../src/consents/notices.ts';
import { lookUpConsent } from '../../../src/consents/store/lookup.ts';
import {
  addConsent,
  endConsents,
  findConsent,
  findConsents,
  findNotice,
  keepEvidence,
  listConsents,
  withdrawConsent,
} from '../../../src/consents/store/queries.ts';
import { newId } from '../../../src/lib/ids.ts';
import { findSettings } from '../../../src/retention/store/settings.ts';
import { counted } from '../../support/counted.ts';
import { ACCOUNT, SCOPE } from '../../support/facts.ts';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const DAY = 86_400_000;
const OTHER = 'AC00000000000070008000000000000002';

let people = 0;
/** A number that no other test knows. */
const somebody = () => `+3120${String(1_000_000 + ++people)}`;

async function onFile(phoneNumber: string, facts: Partial<Consent> = {}): Promise<string> {
  const { id } = { id: newId('CN', NOW), ...facts };
  await addConsent(env.DB, {
    ...SCOPE,
    source: 'file',
    phoneNumber,
    purpose: 'recording',
    basis: 'opt-in',
    decision: 'granted',
    obtainedAt: NOW - DAY,
    obtainedHow: 'web form',
    createdAt: NOW,
    ...facts,
    id,
  });
  return id;
}

const answer = (facts: Partial<Evidence> = {}): Evidence => ({
  ...SCOPE,
  callId: newId('CA', NOW),
  question: 1,
  phoneNumber: somebody(),
  granted: true,
  key: '1',
  notice: 'Toets 1.',
  language: 'nl-NL',
  policy: 'all_party_opt_in',
  at: NOW,
  ...facts,
});

const covers = async (...numbers: string[]) => [...(await findConsents(env.DB, SCOPE, numbers, NOW)).keys()];

describe('a number is covered', () => {
  it('by a consent on file, which is named', async () => {
    const [who, stranger] = [somebody(), somebody()];
    const id = await onFile(who);
    expect(await findConsents(env.DB, SCOPE, [who, stranger, who], NOW)).toEqual(new Map([[who, { id }]]));
  });

  it('until it expires', async () => {
    const who = somebody();
    await onFile(who, { expiresAt: NOW });
    expect(await covers(who)).toEqual([]);
    await onFile(who, { expiresAt: NOW + 1 });
    expect(await covers(who)).toEqual([who]);
  });

  it('by the consent that counts longest, which says until when', async () => {
    const who = somebody();
    await onFile(who, { expiresAt: NOW + 1000 });
    const longest = await onFile(who, { expiresAt: NOW + 3000 });
    await onFile(who, { expiresAt: NOW + 2000 });
    const found = () => lookUpConsent(env.DB, SCOPE, [who], NOW);
    expect(await found()).toEqual({ policies: {}, onFile: { [who]: longest }, until: { [longest]: NOW + 3000 } });
    const endless = await onFile(who);
    expect(await found()).toEqual({ policies: {}, onFile: { [who]: endless } });
  });

  it('until it is withdrawn', async () => {
    const who = somebody();
    const id = await onFile(who);
    await withdrawConsent(env.DB, SCOPE, { id, at: NOW, deleteRecordings: false });
    expect(await covers(who)).toEqual([]);
  });

  it('not by what it agreed to in a call: that was for the call', async () => {
    const who = somebody();
    await keepEvidence(env.DB, answer({ phoneNumber: who }));
    expect(await covers(who)).toEqual([]);
  });

  it('not by a consent of another account or kind of key', async () => {
    const who = somebody();
    await onFile(who, { accountId: OTHER });
    await onFile(who, { mode: 'live' });
    expect(await covers(who)).toEqual([]);
  });

  it('nobody is asked for without numbers', async () => {
    const { db, cost } = counted(env.DB);
    expect(await findConsents(db, SCOPE, [], NOW)).toEqual(new Map());
    expect(cost.read).toBe(0);
  });

  it('for at most three rows each, however much is known of it', async () => {
    const [busy, expired, unknown] = [somebody(), somebody(), somebody()];
    for (let n = 0; n < 30; n++) {
      await onFile(busy);
      await onFile(expired, { expiresAt: NOW - n * DAY });
      await keepEvidence(env.DB, answer({ phoneNumber: unknown }));
      await onFile(somebody());
    }
    const { db, cost } = counted(env.DB);
    expect([...(await findConsents(db, SCOPE, [busy, expired, unknown], NOW)).keys()]).toEqual([busy]);
    expect(cost.read).toBeLessThanOrEqual(9);
    expect(cost.written).toBe(0);
  });
});

describe('evidence', () => {
  it('says who was asked what, in which language, and what they pressed; of the notice it has a hash', async () => {
    const evidence = answer({ question: 2 });
    const id = await keepEvidence(env.DB, evidence);
    const { notice, question: _question, granted: _granted, at: _at, ...same } = evidence;
    expect(await findConsent(env.DB, SCOPE, id)).toEqual({
      ...same,
      id,
      source: 'call',
      purpose: 'recording',
      basis: 'opt-in',
      decision: 'granted',
      obtainedAt: NOW,
      obtainedHow: 'asked in the call',
      noticeSha256: await hashNotice(notice),
      createdAt: NOW,
    });
  });

  it('can be read: the words of a notice are kept once for each account, however often they were spoken', async () => {
    const { accountId } = SCOPE;
    const notice = `We record this call (${crypto.randomUUID()}). Press 1.`;
    await keepEvidence(env.DB, answer({ notice }));
    const { db, cost } = counted(env.DB);
    await keepEvidence(db, answer({ notice, question: 2 }));
    const hash = await hashNotice(notice);
    expect(await findNotice(env.DB, accountId, hash)).toBe(notice);
    expect(await findNotice(env.DB, newId('AC', NOW), hash)).toBeUndefined();
    const written = await env.DB.prepare('SELECT count(*) AS n FROM notices WHERE sha256 = ?').bind(hash).first();
    expect(written).toEqual({ n: 1 });
    expect(cost.written).toBeLessThanOrEqual(3);
  });

  it('of the same question is kept once, as it was first', async () => {
    const evidence = answer();
    const first = await keepEvidence(env.DB, evidence);
    const again = await keepEvidence(env.DB, { ...evidence, granted: false, key: '2', at: NOW + 5000 });
    expect(again).toBe(first);
    expect(await findConsent(env.DB, SCOPE, first)).toMatchObject({ decision: 'granted', key: '1', obtainedAt: NOW });
  });

  it('of the next question is another one', async () => {
    const evidence = answer();
    const second = await keepEvidence(env.DB, { ...evidence, question: 2, granted: false });
    expect(await keepEvidence(env.DB, evidence)).not.toBe(second);
    expect(await findConsent(env.DB, SCOPE, second)).toMatchObject({ decision: 'refused' });
  });

  it('of silence, by somebody without a number, has neither key nor number', async () => {
    const { key: _none, phoneNumber: _hidden, ...silent } = answer({ granted: false });
    const kept = await findConsent(env.DB, SCOPE, await keepEvidence(env.DB, silent));
    expect(kept).toMatchObject({ decision: 'refused' });
    expect(Object.keys(kept ?? {})).not.toEqual(expect.arrayContaining(['key']));
    expect(Object.keys(kept ?? {})).not.toEqual(expect.arrayContaining(['phoneNumber']));
  });

  it('costs at most three written rows', async () => {
    const { db, cost } = counted(env.DB);
    await keepEvidence(db, answer());
    expect(cost.written).toBeLessThanOrEqual(3);
  });
});

describe('a withdrawal', () => {
  it('keeps its first moment, and can ask for deletion later', async () => {
    const id = await onFile(somebody());
    const withdraw = (at: number, deleteRecordings: boolean) =>
      withdrawConsent(env.DB, SCOPE, { id, at, deleteRecordings });
    expect(await withdraw(NOW, false)).not.toHaveProperty('deleteRecordings');
    expect(await withdraw(NOW + 1, true)).toMatchObject({ withdrawnAt: NOW, deleteRecordings: true });
    expect(await withdraw(NOW + 2, false)).toMatchObject({ withdrawnAt: NOW, deleteRecordings: true });
  });

  it('does nothing to those of another account or kind of key', async () => {
    const id = await onFile(somebody());
    for (const scope of [
      { ...SCOPE, accountId: OTHER },
      { ...SCOPE, mode: 'live' as const },
    ]) {
      expect(await withdrawConsent(env.DB, scope, { id, at: NOW, deleteRecordings: true })).toBeUndefined();
    }
    expect(await findConsent(env.DB, SCOPE, id)).not.toHaveProperty('withdrawnAt');
  });
});

describe('a list', () => {
  it('of one number is the newest first, page by page, and reads no other numbers', async () => {
    const who = somebody();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift(await onFile(who, { id: newId('CN', NOW + n) }));
    const { db, cost } = counted(env.DB);
    const filter = { scope: SCOPE, phoneNumber: who };
    const first = await listConsents(db, filter, { size: 2, now: NOW });
    expect(first.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    const second = await listConsents(db, filter, { size: 2, now: NOW, cursor: ids[1] ?? '' });
    expect(second.map(({ id }) => id)).toEqual(ids.slice(2));
    // For each: its row in the index, in what the index found, and in the table.
    expect(cost.read).toBeLessThanOrEqual(3 * 6);
  });

  it('of everything reads a page, however much there is', async () => {
    const { db, cost } = counted(env.DB);
    expect(await listConsents(db, { scope: SCOPE }, { size: 10, now: NOW })).toHaveLength(11);
    expect(cost.read).toBeLessThanOrEqual(12);
  });

  it('can be of those that count now, or of the others', async () => {
    const who = somebody();
    const counts = [await onFile(who), await onFile(who, { expiresAt: NOW + 1 })];
    const not = [
      await onFile(who, { expiresAt: NOW }),
      await onFile(who, { withdrawnAt: NOW }),
      await keepEvidence(env.DB, answer({ phoneNumber: who, granted: false })),
    ];
    const ids = async (active: boolean) =>
      (await listConsents(env.DB, { scope: SCOPE, phoneNumber: who, active }, { size: 9, now: NOW })).map(
        ({ id }) => id,
      );
    expect((await ids(true)).sort()).toEqual(counts.sort());
    expect((await ids(false)).sort()).toEqual(not.sort());
  });
});

describe('the end of a call', () => {
  it('ends what was agreed to in it, at the moment that was first told, and nothing else', async () => {
    const callId = newId('CA', NOW);
    const [yes, no] = [
      await keepEvidence(env.DB, answer({ callId })),
      await keepEvidence(env.DB, answer({ callId, question: 2, granted: false })),
    ];
    const elsewhere = await keepEvidence(env.DB, answer());
    const filed = await onFile(somebody());
    for (const at of [NOW + 1, NOW + 2]) await endConsents(env.DB, SCOPE, [yes, no, filed], at);
    const ends = await Promise.all([yes, no, elsewhere, filed].map((id) => findConsent(env.DB, SCOPE, id)));
    expect(ends.map((it) => it?.expiresAt)).toEqual([NOW + 1, undefined, undefined, undefined]);
  });
});

describe('the settings of an account', () => {
  it('are the defaults until it has chosen', async () => {
    expect(await findSettings(env.DB, ACCOUNT)).toEqual({
      recordingPolicy: {},
      retention: { call: 'P180D', recording: 'P30D' },
      retentionLimits: { call: 'P2Y', recording: 'P1Y' },
      noticeWords: {},
    });
  });

  it('are its own where it has, and the defaults elsewhere', async () => {
    await env.DB.prepare('INSERT INTO privacy_settings VALUES (?, ?, ?, ?, ?)')
      .bind(OTHER, '{"NL":"announce"}', '{"recording":"P7D"}', '{}', '{"tr":["kayded"]}')
      .run();
    expect(await findSettings(env.DB, OTHER)).toEqual({
      recordingPolicy: { NL: 'announce' },
      retention: { call: 'P180D', recording: 'P7D' },
      retentionLimits: { call: 'P2Y', recording: 'P1Y' },
      noticeWords: { tr: ['kayded'] },
    });
  });
});
