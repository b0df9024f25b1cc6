import { expect, it } from 'vitest';
import { viewConsent } from '../../../src/consents/api/view.ts';
import type { Consent } from '../../../src/consents/consent.ts';

const NOW = Date.parse('2026-11-23T10:00:00Z');

const asked: Consent = {
  id: 'CN00000000000070008000000000000001',
  accountId: 'AC00000000000070008000000000000001',
  mode: 'test',
  source: 'call',
  purpose: 'recording',
  basis: 'opt-in',
  decision: 'refused',
  obtainedAt: NOW,
  obtainedHow: 'asked in the call',
  createdAt: NOW,
  callId: 'CA00000000000070008000000000000001',
  language: 'de-DE',
  noticeSha256: 'ab'.repeat(32),
  policy: 'all_party_opt_in',
};

it('of a consent that was asked for in a call shows what proves the answer, and leaves out what there was not', () => {
  expect(viewConsent(asked, NOW)).toEqual({
    id: asked.id,
    purpose: 'recording',
    basis: 'opt-in',
    decision: 'refused',
    obtained_at: '2026-11-23T10:00:00.000Z',
    obtained_how: 'asked in the call',
    active: false,
    date_created: '2026-11-23T10:00:00.000Z',
    asked: {
      call_id: asked.callId,
      language: 'de-DE',
      notice_sha256: asked.noticeSha256,
      policy: 'all_party_opt_in',
    },
  });
  expect(viewConsent({ ...asked, key: '2' }, NOW).asked).toMatchObject({ key: '2' });
});

it('a consent is active while it is granted, has not expired and was not withdrawn', () => {
  const isActive = (facts: Partial<Consent>) => viewConsent({ ...asked, decision: 'granted', ...facts }, NOW).active;
  expect([isActive({}), isActive({ expiresAt: NOW + 1 })]).toEqual([true, true]);
  expect([isActive({ expiresAt: NOW }), isActive({ withdrawnAt: NOW }), isActive({ decision: 'refused' })]).toEqual([
    false,
    false,
    false,
  ]);
});
