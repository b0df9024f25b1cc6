import * as v from 'valibot';
import { CALL_STATUSES, DIRECTIONS, END_REASONS } from '../../contracts/call.ts';
import { Callee, Moment, PhoneNumber, Timestamp, Warnings, WebhookUrl, wholeNumber } from '../../http/fields.ts';
import { pagingFields } from '../../http/paging.ts';
import { recordingFields } from '../../recordings/api/options.ts';
import { LanguageTag } from '../../speech/language-tag.ts';

export const CallId = v.pipe(v.string(), v.description('Unique call identifier'));

export const Metadata = v.pipe(
  v.unknown(),
  v.metadata({
    type: 'object',
    maxProperties: 20,
    additionalProperties: { type: 'string', maxLength: 500 },
    description:
      'Up to 20 pairs of strings of your own (keys to 40 characters, values to 500), sent back with the call.',
  }),
  // A record would take an array for an object with numbers as keys.
  v.check((pairs) => !Array.isArray(pairs), 'must be an object of strings'),
  // Valibot drops these without a word.
  v.check(
    (pairs) => !Object.keys(Object(pairs)).some((key) => ['__proto__', 'prototype', 'constructor'].includes(key)),
    'must not have the keys __proto__, prototype or constructor',
  ),
  v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(40)), v.pipe(v.string(), v.maxLength(500))),
  v.check((pairs) => Object.keys(pairs).length <= 20, 'must have at most 20 pairs'),
);

export const CallView = v.pipe(
  v.object({
    id: CallId,
    parent_call_id: v.optional(v.pipe(v.string(), v.description('The call whose flow dialled this one'))),
    status: v.picklist(CALL_STATUSES),
    direction: v.picklist(DIRECTIONS),
    from: v.pipe(v.string(), v.description('Originating phone number (E.164)')),
    to: v.pipe(v.string(), v.description('Destination phone number (E.164)')),
    start_time: v.pipe(Timestamp, v.description('When dialling began, or an inbound call arrived')),
    answer_time: v.optional(Timestamp),
    end_time: v.optional(Timestamp),
    duration: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.description('Seconds from answer to end; 0 if never answered; absent before the end'),
      ),
    ),
    price: v.optional(v.pipe(v.string(), v.description('Call cost, a decimal number; absent before the end'))),
    price_unit: v.optional(v.pipe(v.string(), v.description('ISO 4217 currency'))),
    end_reason: v.optional(v.pipe(v.picklist(END_REASONS), v.description('Why the call ended; absent before the end'))),
    answered_by: v.optional(
      v.pipe(v.picklist(['machine']), v.description('Present when an answering machine was detected')),
    ),
    expires_at: v.optional(
      v.pipe(Timestamp, v.description('When its numbers are masked and all else personal goes; absent before the end')),
    ),
    legal_hold: v.optional(
      v.pipe(v.boolean(), v.description('Whether it is kept in spite of that; absent as long as nobody said')),
    ),
    metadata: v.optional(Metadata),
    warnings: Warnings,
  }),
  v.title('Call'),
);
export type CallView = v.InferOutput<typeof CallView>;

export const CallEventView = v.pipe(
  v.looseObject({
    type: v.pipe(
      v.string(),
      v.description(
        'call.*, flow.*, verb.*, prompt.*, leg.*, dial.*, conference.*, consent.*, recording.* or callback.*',
      ),
    ),
    timestamp: Timestamp,
  }),
  v.title('CallEvent'),
);
export type CallEventView = v.InferOutput<typeof CallEventView>;

const Simulated = v.pipe(v.number(), v.minValue(0), v.maxValue(86_400));

const simulateFields = {
  digits: v.optional(
    v.pipe(
      v.array(
        v.object({
          after: Simulated,
          digits: v.pipe(v.string(), v.regex(/^[0-9A-D*#]{1,50}$/, 'must consist of 1 to 50 of 0-9, A-D, * and #')),
          after_prompt: v.optional(v.pipe(v.boolean(), v.description('Count from the end of the next prompt'))),
        }),
      ),
      v.maxLength(50),
      v.description('Keys that the other party presses; `after` counts from the answer'),
    ),
  ),
  hang_up_after: v.optional(v.pipe(Simulated, v.description('The other party hangs up so long after the answer'))),
  talks: v.optional(
    v.pipe(
      v.array(v.object({ after: Simulated, for: Simulated })),
      v.maxLength(50),
      v.description(
        'When the other party speaks, from the answer. Without it: all the time while connected with others, and for 3 seconds when it is recorded until it falls silent',
      ),
    ),
  ),
  speed: v.optional(
    v.pipe(v.number(), v.minValue(1), v.maxValue(1000), v.description('How many times faster than real the call runs')),
  ),
};

export const RecordingChannels = v.pipe(
  v.picklist(['mono', 'dual']),
  v.description('dual: what the party says on the left channel, what it hears on the right'),
);

export const RecordingNotice = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(1000),
  v.description(
    'What asks for consent in your own words; it must say that it is about recording, and that the key is 1. Default: our notice',
  ),
);

/** The behaviour of the simulated callee; times are seconds, fractions allowed. */
export const Simulate = v.pipe(
  v.object({
    outcome: v.optional(v.picklist(['answer', 'busy', 'no-answer', 'reject', 'unallocated', 'congestion'])),
    ring_after: v.optional(v.pipe(Simulated, v.description('From dialling to the first ring'))),
    answer_after: v.optional(v.pipe(Simulated, v.description('From the first ring to the answer'))),
    machine: v.optional(v.pipe(v.boolean(), v.description('The callee is an answering machine'))),
    ...simulateFields,
  }),
  v.title('Simulate'),
  v.description('How the simulated callee behaves. The sound of a recording of it ends after 10 minutes'),
);

/** The behaviour of the simulated caller. */
export const SimulateCaller = v.object({
  give_up_after: v.optional(v.pipe(Simulated, v.description('The caller gives up when not answered within'))),
  ...simulateFields,
});

/** How long the call is kept, and its recordings; a period that is left out is the account's. */
const NewRetention = v.pipe(
  v.object({
    call: v.optional(v.pipe(v.string(), v.description('Numbers, metadata, timeline; from the end of the call'))),
    recording: v.optional(v.pipe(v.string(), v.description('The audio of its recordings'))),
  }),
  v.description('How long what is personal is kept: ISO 8601 durations in days or longer, such as P30D or P1Y6M'),
);

export const NewCall = v.pipe(
  v.object({
    to: v.pipe(
      Callee,
      v.description(
        'Destination phone number in E.164 format; or an emergency or short number such as 112, where the operator allows it',
      ),
    ),
    from: v.pipe(PhoneNumber, v.description('Caller ID (must be a Telefoon number)')),
    url: v.optional(v.pipe(WebhookUrl, v.description('Webhook URL for call flow (XML or JSON)'))),
    flow: v.optional(
      v.pipe(
        v.union(
          [v.pipe(v.string(), v.maxLength(65_536)), v.array(v.unknown())],
          'must be a document: XML or JSON text, or an array of verbs',
        ),
        v.description('The call flow itself, instead of url'),
      ),
    ),
    fallback_url: v.optional(v.pipe(WebhookUrl, v.description('Asked when a flow document cannot be fetched or read'))),
    status_callback: v.optional(v.pipe(WebhookUrl, v.description('URL for status change events'))),
    timeout: v.optional(wholeNumber(1, 600, 'Answer timeout in seconds'), 30),
    time_limit: v.optional(
      wholeNumber(
        1,
        86_400,
        'Longest duration in seconds. Default: 14,400; 60 for a call that has neither url nor flow',
      ),
    ),
    record: v.optional(
      v.pipe(
        v.boolean(),
        v.description('Record the call (GDPR consent required): whoever has not agreed is asked first'),
      ),
    ),
    recording_channels: v.optional(RecordingChannels),
    ...recordingFields('the recording'),
    recording_notice: v.optional(RecordingNotice),
    consent_ref: v.optional(
      v.pipe(v.string(), v.description('Id of the consent on file under which the callee is recorded (CN…)')),
    ),
    machine_detection: v.optional(
      v.pipe(v.boolean(), v.description('Find out, beside the flow, whether an answering machine has answered')),
    ),
    tts_language: v.optional(v.pipe(LanguageTag, v.description('Language for TTS (e.g., nl-NL, fr-BE, de-DE, en-GB)'))),
    metadata: v.optional(Metadata),
    retention: v.optional(NewRetention),
    simulate: v.optional(v.pipe(Simulate, v.description('Test keys: how the simulated callee behaves'))),
  }),
  v.check((call) => call.url === undefined || call.flow === undefined, 'must have url or flow, not both'),
  v.title('NewCall'),
);
export type NewCall = v.InferOutput<typeof NewCall>;

export const NewInboundCall = v.pipe(
  v.object({
    to: v.pipe(PhoneNumber, v.description('The number of yours that is called')),
    from: v.pipe(PhoneNumber, v.description('Who calls')),
    simulate: v.optional(v.pipe(SimulateCaller, v.description('How the simulated caller behaves'))),
  }),
  v.title('NewInboundCall'),
);

export const ChangeCall = v.pipe(
  v.object({
    legal_hold: v.pipe(
      v.boolean(),
      v.description('Whether the call and its recordings are kept although their retention is over'),
    ),
  }),
  v.title('ChangeCall'),
);

export const ListCalls = v.object({
  status: v.optional(v.pipe(v.picklist(CALL_STATUSES), v.description('Filter by call status'))),
  direction: v.optional(v.pipe(v.picklist(DIRECTIONS), v.description('Filter by call direction'))),
  started_after: v.optional(v.pipe(Moment, v.description('Started at or after this RFC 3339 time or date'))),
  started_before: v.optional(v.pipe(Moment, v.description('Started before this RFC 3339 time or date'))),
  ...pagingFields,
});

export const CallList = v.object({
  calls: v.array(CallView),
  total: v.pipe(v.number(), v.integer(), v.description('How many calls match')),
  page: v.optional(v.pipe(v.number(), v.integer())),
  page_size: v.pipe(v.number(), v.integer()),
  next: v.optional(v.pipe(v.string(), v.description('cursor of the next page; absent on the last'))),
});
