import * as v from 'valibot';
import { RECORDING_EVENT_KINDS, type RecordingEventKind, type RecordingOptions } from '../../contracts/recording.ts';
import { defined } from '../../lib/defined.ts';
import { resolveLink } from '../verb.ts';

/** Attributes that more than one verb has. They have no transforms, because a transform has no JSON Schema. */

export const Seconds = v.pipe(v.number(), v.minValue(0), v.maxValue(86_400));

/** The number of times to play something; 0 means until the call ends, at most 1,000 times (as in TwiML). */
export const Loop = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000));

export const timesOf = (loop: number): number => (loop === 0 ? 1000 : loop);

/** A URL, absolute or relative to the document's. */
export const FlowUrl = v.pipe(v.string(), v.trim(), v.maxLength(2048));

/** A BCP 47 language tag, such as nl-BE. */
export const Language = v.pipe(
  v.string(),
  v.maxLength(35),
  v.regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag such as nl-NL'),
);

/** The text is SSML. In XML that follows from the elements in it; without them, and in JSON without this, a text is a text. */
export const Ssml = v.optional(
  v.pipe(v.boolean(), v.description('In JSON: the text is SSML. In XML that follows from the elements in it.')),
);

/** What a list of words may have: `never` are words of TwiML besides, for what never happens here. */
export interface KnownWords {
  known: readonly string[];
  never: readonly string[];
}

/** Words of a list, separated by spaces as in TwiML. An empty text has none of them. */
export const wordsOf = (known: readonly string[], never: readonly string[] = []) =>
  v.pipe(
    v.string(),
    v.check((text) => split(text).every((word) => known.includes(word)), `must be words of: ${known.join(', ')}`),
    v.metadata({ words: { known, never } satisfies KnownWords }),
  );

/** The words that an attribute may have; undefined where it is no list of words. */
export function wordsFor(schema: v.GenericSchema): KnownWords | undefined {
  if ('wrapped' in schema) return wordsFor(schema.wrapped as v.GenericSchema);
  const { words }: { words?: KnownWords } = v.getMetadata(schema as Parameters<typeof v.getMetadata>[0]);
  return words;
}

/** Each word counts once, however often it is written. */
export const split = (text: string): string[] => [...new Set(text.split(/\s+/).filter((word) => word !== ''))];

/** Keys of a telephone; w waits half a second. */
export const Keys = v.pipe(
  v.string(),
  v.maxLength(100),
  v.regex(/^[0-9A-Da-d*#wW]+$/, 'must consist of 0-9, A-D, *, # and w (a pause of half a second)'),
);

const TRIMS = ['trim-silence', 'do-not-trim'] as const;

/** The options of a recording, which every verb has that makes one. */
export const recordingAttributes = (trim: (typeof TRIMS)[number]) => ({
  trim: v.optional(
    v.pipe(
      v.picklist(TRIMS),
      v.description('Whether silence is cut off at the beginning and the end of the recording.'),
    ),
    trim,
  ),
  recordingStatusCallback: v.optional(v.pipe(FlowUrl, v.description('URL for events of the recording.'))),
  recordingStatusCallbackEvent: v.optional(
    v.pipe(
      wordsOf(RECORDING_EVENT_KINDS, ['absent']),
      v.description(`Which of them: ${RECORDING_EVENT_KINDS.join(', ')}. Default: all but the first.`),
    ),
  ),
});

type RecordingAttributes = v.InferOutput<v.ObjectSchema<ReturnType<typeof recordingAttributes>, undefined>>;

/** Turns these options into those of a recording's order, with an absolute URL. */
export function recordingOptionsOf(verb: RecordingAttributes, base: string | undefined): RecordingOptions {
  const { recordingStatusCallback: url, recordingStatusCallbackEvent: events } = verb;
  return {
    ...(verb.trim === 'trim-silence' && { trim: true }),
    ...defined({
      statusCallback: url === undefined ? undefined : resolveLink(url, base),
      statusEvents: events === undefined ? undefined : (split(events) as RecordingEventKind[]),
    }),
  };
}
