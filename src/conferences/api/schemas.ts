import * as v from 'valibot';
import { NewCall, RecordingNotice } from '../../calls/api/schemas.ts';
import { CONFERENCE_EVENT_KINDS } from '../../contracts/orders.ts';
import { Timestamp, Warnings, WebhookUrl, wholeNumber } from '../../http/fields.ts';
import { pagingFields } from '../../http/paging.ts';
import { recordingFields } from '../../recordings/api/options.ts';
import { LanguageTag } from '../../speech/language-tag.ts';
import { CONFERENCE_ENDS, CONFERENCE_STATUSES, MAX_PARTICIPANTS } from '../conference.ts';

export const ConferenceView = v.pipe(
  v.object({
    id: v.pipe(v.string(), v.description('Unique conference identifier')),
    friendly_name: v.optional(v.pipe(v.string(), v.description('Conference name'))),
    status: v.picklist(CONFERENCE_STATUSES),
    participant_count: v.pipe(v.number(), v.integer(), v.description('Current participants')),
    max_participants: v.pipe(v.number(), v.integer()),
    date_created: Timestamp,
    start_time: v.optional(v.pipe(Timestamp, v.description('When the first two heard each other'))),
    end_time: v.optional(Timestamp),
    end_reason: v.optional(v.pipe(v.picklist(CONFERENCE_ENDS), v.description('Why it is over; absent before'))),
    expires_at: v.optional(v.pipe(Timestamp, v.description('When its name and participants are forgotten'))),
    warnings: Warnings,
  }),
  v.title('Conference'),
);
export type ConferenceView = v.InferOutput<typeof ConferenceView>;

const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(128));
const Text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(4096));

export const CreateConference = v.pipe(
  v.object({
    friendly_name: v.optional(v.pipe(Name, v.description('Conference name'))),
    max_participants: v.optional(wholeNumber(2, 250, 'Maximum participants'), MAX_PARTICIPANTS),
    record: v.optional(
      v.pipe(
        v.boolean(),
        v.description('Record the conference (GDPR consent required): only while everyone in it has agreed'),
      ),
    ),
    ...recordingFields('its recordings'),
    recording_notice: v.optional(RecordingNotice),
    status_callback: v.optional(v.pipe(WebhookUrl, v.description('URL for events of the conference'))),
    status_callback_events: v.optional(
      v.pipe(
        v.array(v.picklist(CONFERENCE_EVENT_KINDS)),
        v.maxLength(CONFERENCE_EVENT_KINDS.length),
        v.description('Which kinds of events; all when absent'),
      ),
    ),
  }),
  v.title('NewConference'),
);

export const ListConferences = v.object({
  status: v.optional(v.pipe(v.picklist(CONFERENCE_STATUSES), v.description('Filter by conference status'))),
  ...pagingFields,
});

export const ConferenceList = v.object({
  conferences: v.array(ConferenceView),
  total: v.pipe(v.number(), v.integer(), v.description('How many conferences match')),
  page: v.optional(v.pipe(v.number(), v.integer())),
  page_size: v.pipe(v.number(), v.integer()),
  next: v.optional(v.pipe(v.string(), v.description('cursor of the next page; absent on the last'))),
});

const announceFields = {
  announce: v.optional(v.pipe(Text, v.description('A text to say'))),
  announce_url: v.optional(v.pipe(WebhookUrl, v.description('An audio file to play: WAV or MP3'))),
  announce_language: v.optional(v.pipe(LanguageTag, v.description('Language of announce; nl-NL when absent'))),
};

export const ChangeConference = v.pipe(
  v.object({
    status: v.optional(v.pipe(v.literal('completed'), v.description('Ends it: everyone leaves'))),
    ...announceFields,
  }),
  v.check((body) => Object.keys(body).length > 0, 'must have status, announce or announce_url'),
  v.title('ChangeConference'),
);

/** What was announced can be recognised in the event of its end. */
const announcement = v.optional(v.pipe(v.string(), v.description('Of what is announced; its end is told with it')));

export const ChangedConference = v.object({ ...ConferenceView.entries, announcement });

export const ParticipantView = v.pipe(
  v.object({
    call_id: v.pipe(v.string(), v.description('Its call')),
    label: v.optional(v.string()),
    status: v.picklist(['queued', 'connecting', 'ringing', 'connected']),
    recording_consent: v.optional(
      v.pipe(
        v.picklist(['asked', 'given', 'on-file', 'announced', 'refused']),
        v.description('In a conference that is to be recorded: it pauses while one is asked, or has refused'),
      ),
    ),
    muted: v.boolean(),
    hold: v.boolean(),
    coaching: v.optional(v.pipe(v.string(), v.description('The call that alone hears it'))),
    start_conference_on_enter: v.boolean(),
    end_conference_on_exit: v.boolean(),
    join_time: v.optional(Timestamp),
    warnings: Warnings,
  }),
  v.title('Participant'),
);
export type ParticipantView = v.InferOutput<typeof ParticipantView>;

export const ParticipantList = v.object({ participants: v.array(ParticipantView) });

const partFields = {
  muted: v.optional(v.pipe(v.boolean(), v.description('Hears, and is not heard'))),
  hold: v.optional(v.pipe(v.boolean(), v.description('Hears music, or hold_url, instead of the others'))),
  hold_url: v.optional(v.pipe(WebhookUrl, v.description('Asked for the document that is heard on hold'))),
  hold_method: v.optional(
    v.pipe(v.picklist(['GET', 'POST']), v.description('How hold_url is asked; an audio file needs GET')),
  ),
  beep: v.optional(
    v.pipe(v.picklist(['true', 'false', 'onEnter', 'onExit']), v.description('When the others hear a tone')),
  ),
  end_conference_on_exit: v.optional(v.pipe(v.boolean(), v.description('The conference is over when it leaves'))),
};

export const ChangeParticipant = v.pipe(
  v.object({
    ...partFields,
    coaching: v.optional(
      v.pipe(
        v.nullable(v.pipe(v.string(), v.maxLength(128))),
        v.description('Call id or label of the only one who hears it; null ends that'),
      ),
    ),
    ...announceFields,
  }),
  v.check((body) => Object.keys(body).length > 0, 'must have something to change or to announce'),
  v.title('ChangeParticipant'),
);
export type ChangeParticipant = v.InferOutput<typeof ChangeParticipant>;

export const ChangedParticipant = v.object({ ...ParticipantView.entries, announcement });

const { to, from, url, fallback_url, status_callback, timeout, time_limit, tts_language, metadata, simulate } =
  NewCall.entries;

export const NewParticipant = v.pipe(
  v.object({
    to,
    from,
    url: v.optional(v.pipe(url.wrapped, v.description('Asked for what the called one hears before entering'))),
    fallback_url,
    status_callback,
    timeout,
    time_limit,
    tts_language,
    metadata,
    simulate,
    label: v.optional(v.pipe(Name, v.description('A name within the conference, unique there'))),
    ...partFields,
    coaching: v.optional(v.pipe(Name, v.description('Call id or label of the only one who hears it'))),
    start_conference_on_enter: v.optional(v.pipe(v.boolean(), v.description('False: waits for someone who does'))),
  }),
  v.title('NewParticipant'),
);
export type NewParticipant = v.InferOutput<typeof NewParticipant>;
