import { scriptFor } from '../../contracts/script.ts';
import { defined } from '../../lib/defined.ts';
import { done, type Result } from '../../lib/result.ts';
import { newDialLeg } from '../activities/dial-leg.ts';
import type { DialLegOrder, DialRefusal } from '../activities/messages.ts';
import type { Call } from '../call.ts';
import { admit, beginCall, type CallRequest } from './admit.ts';

/** Places a leg that a call dials. Repeating it changes nothing; rejects while the database cannot be reached. */
export async function placeDialLeg(
  parent: Call,
  order: DialLegOrder,
  env: Env,
): Promise<Result<undefined, DialRefusal>> {
  const admitted = await admit(requestFor(parent, order), env);
  if (!admitted.ok) return admitted;
  await beginCall(admitted.value, env);
  return done(undefined);
}

function requestFor(parent: Call, order: DialLegOrder): CallRequest {
  const { accountId, mode, secrets, language, flowLanguage, notice, retention, noticeWords, script } = parent;
  const { id, target, from, foreign, timeout, timeLimit, recordedUnder } = order;
  const { to, url, sendDigits, statusCallback, statusEvents } = target;
  return {
    id,
    parentId: parent.id,
    accountId,
    mode,
    secrets,
    language,
    settled: { retention, ...defined({ noticeWords }) },
    direction: 'outbound',
    from,
    to,
    timeout,
    timeLimit,
    activity: newDialLeg(parent.id, recordedUnder),
    ...(foreign && { ownNumber: from }),
    // The dialled one is asked in the language of the flow that dials, unless its whisper has another.
    ...defined({ flowLanguage, notice, url }),
    ...(sendDigits !== undefined && { inline: [{ verb: 'play', digits: sendDigits }] }),
    ...(statusCallback !== undefined && { statusCallback, statusEvents }),
    ...(script && { script: scriptFor(to, { speed: script.speed }), runsFreely: script.speed > 1 }),
  };
}
