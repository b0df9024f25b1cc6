import * as v from 'valibot';
import { E164, isE164 } from '../lib/e164.ts';

export const Timestamp = v.pipe(v.string(), v.isoTimestamp(), v.metadata({ format: 'date-time' }));

/** The schema of a whole number within these bounds, in a request or in a flow document. */
export const wholeNumber = (least: number, most: number, description: string) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most), v.description(description));

export const PhoneNumber = v.pipe(v.string(), E164);

/** Whether this is a number such as 112, 116117 or 11880, which is dialled as it is and means something else in every country. */
export const isShortNumber = (text: string): boolean => /^\d{2,6}$/.test(text);

export const Callee = v.pipe(
  v.string(),
  v.check(
    (text) => isE164(text) || isShortNumber(text),
    'must be a valid phone number in E.164 format, such as +31851234567',
  ),
);

export const WebhookUrl = v.pipe(
  v.string(),
  v.maxLength(2048),
  v.check((text) => /^https?:\/\//i.test(text) && URL.canParse(text), 'must be an absolute http(s) URL'),
);

const RFC3339 = /^\d{4}-\d\d-\d\d([Tt](?!24)\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d))?$/;

/** Whether the day is in the calendar: JavaScript takes 30 February for 2 March. */
const isRealDay = (day: string): boolean => new Date(Date.parse(day)).toISOString().startsWith(day);

/** The schema of the warnings in a response; the field is absent when there are none. */
export const Warnings = v.optional(
  v.pipe(v.array(v.string()), v.description('What was ignored in the request, or may not be what was meant')),
);

/** The schema of a time, or of a date, which stands for its first moment in UTC. */
export const Moment = v.pipe(
  v.string(),
  v.check(
    (text) => RFC3339.test(text) && !Number.isNaN(Date.parse(text)) && isRealDay(text.slice(0, 10)),
    'must be an RFC 3339 time or date, such as 2026-11-23T09:00:00Z or 2026-11-23',
  ),
);
