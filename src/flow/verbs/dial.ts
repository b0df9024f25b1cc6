import * as v from 'valibot';
import { DIAL_EVENTS, type DialEvent, type DialOrder, type DialTarget } from '../../contracts/orders.ts';
import type { RecordingOrder } from '../../contracts/recording.ts';
import { wholeNumber } from '../../http/fields.ts';
import { defined } from '../../lib/defined.ts';
import { E164 } from '../../lib/e164.ts';
import { ask, defineVerb, next, resolveLink, type VerbContext, type VerbStep } from '../verb.ts';
import { FlowUrl, Keys, recordingAttributes, recordingOptionsOf, split, wordsOf } from './attributes.ts';

/** Ten targets are enough for any hunt group, and few enough to ring at once. TwiML has the same limit. */
const MAX_TARGETS = 10;

const targetAttributes = {
  url: v.optional(v.pipe(FlowUrl, v.description('Asked for what the dialled one hears before both are connected.'))),
  sendDigits: v.optional(v.pipe(Keys, v.description('Keys to press once it is answered, such as an extension.'))),
  statusCallback: v.optional(v.pipe(FlowUrl, v.description('URL for status change events of the dialled call.'))),
  statusCallbackEvent: v.optional(
    v.pipe(wordsOf(DIAL_EVENTS), v.description(`Which of them: ${DIAL_EVENTS.join(', ')}.`)),
    'completed',
  ),
};

const numberAttributes = { to: v.pipe(v.string(), v.trim(), E164), ...targetAttributes };

/** The values of TwiML. Nobody speaks while it rings, so that record-from-ringing begins with the answer, too. */
const RECORDED = [
  'true',
  'false',
  'do-not-record',
  'record-from-answer',
  'record-from-ringing',
  'record-from-answer-dual',
  'record-from-ringing-dual',
] as const;

/** A SIP URI becomes part of a dial string, and so may only have a user of letters and digits, a host, and a port. */
const SIP_URI = /^sips?:[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:\d{1,5})?$/;

const sipAttributes = {
  to: v.pipe(v.string(), v.trim(), v.regex(SIP_URI, 'must be a SIP URI such as sip:reception@pbx.example.com')),
  ...targetAttributes,
};

const attributes = {
  number: v.optional(v.pipe(v.string(), v.trim(), E164, v.description('The number to dial, if there is only one.'))),
  targets: v.optional(
    v.pipe(
      v.array(
        v.variant('noun', [
          v.object({ noun: v.literal('number'), ...numberAttributes }),
          v.object({ noun: v.literal('sip'), ...sipAttributes }),
        ]),
      ),
      v.maxLength(MAX_TARGETS),
      v.description('Numbers and SIP addresses: the first that answers is connected.'),
    ),
    [],
  ),
  action: v.optional(v.pipe(FlowUrl, v.description('Asked what comes next; without it the next verb runs.'))),
  timeout: v.optional(wholeNumber(1, 600, 'Seconds that each may ring.'), 30),
  timeLimit: v.optional(wholeNumber(1, 86_400, 'Seconds that they may talk.'), 14_400),
  callerId: v.optional(
    v.pipe(
      v.string(),
      E164,
      v.description("What the dialled one sees: a number of yours, or the caller's. Default: the caller's."),
    ),
  ),
  sequential: v.optional(v.pipe(v.boolean(), v.description('One after the other instead of all at once.')), false),
  answerOnBridge: v.optional(
    v.pipe(v.boolean(), v.description('An inbound call goes on ringing until the dialled one has answered.')),
    false,
  ),
  hangupOnStar: v.optional(v.pipe(v.boolean(), v.description('The caller ends it with the star key.')), false),
  record: v.optional(
    v.pipe(
      v.union([v.boolean(), v.picklist(RECORDED)]),
      v.description(`Whether they are recorded once connected, if everyone agrees: ${RECORDED.join(', ')}.`),
    ),
    false,
  ),
  ...recordingAttributes('do-not-trim'),
};

type Dial = v.InferOutput<v.ObjectSchema<typeof attributes, undefined>>;

/** TwiML: https://www.twilio.com/docs/voice/twiml/dial */
export const dial = defineVerb({
  name: 'dial',
  summary: 'Calls someone and connects both. Without `action`, the next verb runs when they have talked.',
  attributes,
  content: 'number',
  nouns: {
    into: 'targets',
    elements: {
      Number: { name: 'number', attributes: numberAttributes, content: 'to' },
      Sip: { name: 'sip', attributes: sipAttributes, content: 'to' },
    },
  },
  becomes: { Conference: 'conference' },
  // A party that is asked whether it may be recorded must hear the question.
  answers: (verb) => !verb.answerOnBridge || isRecorded(verb),
  links: ({ action, targets, recordingStatusCallback }) =>
    [action, recordingStatusCallback, ...targets.flatMap(({ url, statusCallback }) => [url, statusCallback])].filter(
      (url) => url !== undefined,
    ),
  start: (verb, around) => (isRecorded(verb) ? { do: 'ask-consent' } : begin(verb, around)),
  on: {
    'consent.settled': (_progress, _event, verb, around) => begin(verb, around),
    'activity.ended': (_progress, { params }, verb) => tell(verb, params),
    'call.ended': (_progress, { params }, verb) => tell(verb, params),
  },
});

function begin(verb: Dial, around: VerbContext): VerbStep {
  const order = orderOf(verb, around);
  return order.targets.length === 0 ? next() : { do: 'begin', activity: 'dial', order };
}

/** Asks `action` what comes next, if there is one. */
const tell = ({ action }: Dial, params: Record<string, string>): VerbStep =>
  action === undefined ? next() : ask('dial', action, params);

const isRecorded = ({ record }: Dial): boolean => ![false, 'false', 'do-not-record'].includes(record);

const recordOf = (verb: Dial, { base }: VerbContext): RecordingOrder => ({
  source: 'dial-verb',
  channels: String(verb.record).endsWith('-dual') ? 2 : 1,
  ...recordingOptionsOf(verb, base),
});

function orderOf(verb: Dial, around: VerbContext): DialOrder {
  const { number, sequential, timeout, timeLimit, callerId, answerOnBridge, hangupOnStar } = verb;
  const alone: Dial['targets'] =
    number === undefined ? [] : [{ noun: 'number', to: number, statusCallbackEvent: 'completed' }];
  return defined({
    targets: [...alone, ...verb.targets].slice(0, MAX_TARGETS).map((target) => targetOf(target, around)),
    sequential,
    timeout,
    timeLimit,
    callerId,
    answerOnBridge,
    hangupOnStar,
    record: isRecorded(verb) ? recordOf(verb, around) : undefined,
  });
}

function targetOf(target: Dial['targets'][number], { base }: VerbContext): DialTarget {
  const { noun, to, sendDigits, statusCallbackEvent } = target;
  const url = target.url === undefined ? undefined : resolveLink(target.url, base);
  const statusCallback = target.statusCallback === undefined ? undefined : resolveLink(target.statusCallback, base);
  return defined({
    noun,
    to,
    url,
    sendDigits,
    statusCallback,
    statusEvents: split(statusCallbackEvent) as DialEvent[],
  });
}
