import { scriptFor } from '../../contracts/script.ts';
import { defined } from '../../lib/defined.ts';
import { newDialLeg } from '../activities/dial-leg.ts';
import type { DialLegOrder, Placing } from '../activities/messages.ts';
import type { Call } from '../call.ts';
import { admitLeg, beginCall, type CallRequest } from './admit.ts';

/**
 * Places a leg that a call dials. Repeating it changes nothing; rejects while the database cannot be reached. The database
 * may take its time: `secondsLeft` says at any moment how long the leg may still ring, and nothing when it is not wanted any
 * more.
 */
export async function placeDialLeg(
  parent: Call,
  order: DialLegOrder,
  secondsLeft: () => number | undefined,
  env: Env,
): Promise<Placing> {
  const early = tooLate(secondsLeft());
  if (early) return early;
  const facts = await admitLeg(requestFor(parent, order), env);
  const timeout = secondsLeft();
  const late = tooLate(timeout);
  if (timeout === undefined || late) return late ?? 'unwanted';
  await beginCall({ ...facts, timeout }, env);
  return 'placed';
}

function tooLate(seconds: number | undefined): Exclude<Placing, 'placed'> | undefined {
  if (seconds === undefined) return 'unwanted';
  return seconds > 0 ? undefined : 'late';
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
