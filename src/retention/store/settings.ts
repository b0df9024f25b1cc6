import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { CountryPolicies, NoticeWords } from '../../contracts/consent.ts';
import { DEFAULT_LIMITS, DEFAULT_RETENTION, type Retention } from '../retention.ts';
import { privacySettings } from './table.ts';

/** The settings that an account has chosen, with the defaults for what it has not. */
export interface PrivacySettings {
  recordingPolicy: CountryPolicies;
  retention: Retention;
  retentionLimits: Retention;
  /** Words for recording, by primary language, that the operator has declared; a customer cannot. */
  noticeWords: NoticeWords;
}
export async function findSettings(db: D1Database, accountId: string): Promise<PrivacySettings> {
  const [row] = await drizzle(db)
    .select()
    .from(privacySettings)
    .where(eq(privacySettings.accountId, accountId))
    .limit(1);
  return {
    recordingPolicy: row?.recordingPolicy ?? {},
    retention: { ...DEFAULT_RETENTION, ...row?.retention },
    retentionLimits: { ...DEFAULT_LIMITS, ...row?.retentionLimits },
    noticeWords: row?.noticeWords ?? {},
  };
}
