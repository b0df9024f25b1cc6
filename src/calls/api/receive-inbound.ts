import { findSecrets } from '../../accounts/store/queries.ts';
import { findSettings } from '../../consents/store/queries.ts';
import type { Route } from '../../contracts/carrier.ts';
import { inboundCall } from '../../numbers/number.ts';
import { findNumber } from '../../numbers/store/queries.ts';
import { findRate } from '../../rates/store/queries.ts';

/** Callers who hide their number. */
const ANONYMOUS = 'anonymous';

/** What a call that comes in begins with; undefined when the number is nobody's, or has no flow to answer it. */
export async function callFor(
  { called, caller }: { called: string; caller: string },
  id: string,
  home: Route,
  env: Env,
) {
  const [number, rate] = await Promise.all([findNumber(env.DB, called), findRate(env.DB, 'inbound', caller)]);
  if (!number) return undefined;
  const { accountId } = number;
  const [secrets, { retention }] = await Promise.all([findSecrets(env.DB, accountId), findSettings(env.DB, accountId)]);
  if (!secrets) return undefined;
  const facts = inboundCall(number, { id, from: caller || ANONYMOUS, mode: 'live', secrets });
  return facts && { ...facts, rate, retention, routes: [home] };
}
