import type { ConsentOnFile } from '../../contracts/consent.ts';
import type { Scope } from '../../contracts/scope.ts';
import { findSettings } from '../../retention/store/settings.ts';
import { findConsents } from './queries.ts';

/** Looks up, in two queries, what must be known before a recorder may open on a line where these numbers are. */
export async function lookUpConsent(
  db: D1Database,
  scope: Scope,
  numbers: string[],
  now: number,
): Promise<ConsentOnFile> {
  const [{ recordingPolicy: policies }, onFile] = await Promise.all([
    findSettings(db, scope.accountId),
    findConsents(db, scope, numbers, now),
  ]);
  const found = [...onFile];
  const ends = found.flatMap(([, { id, until }]) => (until === undefined ? [] : [[id, until] as const]));
  return {
    policies,
    onFile: Object.fromEntries(found.map(([number, { id }]) => [number, id])),
    ...(ends.length > 0 && { until: Object.fromEntries(ends) }),
  };
}
