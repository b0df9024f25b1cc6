import * as v from 'valibot';
import { RECORDING_SOURCES } from '../../contracts/recording.ts';
import { Moment, Timestamp, Warnings } from '../../http/fields.ts';
import { pagingFields } from '../../http/paging.ts';
import { RECORDING_STATUSES } from '../recording.ts';

const Whole = v.pipe(v.number(), v.integer());

export const RecordingView = v.pipe(
  v.object({
    id: v.pipe(v.string(), v.description('Unique recording identifier')),
    call_id: v.optional(v.pipe(v.string(), v.description('The call that was recorded'))),
    conference_id: v.optional(v.pipe(v.string(), v.description('The conference that was recorded'))),
    status: v.pipe(
      v.picklist(RECORDING_STATUSES),
      v.description('The audio can be had while it is completed; expired and deleted ones have none any more'),
    ),
    source: v.pipe(v.picklist(RECORDING_SOURCES), v.description('What asked for it')),
    channels: v.pipe(
      v.picklist([1, 2]),
      v.description('2: what the party said is on the first channel, what it heard on the second'),
    ),
    date_created: Timestamp,
    start_time: Timestamp,
    end_time: v.optional(Timestamp),
    duration: v.optional(
      v.pipe(v.number(), v.description('Seconds of audio, without what was left out by a pause or trimmed')),
    ),
    missing_seconds: v.optional(
      v.pipe(
        v.number(),
        v.description(
          'Seconds of its beginning that are not in it: the network was reached so late. Absent when nothing is missing',
        ),
      ),
    ),
    wav_bytes: v.optional(Whole),
    mp3_bytes: v.optional(Whole),
    failure_reason: v.optional(
      v.pipe(
        v.string(),
        v.description(
          'Why there is no audio, or of a completed one why it broke off; upload-missing: it did not arrive within 24 hours',
        ),
      ),
    ),
    expires_at: v.pipe(Timestamp, v.description('When the audio is deleted')),
    consent_ids: v.optional(v.pipe(v.array(v.string()), v.description('The evidence that every party agreed'))),
    warnings: Warnings,
  }),
  v.title('Recording'),
);
export type RecordingView = v.InferOutput<typeof RecordingView>;

export const ChangeRecording = v.pipe(
  v.object({
    status: v.pipe(v.picklist(['paused', 'in-progress', 'stopped']), v.description('What it shall be from now on')),
    pause_behavior: v.optional(
      v.pipe(v.picklist(['silence', 'skip']), v.description('Whether the pause is heard as silence, or left out')),
      'silence',
    ),
  }),
  v.title('RecordingChange'),
);
export type ChangeRecording = v.InferOutput<typeof ChangeRecording>;

const filterFields = {
  status: v.optional(v.pipe(v.picklist(RECORDING_STATUSES), v.description('Filter by recording status'))),
  created_after: v.optional(v.pipe(Moment, v.description('From this moment on'))),
  created_before: v.optional(v.pipe(Moment, v.description('Before this moment'))),
};

export const ListRecordings = v.object({
  call_id: v.optional(v.pipe(v.string(), v.description('Of this call'))),
  conference_id: v.optional(v.pipe(v.string(), v.description('Of this conference'))),
  ...filterFields,
  ...pagingFields,
});

export const ListRecordingsOfCall = v.object({ ...filterFields, ...pagingFields });

export const RecordingList = v.object({
  recordings: v.array(RecordingView),
  total: v.pipe(Whole, v.description('How many recordings match')),
  page: v.optional(Whole),
  page_size: Whole,
  next: v.optional(v.pipe(v.string(), v.description('cursor of the next page; absent on the last'))),
});
