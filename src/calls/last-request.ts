import { type Position, resumeAt } from '../flow/interpreter.ts';
import { resolveLink } from '../flow/verb.ts';
import { defined } from '../lib/defined.ts';
import type { Call, FlowRequest } from './call.ts';
import { resultOfActivity } from './run-activity.ts';

/** The requests by which a verb tells how it went: they reach the customer also when the call ends at the same moment. */
const RESULTS = ['record', 'gather', 'consent', 'dial', 'conference'];

/** The request that tells the customer how the verb went in which the call has ended; undefined when there is nothing to tell. */
export function lastRequest(call: Call, now: number): FlowRequest | undefined {
  const { flow } = call;
  const activity = resultOfActivity(call, now);
  if (!activity && flow?.is === 'fetching' && RESULTS.includes(flow.request.event)) {
    return { ...flow.request, last: true };
  }
  const position = activity?.position ?? waitingVerb(call);
  return position && askAction(call, position, activity?.params ?? {}, now);
}

/** The place of the verb that waits: for an event, or until the party has heard the question that comes first. */
function waitingVerb({ flow, pendingNotice }: Call): Position | undefined {
  const next = flow?.is === 'looking' ? flow.next : pendingNotice?.next;
  if (next) return typeof next === 'object' ? next : undefined;
  return flow?.is === 'running' ? flow.position : undefined;
}

function askAction(
  call: Call,
  position: Position,
  params: Record<string, string>,
  now: number,
): FlowRequest | undefined {
  const around = {
    language: call.language,
    flowLanguage: call.language,
    ...defined({ base: position.base }),
    answered: true,
    newPlayback: () => '',
  };
  const { decision } = resumeAt(position, { type: 'call.ended', params }, around);
  if (decision.do !== 'ask') return undefined;
  const url = resolveLink(decision.url, position.base);
  if (url === undefined) return undefined;
  const { event } = decision;
  const told = { ...decision.params, ...(decision.params.recording === 'completed' && recordedUntil(call, now)) };
  return { number: call.requests + 1, event, url, params: told, last: true };
}

/** The recording that the verb record was making. Its recorder closes with the call. */
function recordedUntil({ attachments }: Call, now: number): Record<string, string> {
  const { recorder } = attachments;
  if (!recorder) return {};
  const seconds = Math.round((now - recorder.startedAt) / 1000);
  return { recording_id: recorder.id, recording_duration: String(seconds) };
}
