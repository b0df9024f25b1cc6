import { formatMicros } from '../rates/model.ts';
import { type CallFacts, durationOf, isOver } from './model.ts';
import type { CallView } from './schemas.ts';
import type { Note } from './step.ts';

const timestamp = (at: number): string => new Date(at).toISOString();

/** A call as its customer sees it. What is not known yet is left out: the contract has no nullable field. */
export function viewCall(call: CallFacts): CallView {
  return {
    id: call.id,
    ...(call.parentId !== undefined && { parent_call_id: call.parentId }),
    status: call.status,
    direction: call.direction,
    from: call.from,
    to: call.to,
    start_time: timestamp(call.startedAt),
    ...(call.answeredAt !== undefined && { answer_time: timestamp(call.answeredAt) }),
    ...(isOver(call) && viewEnd(call)),
    ...(call.answeredBy && { answered_by: call.answeredBy }),
    ...(call.metadata && { metadata: call.metadata }),
  };
}

function viewEnd(call: CallFacts): Partial<CallView> {
  return {
    ...(call.endedAt !== undefined && { end_time: timestamp(call.endedAt) }),
    duration: durationOf(call) ?? 0,
    price: formatMicros(call.priceMicros ?? 0),
    price_unit: 'EUR',
    ...(call.endReason && { end_reason: call.endReason }),
  };
}

/** The timeline as its customer sees it, the earliest first. */
export const viewTimeline = (timeline: (Note & { at: number })[]): TimelineEntry[] =>
  timeline.map(({ at, type, ...rest }) => ({ type, timestamp: timestamp(at), ...rest }));

export type TimelineEntry = Note & { timestamp: string };
