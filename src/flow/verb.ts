import type * as v from 'valibot';
import type { LegFact, Prompt } from '../contracts/carrier.ts';
import type { ConsentAnswer, NoticeWords } from '../contracts/consent.ts';
import type { ActivityOrder } from '../contracts/orders.ts';
import type { RecorderRequest } from '../contracts/recording.ts';

/** A validated verb of a document: its name and its attributes, as JSON, so that it can wait in a call's row. */
export type Verb = { verb: string } & Record<string, unknown>;

/** The languages in which a call speaks, BCP 47 tags. */
export type Languages = Pick<VerbContext, 'language' | 'flowLanguage'>;

/** The surroundings of the call that a verb may know. */
export interface VerbContext {
  /** The call's language, a BCP 47 tag. */
  language: string;
  /** The language that the flow has spoken last, which is the call's until a verb names another. Notices are in it. */
  flowLanguage: string;
  /** The party has refused to be recorded, and is not asked again in this call. */
  hasRefused?: true;
  /** The URL that the document came from; absent for an inline one. Relative URLs resolve against it. */
  base?: string;
  answered: boolean;
}

/** The decision of a verb: to wait, to go on, to begin an activity, to ask for the next document, or to end the call. */
export type VerbDecision =
  | { do: 'wait'; progress: unknown; within?: number; play?: Prompt[]; stop?: boolean }
  | { do: 'next' }
  | { do: 'ask'; event: string; url: string; params: Record<string, string> }
  /** Makes the call busy with an activity; the verb waits for `activity.ended`. */
  | ({ do: 'begin' } & ActivityOrder)
  /** Keeps this as evidence; the verb is told `consent.noted` in the same step: until then it would take further keys. */
  | ({ do: 'consent' } & ConsentAnswer)
  /** Asks the party whether it may be recorded, unless that is known; the verb waits for `consent.settled`. */
  | { do: 'ask-consent' }
  | { do: 'hangup' }
  | { do: 'reject'; reason: 'rejected' | 'busy' };

/** The decision of a verb, and what it wants of the recorder in the same moment. */
export type VerbStep = VerbDecision & { recorder?: RecorderRequest };

/** The events a verb can wait for. */
export type VerbEvent =
  | Extract<LegFact, { type: 'leg.digit' | 'leg.playback-ended' }>
  | { type: 'timer.verb' }
  /** The activity that the verb began is over; the verb's `action` is asked with these parameters. */
  | { type: 'activity.ended'; params: Record<string, string> }
  /** The call has taken note of what `consent` decided. */
  | { type: 'consent.noted'; granted: boolean }
  /** It is known whether the party may be recorded. */
  | { type: 'consent.settled'; may: boolean }
  /** Nobody speaks on the recorder that the verb has opened, or it could not be opened, or it broke. */
  | { type: 'recorder.silent' | 'recorder.failed' }
  /**
   * The call is over. The verb can only ask its `action`, whose answer does not run; `params` are the result of the
   * activity that the verb has begun, if it has.
   */
  | { type: 'call.ended'; params: Record<string, string> };

type Reactions<Attributes, Progress> = {
  [Type in VerbEvent['type']]?: (
    progress: Progress,
    event: Extract<VerbEvent, { type: Type }>,
    verb: Attributes,
    around: VerbContext,
  ) => VerbStep;
};

/** An element such as TwiML's Number in Dial. */
export interface Noun {
  name: string;
  attributes: v.ObjectEntries;
  /** The attribute that the text inside the element becomes. */
  content: string;
}

/** One verb: the single source of its validation, its XML and JSON reading, its reference and its behaviour. */
export interface VerbDefinition<Entries extends v.ObjectEntries, Progress> {
  name: string;
  /** One sentence for the reference. */
  summary: string;
  attributes: Entries;
  /** The attribute that the text inside the XML element becomes. */
  content?: string;
  /** The attribute that the verbs nested in the XML element become. */
  nests?: string;
  /** Elements inside the XML element that are no verbs become entries of the attribute `into`, told apart by `noun`. */
  nouns?: { into: string; elements: Record<string, Noun> };
  /** An element inside makes the whole another verb, with the attributes of both, such as TwiML's Conference in Dial. */
  becomes?: Record<string, string>;
  /** The text may carry SSML elements. */
  markup?: boolean;
  /** False for a verb that may run before an inbound call is answered. */
  answers?: boolean | ((verb: v.InferOutput<v.ObjectSchema<Entries, undefined>>) => boolean);
  /** The URLs that the verb uses, as written; '' means the document's own. An inline document's must be absolute. */
  links?: (verb: v.InferOutput<v.ObjectSchema<Entries, undefined>>) => string[];
  /** The prompts that the verb will say, in order: speech takes time to be made, and so is prepared while the phone rings. */
  says?: (verb: v.InferOutput<v.ObjectSchema<Entries, undefined>>, languages: Languages) => Prompt[];
  /** The language that the flow has from this verb on, if the verb names one. */
  speaks?: (verb: v.InferOutput<v.ObjectSchema<Entries, undefined>>) => string | undefined;
  /** The reason why the verb's own words do not ask for consent, as the rest of a sentence; undefined when they do, or it has none. */
  noticeProblem?: (
    verb: v.InferOutput<v.ObjectSchema<Entries, undefined>>,
    flowLanguage: string,
    declared: NoticeWords,
  ) => string | undefined;
  start: (verb: v.InferOutput<v.ObjectSchema<Entries, undefined>>, around: VerbContext) => VerbStep;
  on?: Reactions<v.InferOutput<v.ObjectSchema<Entries, undefined>>, Progress>;
}

/** A definition of which only the shape matters, as the registry and the interpreter see it. */
// biome-ignore lint/suspicious/noExplicitAny: a registry of definitions is generic in each definition's own attributes
export type AnyVerb = VerbDefinition<any, any>;

export const defineVerb = <const Entries extends v.ObjectEntries, Progress = unknown>(
  definition: VerbDefinition<Entries, Progress>,
): VerbDefinition<Entries, Progress> => definition;

/** Waits for the next event, at most `within` seconds; `play` starts prompts, `stop` ends those that are on. */
export const wait = (progress: unknown, more: { within?: number; play?: Prompt[]; stop?: boolean } = {}): VerbStep => ({
  do: 'wait',
  progress,
  ...more,
});

export const next = (): VerbStep => ({ do: 'next' });

/** Asks `url` for the document that replaces this one; '' is the document's own URL. */
export const ask = (event: string, url: string, params: Record<string, string> = {}): VerbStep => ({
  do: 'ask',
  event,
  url,
  params,
});

export const hangUp = (): VerbStep => ({ do: 'hangup' });

export const rejectCall = (reason: 'rejected' | 'busy'): VerbStep => ({ do: 'reject', reason });

/** A link is written in 2,048 characters at most; in full it may be longer, but not longer with every document. */
const MAX_URL = 4096;

/** Makes a link of a document an absolute URL; undefined when it cannot be one, or would be too long. */
export function resolveLink(link: string, base?: string): string | undefined {
  const url = URL.canParse(link, base) ? new URL(link, base).href : '';
  return url === '' || url.length > MAX_URL ? undefined : url;
}
