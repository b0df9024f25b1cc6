import type { CallStatus, EndReason } from '../contracts/call.ts';
import { priceOf } from '../rates/rate.ts';
import { keptUntil } from '../retention/retention.ts';
import { endActivity } from './activities/activity.ts';
import { type Call, durationOf } from './call.ts';
import { changeStatus, type Effect, send, TIMER_NAMES, type Transition } from './effects.ts';
import { lastRequest } from './last-request.ts';
import { interruptActivity } from './run-activity.ts';

export function rejectCall(call: Call, reason: 'rejected' | 'busy', now: number): Transition {
  const over = finishCall(call, reason === 'busy' ? 'busy' : 'no-answer', 'rejected', now);
  return { ...over, effects: [{ do: 'command', instruction: { do: 'reject', reason } }, ...over.effects] };
}

export function hangUp(call: Call, status: CallStatus, reason: EndReason, now: number): Transition {
  const over = finishCall(call, status, reason, now);
  return { ...over, effects: [{ do: 'command', instruction: { do: 'hangup' } }, ...over.effects] };
}

/**
 * When the call is over at the latest, by its limits: the alarm that ends it may come late, also by hours, and nobody pays
 * for that.
 */
function endOf(call: Call, now: number): number {
  const { answeredAt, timeLimit } = call;
  if (answeredAt === undefined) return now;
  const { overtime = 0 } = endActivity(call, now);
  return Math.max(answeredAt, Math.min(now - overtime, answeredAt + timeLimit * 1000));
}

/** Ends the call: its customer, and whoever waits for the call, hear of it. */
export function finishCall(call: Call, status: CallStatus, reason: EndReason, now: number): Transition {
  const {
    flow: _over,
    inline: _unused,
    inlineWarnings: _unread,
    inlineIgnored: _unreadToo,
    activity,
    attachments,
    pendingNotice: _unheard,
    ...rest
  } = call;
  const { recorder } = attachments;
  const request = lastRequest(call, now);
  const expiresAt = keptUntil('call', now, call.retention);
  const ended = {
    ...rest,
    ...(request && { requests: request.number }),
    attachments: {},
    endedAt: endOf(call, now),
    endReason: call.endReason ?? reason,
    expiresAt,
  };
  const seconds = call.answeredAt === undefined ? undefined : durationOf(ended);
  const step = changeStatus({ ...ended, priceMicros: priceOf(call.rate, seconds) }, status);
  // The recorder has closed with the leg. Of the activity only the messages leave: what it asks of the network concerns a leg
  // that is gone, and the timeline ends with the call's own entry.
  const stopped: Effect[] = recorder
    ? [send({ to: 'recording', recording: recorder.id, event: { type: 'stopped', at: now } })]
    : [];
  const interrupted = activity ? interruptActivity({ ...step.call, activity }, now).effects : [];
  return {
    call: step.call,
    effects: [
      ...TIMER_NAMES.map((name): Effect => ({ do: 'timer.clear', name })),
      ...step.effects,
      ...stopped,
      // What the party agreed to in this call, it agreed to for this call.
      ...(call.questions > 0 ? [send({ to: 'consents', endedAt: now })] : []),
      ...interrupted.filter((effect) => effect.do === 'send'),
      ...(request ? [{ do: 'fetch', request } satisfies Effect] : []),
    ],
  };
}
