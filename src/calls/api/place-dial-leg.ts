import { scriptFor } from '../../carriers/simulated/script.ts';
import { callObject } from '../../contracts/objects.ts';
import { routesFor } from '../../gateways/routing.ts';
import { listTrunks } from '../../gateways/store/queries.ts';
import { done, type Result, refused } from '../../lib/result.ts';
import { findNumber } from '../../numbers/store/queries.ts';
import { findRate } from '../../rates/store/queries.ts';
import type { DialLegOrder, DialRefusal } from '../activities/messages.ts';
import type { Call, NewCallFacts } from '../call.ts';

/** Places a call that another one dials. Repeating it changes nothing; rejects when the database cannot be had. */
export async function placeDialLeg(
  parent: Call,
  order: DialLegOrder,
  env: Env,
): Promise<Result<undefined, DialRefusal>> {
  const { mode, accountId } = parent;
  const { id, target, from, foreign } = order;
  const [number, rate, trunks] = await Promise.all([
    foreign ? findNumber(env.DB, from) : undefined,
    findRate(env.DB, 'outbound', target.to),
    mode === 'live' ? listTrunks(env.DB) : undefined,
  ]);
  if (foreign && number?.accountId !== accountId) return refused('caller_id_not_owned');
  const routes = trunks && { routes: routesFor(target.to, trunks, id) };
  await callObject(env, id).begin({ ...legFacts(parent, order), rate, ...routes });
  return done(undefined);
}

function legFacts(parent: Call, order: DialLegOrder): Omit<NewCallFacts, 'rate'> {
  const { accountId, mode, secrets, language, retention, script } = parent;
  const { id, target, from, timeout, timeLimit, recordedUnder, notice } = order;
  const { to, url, sendDigits, statusCallback, statusEvents } = target;
  return {
    id,
    parentId: parent.id,
    accountId,
    mode,
    secrets,
    language,
    retention,
    direction: 'outbound',
    from,
    to,
    timeout,
    timeLimit,
    afterwards: 'connect',
    ...(recordedUnder && { recordedUnder }),
    ...(notice !== undefined && { notice }),
    ...(sendDigits !== undefined && { inline: [{ verb: 'play', digits: sendDigits }] }),
    ...(url !== undefined && { url }),
    ...(statusCallback !== undefined && { statusCallback, statusEvents }),
    ...(script && { script: scriptFor(to, { speed: script.speed }), runsFreely: script.speed > 1 }),
  };
}
