import type { CallFacts } from '../../contracts/call.ts';
import { defined } from '../../lib/defined.ts';
import { timestamp } from '../../lib/timestamp.ts';
import { formatMicros } from '../../rates/rate.ts';
import { masked } from '../../retention/mask.ts';
import { durationOf, isOver } from '../call.ts';
import type { TimedEntry, TimelineRecord } from '../effects.ts';
import type { CallView } from './schemas.ts';

/** A call as its customer sees it. A field that is not known yet is left out: the contract has no nullable field. */
export function viewCall(call: CallFacts): CallView {
  return defined({
    id: call.id,
    parent_call_id: call.parentId,
    status: call.status,
    direction: call.direction,
    from: call.from,
    to: call.to,
    start_time: timestamp(call.startedAt),
    answer_time: timestamp(call.answeredAt),
    ...(isOver(call) && viewEnd(call)),
    answered_by: call.answeredBy,
    legal_hold: call.legalHold,
    metadata: call.metadata,
  });
}

function viewEnd(call: CallFacts): Partial<CallView> {
  return defined({
    end_time: timestamp(call.endedAt),
    duration: durationOf(call) ?? 0,
    price: formatMicros(call.priceMicros ?? 0),
    price_unit: 'EUR',
    end_reason: call.endReason,
    expires_at: timestamp(call.expiresAt),
  });
}

/** The timeline as its customer sees it, the earliest first. */
export const viewTimeline = (timeline: TimedEntry[]): TimelineEntryView[] =>
  timeline.map(({ at, type, ...rest }) => ({ type, timestamp: timestamp(at), ...rest }));

export type TimelineEntryView = TimelineRecord & { timestamp: string };

/** A call that its object has forgotten, as the database remembers it; its numbers are masked here if not there yet. */
export function viewForgotten(call: CallFacts): CallView {
  const { metadata: _gone, ...facts } = call;
  return viewCall({ ...facts, from: masked(call.from), to: masked(call.to) });
}

/** The timeline that can still be told of a forgotten call: when it began, was answered and ended. */
export function timelineOfForgotten({
  direction,
  startedAt,
  answeredAt,
  endedAt,
  status,
}: CallFacts): TimelineEntryView[] {
  const known = [
    { type: direction === 'outbound' ? 'call.queued' : 'call.ringing', at: startedAt },
    { type: 'call.in-progress', at: answeredAt },
    { type: `call.${status}`, at: endedAt },
  ];
  return viewTimeline(known.flatMap(({ type, at }) => (at === undefined ? [] : [{ type, at }])));
}
