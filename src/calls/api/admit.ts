import { callObject } from '../../contracts/objects.ts';
import { routesFor } from '../../gateways/routing.ts';
import { listTrunks } from '../../gateways/store/queries.ts';
import { done, type Result, refused } from '../../lib/result.ts';
import { findNumber } from '../../numbers/store/queries.ts';
import { findRate } from '../../rates/store/queries.ts';
import { retentionFor, type WantedRetention } from '../../retention/api/choose.ts';
import { findSettings, type PrivacySettings } from '../../retention/store/settings.ts';
import type { NewCallFacts } from '../call.ts';
import type { CallMethods } from '../rpc.ts';

/** A call that somebody wants, before its price, its retention and its trunks are known. */
export interface CallRequest extends Omit<NewCallFacts, 'rate' | 'retention' | 'noticeWords'> {
  /** A number that has to be the account's, because it is shown to the called party. */
  ownNumber?: string;
  /** What is decided already: a dialled leg is kept as long as its parent call, and is under the same words. */
  settled?: Pick<NewCallFacts, 'retention' | 'noticeWords'>;
  /** The retention that the request asks for; it is refused with 422 when it is beyond the account's limits. */
  wantedRetention?: WantedRetention;
}

export type AdmissionRefusal = 'caller_id_not_owned';

/**
 * Admits every call, whoever begins it: a request, a call that dials, a conference that calls a participant, a caller on
 * either network. Decides everything that takes the database. Rejects while the database cannot be reached.
 */
export async function admit(request: CallRequest, env: Env): Promise<Result<NewCallFacts, AdmissionRefusal>> {
  const { facts, isOwned } = await decide(request, env);
  return isOwned ? done(facts) : refused('caller_id_not_owned');
}

/**
 * Admits a leg that a call dials. One that may not show its caller is refused as the phone network refuses: it exists, ends at
 * once, and tells that to all who wait for it.
 */
export async function admitLeg(request: CallRequest, env: Env): Promise<NewCallFacts> {
  const { facts, isOwned } = await decide(request, env);
  return isOwned ? facts : { ...facts, routes: 'caller-id-not-owned' };
}

/** The facts of a call, and whether the number that it shows is the account's, where it has to be. */
async function decide(request: CallRequest, env: Env): Promise<{ facts: NewCallFacts; isOwned: boolean }> {
  const { ownNumber, settled: decided, wantedRetention, ...call } = request;
  const isOutbound = call.direction === 'outbound';
  const [number, rate, settled, trunks] = await Promise.all([
    ownNumber === undefined ? undefined : findNumber(env.DB, ownNumber),
    findRate(env.DB, call.direction, isOutbound ? call.to : call.from),
    decided ?? findSettings(env.DB, call.accountId).then((settings) => settle(settings, wantedRetention)),
    isOutbound && call.mode === 'live' ? listTrunks(env.DB) : undefined,
  ]);
  return {
    facts: { ...call, rate, ...settled, ...(trunks && { routes: routesFor(call.to, trunks, call.id) }) },
    isOwned: ownNumber === undefined || number?.accountId === call.accountId,
  };
}

const settle = (settings: PrivacySettings, wanted: WantedRetention | undefined) => ({
  retention: retentionFor(wanted, settings),
  ...(Object.keys(settings.noticeWords).length > 0 && { noticeWords: settings.noticeWords }),
});

/** Begins a call that was admitted. Repeating it answers with the call that exists. */
export const beginCall = (facts: NewCallFacts, env: Env) => callObject<CallMethods>(env, facts.id).begin(facts);
