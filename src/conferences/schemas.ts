import * as v from 'valibot';
import { Timestamp } from '../http/fields.ts';
import { pagingFields } from '../http/paging.ts';
import { CONFERENCE_STATUSES } from './model.ts';

export const ConferenceView = v.pipe(
  v.object({
    id: v.pipe(v.string(), v.description('Unique conference identifier')),
    friendly_name: v.optional(v.pipe(v.string(), v.description('Conference name'))),
    status: v.picklist(CONFERENCE_STATUSES),
    participant_count: v.pipe(v.number(), v.integer(), v.description('Current participants')),
    max_participants: v.pipe(v.number(), v.integer()),
    date_created: Timestamp,
  }),
  v.title('Conference'),
);
export type ConferenceView = v.InferOutput<typeof ConferenceView>;

export const NewConference = v.pipe(
  v.object({
    friendly_name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(128), v.description('Conference name'))),
    max_participants: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(250), v.description('Maximum participants')),
      100,
    ),
    record: v.optional(v.pipe(v.boolean(), v.description('Record the conference (GDPR consent required)'))),
  }),
  v.title('NewConference'),
);

export const ListConferences = v.object(pagingFields);

export const ConferenceList = v.object({
  conferences: v.array(ConferenceView),
  next: v.optional(v.pipe(v.string(), v.description('cursor of the next page; absent on the last'))),
});
