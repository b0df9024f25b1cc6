import * as v from 'valibot';
import type { Prompt } from '../../contracts/carrier.ts';
import { defined } from '../../lib/defined.ts';
import { defineVerb, next, wait } from '../verb.ts';
import { Language, Loop, Ssml, timesOf } from './attributes.ts';

export const sayAttributes = {
  text: v.optional(
    v.pipe(v.string(), v.trim(), v.maxLength(4096), v.description('What to say, word for word; with `ssml`, in SSML.')),
    '',
  ),
  ssml: Ssml,
  language: v.optional(v.pipe(Language, v.description("Language of the text. Default: the call's."))),
  voice: v.optional(v.pipe(v.string(), v.maxLength(100), v.description('A voice of the speech engine.'))),
  loop: v.optional(v.pipe(Loop, v.description('How often to say it; 0: until the call ends, at most 1,000 times.')), 1),
};

type Say = v.InferOutput<v.ObjectSchema<typeof sayAttributes, undefined>>;

export const sayPrompt = (say: Say, callLanguage: string): Prompt =>
  defined({
    say: say.text,
    ssml: say.ssml || undefined,
    language: say.language ?? callLanguage,
    voice: say.voice,
    times: timesOf(say.loop),
  });

export const say = defineVerb({
  name: 'say',
  summary: 'Speaks a text.',
  attributes: sayAttributes,
  content: 'text',
  markup: true,
  says: (verb, { language }) => (verb.text === '' ? [] : [sayPrompt(verb, language)]),
  speaks: ({ language }) => language,
  // A template that has nothing to say goes on, as in TwiML.
  start: (verb, around) => (verb.text === '' ? next() : wait({}, { play: [sayPrompt(verb, around.language)] })),
  on: { 'leg.playback-ended': () => next() },
});
