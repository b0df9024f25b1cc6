import { defined } from '../../lib/defined.ts';
import { timestamp } from '../../lib/timestamp.ts';
import { type Consent, isActive } from '../consent.ts';
import type { ConsentView } from './schemas.ts';

/** A consent as its customer sees it. A field that is not known is left out. */
export const viewConsent = (consent: Consent, now: number, notice?: string): ConsentView =>
  defined({
    id: consent.id,
    phone_number: consent.phoneNumber,
    purpose: consent.purpose,
    basis: consent.basis,
    decision: consent.decision,
    obtained_at: timestamp(consent.obtainedAt),
    obtained_how: consent.obtainedHow,
    evidence_ref: consent.evidenceRef,
    expires_at: timestamp(consent.expiresAt),
    withdrawn_at: timestamp(consent.withdrawnAt),
    active: isActive(consent, now),
    date_created: timestamp(consent.createdAt),
    ...viewAsked(consent, notice),
  });

function viewAsked(
  { callId, language, noticeSha256, key, policy }: Consent,
  notice: string | undefined,
): Pick<ConsentView, 'asked'> {
  if (callId === undefined || language === undefined || noticeSha256 === undefined || !policy) return {};
  return { asked: defined({ call_id: callId, language, notice_sha256: noticeSha256, notice, key, policy }) };
}
