import { defined } from '../lib/defined.ts';
import { looksLikeSsml } from '../speech/ssml.ts';
import type { Verb } from './verb.ts';
import { verbNamed } from './verbs/index.ts';

/** The tag by which a voice speaks a language; undefined when no voice does. */
export type Voices = (tag: string) => string | undefined;

/** A document that says only what can be spoken, and what its author should know of that. */
export interface FittedSpeech {
  verbs: Verb[];
  warnings: string[];
}

const MOST_WARNINGS = 20;

/**
 * Fits what a document says to the voices there are, nested verbs included: a language that none of them speaks gives way to
 * the call's, and a text that may have been meant as SSML stays a text. Both are worth a warning, which quotes no text.
 */
export function fitSpeech(document: Verb[], voices: Voices): FittedSpeech {
  const fitted = document.map((verb) => fitVerb(verb, voices));
  const warnings = new Set(fitted.flatMap((it) => it.warnings));
  return { verbs: fitted.map(({ verb }) => verb), warnings: [...warnings].slice(0, MOST_WARNINGS) };
}

function fitVerb(verb: Verb, voices: Voices): { verb: Verb; warnings: string[] } {
  const { attributes = {}, nests, noticeProblem } = verbNamed(verb.verb) ?? {};
  const inside = nests === undefined ? undefined : fitSpeech(verb[nests] as Verb[], voices);
  const { language, ...rest } = inside && nests !== undefined ? { ...verb, [nests]: inside.verbs } : verb;
  // A verb without a text of its own says one of ours, and finds a language for it.
  const isFitted = 'language' in attributes && verb.text !== '';
  const wished = isFitted && typeof language === 'string' ? language : undefined;
  const spoken = wished === undefined ? language : voices(wished);
  const hasNoVoice = wished !== undefined && spoken === undefined;
  // Nobody agrees to what a voice of another language reads to them: a notice keeps its own, and cannot be heard.
  const isNotice = noticeProblem !== undefined;
  const kept = hasNoVoice && isNotice ? { language } : defined({ language: spoken });
  const isTaggedText = 'ssml' in attributes && !verb.ssml && looksLikeSsml(String(verb.text));
  return {
    verb: { ...rest, ...kept } as Verb,
    warnings: [
      ...(hasNoVoice ? [noVoice(verb.verb, wished, isNotice)] : []),
      ...(isTaggedText ? [`${verb.verb}.text looks like SSML and is spoken as text: SSML needs "ssml": true`] : []),
      ...(inside?.warnings ?? []),
    ],
  };
}

const noVoice = (verb: string, tag: string, isNotice: boolean): string =>
  `${verb}.language ${tag.slice(0, 35)} has no voice: ${isNotice ? 'nobody can hear it, nor agree' : "the call's language is spoken"}`;
