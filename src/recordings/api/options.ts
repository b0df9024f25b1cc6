import * as v from 'valibot';
import { RECORDING_EVENT_KINDS, type RecordingOptions } from '../../contracts/recording.ts';
import { WebhookUrl } from '../../http/fields.ts';
import { defined } from '../../lib/defined.ts';

const RecordingEvents = v.pipe(
  v.array(v.picklist(RECORDING_EVENT_KINDS)),
  v.maxLength(RECORDING_EVENT_KINDS.length),
  v.description('Which events of the recording are told; all but in-progress, when absent'),
);

/** The options that every request has which leads to a recording. */
export const recordingFields = (whose: string) => ({
  recording_trim: v.optional(
    v.pipe(
      v.boolean(),
      v.description('Cut off the silence at the beginning and the end of the recording; false when absent'),
    ),
  ),
  recording_status_callback: v.optional(v.pipe(WebhookUrl, v.description(`URL for events of ${whose}`))),
  recording_status_callback_event: v.optional(RecordingEvents),
});

type RecordingFields = v.InferOutput<v.ObjectSchema<ReturnType<typeof recordingFields>, undefined>>;

/** The options of such a request, as the order of a recording has them. */
export const recordingOptions = (body: RecordingFields): RecordingOptions => ({
  ...(body.recording_trim && { trim: true }),
  ...defined({ statusCallback: body.recording_status_callback, statusEvents: body.recording_status_callback_event }),
});
