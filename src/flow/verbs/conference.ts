import * as v from 'valibot';
import {
  beepFor,
  CONFERENCE_EVENT_KINDS,
  type ConferenceEventKind,
  type ConferenceOrder,
} from '../../contracts/orders.ts';
import { wholeNumber } from '../../http/fields.ts';
import { defined } from '../../lib/defined.ts';
import { ask, defineVerb, next, resolveLink, type VerbContext, type VerbStep } from '../verb.ts';
import { FlowUrl, recordingAttributes, recordingOptionsOf, split, wordsOf } from './attributes.ts';

const attributes = {
  name: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1),
    v.maxLength(128),
    v.description("The conference's friendly name, or its id. A name that is unknown makes a conference."),
  ),
  muted: v.optional(v.pipe(v.boolean(), v.description('Hears, but is not heard.')), false),
  beep: v.optional(
    v.pipe(
      v.union([v.boolean(), v.picklist(['true', 'false', 'onEnter', 'onExit'])]),
      v.description(
        'Whether the conference hears a tone when this call enters and leaves: true, false, onEnter or onExit.',
      ),
    ),
    true,
  ),
  startConferenceOnEnter: v.optional(
    v.pipe(v.boolean(), v.description('False: wait for someone who starts the conference.')),
    true,
  ),
  endConferenceOnExit: v.optional(
    v.pipe(v.boolean(), v.description('The conference is over when this call leaves.')),
    false,
  ),
  participantLabel: v.optional(
    v.pipe(v.string(), v.minLength(1), v.maxLength(128), v.description('A name within the conference, unique there.')),
  ),
  waitUrl: v.optional(
    v.pipe(
      FlowUrl,
      v.description('Asked for what is heard until the conference begins. Default: music; empty: silence.'),
    ),
  ),
  waitMethod: v.optional(
    v.pipe(v.picklist(['GET', 'POST']), v.description('How waitUrl is asked; an audio file needs GET.')),
    'POST',
  ),
  maxParticipants: v.optional(wholeNumber(2, 250, 'Of a conference that this call makes: how many may be in it.')),
  coach: v.optional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(128),
      v.description('Call id or label of the only one who hears this call.'),
    ),
  ),
  statusCallback: v.optional(
    v.pipe(FlowUrl, v.description('URL for events of the conference; the first who enters decides.')),
  ),
  statusCallbackEvent: v.optional(
    v.pipe(
      wordsOf(CONFERENCE_EVENT_KINDS, ['modify']),
      v.description(`Which of them: ${CONFERENCE_EVENT_KINDS.join(', ')}. Default: all.`),
    ),
  ),
  action: v.optional(v.pipe(FlowUrl, v.description('Asked what comes next; without it the next verb runs.'))),
  timeLimit: v.optional(wholeNumber(1, 86_400, 'Seconds that the call may stay.'), 14_400),
  record: v.optional(
    v.pipe(
      v.union([v.boolean(), v.picklist(['true', 'false', 'do-not-record', 'record-from-start'])]),
      v.description('Of a conference that nobody was in before: whether it is recorded while everyone in it agrees.'),
    ),
    false,
  ),
  ...recordingAttributes('do-not-trim'),
};

type Conference = v.InferOutput<v.ObjectSchema<typeof attributes, undefined>>;

/** TwiML: https://www.twilio.com/docs/voice/twiml/conference. In XML it stands in Dial, whose action and timeLimit it takes. */
export const conference = defineVerb({
  name: 'conference',
  summary: 'Enters a conference. Without `action`, the next verb runs once the call is out of it.',
  attributes,
  content: 'name',
  links: ({ action, waitUrl, statusCallback, recordingStatusCallback }) =>
    [action, waitUrl === '' ? undefined : waitUrl, statusCallback, recordingStatusCallback].filter(
      (url) => url !== undefined,
    ),
  start: (verb, around) => ({ do: 'begin', activity: 'conference', order: orderOf(verb, around) }),
  on: {
    'activity.ended': (_progress, { params }, verb) => tell(verb, params),
    'call.ended': (_progress, { params }, verb) => tell(verb, params),
  },
});

/** Asks `action` what comes next, if there is one. */
const tell = ({ action }: Conference, params: Record<string, string>): VerbStep =>
  action === undefined ? next() : ask('conference', action, params);

function orderOf(verb: Conference, { base }: VerbContext): ConferenceOrder {
  const { name, muted, participantLabel: label, maxParticipants, coach, timeLimit } = verb;
  const waitUrl = verb.waitUrl && resolveLink(verb.waitUrl, base);
  const statusCallback = verb.statusCallback && resolveLink(verb.statusCallback, base);
  return {
    name,
    muted,
    beep: beepFor(verb.beep),
    startOnEnter: verb.startConferenceOnEnter,
    endOnExit: verb.endConferenceOnExit,
    ...defined({ label, maxParticipants, coach }),
    ...(waitUrl !== undefined && { waitUrl, waitMethod: verb.waitMethod }),
    ...(statusCallback && { statusCallback }),
    ...(verb.statusCallbackEvent !== undefined && {
      statusEvents: split(verb.statusCallbackEvent) as ConferenceEventKind[],
    }),
    ...(isRecorded(verb) && { record: { source: 'conference', channels: 1, ...recordingOptionsOf(verb, base) } }),
    timeLimit,
  };
}

const isRecorded = ({ record }: Conference): boolean => [true, 'true', 'record-from-start'].includes(record);
