import * as v from 'valibot';
import { wholeNumber } from '../../http/fields.ts';
import { ask, defineVerb, type VerbStep, wait } from '../verb.ts';
import { FlowUrl, recordingAttributes, recordingOptionsOf, Seconds } from './attributes.ts';

const attributes = {
  action: v.optional(
    v.pipe(FlowUrl, v.description("Asked when the recording has ended; empty: this document's own URL.")),
    '',
  ),
  timeout: v.optional(v.pipe(Seconds, v.description('Ends after so many seconds of silence; 0: it does not.')), 5),
  finishOnKey: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[0-9*#]*$/, 'must consist of 0-9, * and #'),
      v.maxLength(12),
      v.description('The keys that end it; empty: none.'),
    ),
    '1234567890*#',
  ),
  maxLength: v.optional(wholeNumber(1, 14_400, 'Ends after so many seconds.'), 3600),
  playBeep: v.optional(v.pipe(v.boolean(), v.description('Whether a tone says that it begins.')), true),
  ...recordingAttributes('trim-silence'),
};

type Record = v.InferOutput<v.ObjectSchema<typeof attributes, undefined>>;

/** The tone is played, or the party speaks; before that, it is asked whether it may be recorded. */
type Progress = { is: 'beeping' | 'recording' } | undefined;

/** What has become of the recording when the call ends meanwhile. A party that hung up when it was asked has not agreed. */
const WHEN_CUT_SHORT = { asking: 'refused', beeping: 'failed', recording: 'completed' } as const;

/** TwiML: https://www.twilio.com/docs/voice/twiml/record. Unlike there, the party is asked first, as before every recording. */
export const record = defineVerb<typeof attributes, Progress>({
  name: 'record',
  summary:
    'Records what the party says, such as a message, then asks `action`. Before, the party is asked whether it may.',
  attributes,
  links: ({ action, recordingStatusCallback: url }) => [action, ...(url === undefined ? [] : [url])],
  start: () => ({ do: 'ask-consent' }),
  on: {
    'consent.settled': (_progress, { may }, verb, { base }) => {
      if (!may) return ask('record', verb.action, { recording: 'refused' });
      return verb.playBeep ? wait({ is: 'beeping' }, { play: [{ tune: 'enter', times: 1 }] }) : speak(verb, base);
    },
    'leg.playback-ended': (_progress, _event, verb, { base }) => speak(verb, base),
    'leg.digit': (progress, { digit }, verb) =>
      progress?.is === 'recording' && verb.finishOnKey.includes(digit)
        ? finish(verb, { digits: digit })
        : wait(progress),
    'recorder.silent': (_progress, _event, verb) => finish(verb),
    'timer.verb': (_progress, _event, verb) => finish(verb),
    'recorder.failed': (_progress, _event, verb) => ask('record', verb.action, { recording: 'failed' }),
    'call.ended': (progress, _event, verb) =>
      ask('record', verb.action, { recording: WHEN_CUT_SHORT[progress?.is ?? 'asking'], digits: 'hangup' }),
  },
});

function speak(verb: Record, base: string | undefined): VerbStep {
  const order = {
    source: 'record-verb' as const,
    channels: 1 as const,
    ...(verb.timeout > 0 && { silence: verb.timeout }),
    ...recordingOptionsOf(verb, base),
  };
  return { ...wait({ is: 'recording' }, { within: verb.maxLength }), recorder: { do: 'start', order } };
}

const finish = (verb: Record, params: { digits?: string } = {}): VerbStep => ({
  ...ask('record', verb.action, { recording: 'completed', ...params }),
  recorder: { do: 'change', is: 'off' },
});
