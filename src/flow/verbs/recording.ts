import * as v from 'valibot';
import type { RecorderRequest } from '../../contracts/recording.ts';
import { wholeNumber } from '../../http/fields.ts';
import { defined } from '../../lib/defined.ts';
import { defineVerb, next } from '../verb.ts';
import { recordingAttributes, recordingOptionsOf } from './attributes.ts';

const attributes = {
  do: v.pipe(v.picklist(['start', 'pause', 'resume', 'stop']), v.description('What the recorder shall do.')),
  channels: v.optional(
    v.pipe(
      v.picklist(['mono', 'dual']),
      v.description('dual: what the party says on the left, what it hears on the right.'),
    ),
    'mono',
  ),
  maxLength: v.optional(wholeNumber(1, 86_400, 'Ends after so many seconds.')),
  pauseBehavior: v.optional(
    v.pipe(v.picklist(['silence', 'skip']), v.description('Whether a pause is heard as silence, or left out.')),
    'silence',
  ),
  ...recordingAttributes('do-not-trim'),
};

type Recording = v.InferOutput<v.ObjectSchema<typeof attributes, undefined>>;

/** TwiML: https://www.twilio.com/docs/voice/twiml/recording, where Start and Stop stand around it. */
export const recording = defineVerb({
  name: 'recording',
  summary:
    'Starts, pauses, resumes or stops a recording beside the verbs that follow. Before it starts, the party is asked.',
  attributes,
  links: ({ recordingStatusCallback: url }) => (url === undefined ? [] : [url]),
  start: (verb) => (verb.do === 'start' ? { do: 'ask-consent' } : { ...next(), recorder: changeOf(verb) }),
  on: {
    'consent.settled': (_progress, { may }, verb, { base }) =>
      may ? { ...next(), recorder: { do: 'start', order: orderOf(verb, base) } } : next(),
  },
});

const STATES = { start: 'on', pause: 'paused', resume: 'on', stop: 'off' } as const;

function changeOf({ do: what, pauseBehavior }: Recording): RecorderRequest {
  return { do: 'change', is: what === 'pause' && pauseBehavior === 'silence' ? 'silent' : STATES[what] };
}

const orderOf = (verb: Recording, base: string | undefined) => ({
  source: 'start-verb' as const,
  channels: verb.channels === 'dual' ? (2 as const) : (1 as const),
  ...defined({ maxSeconds: verb.maxLength }),
  ...recordingOptionsOf(verb, base),
});
