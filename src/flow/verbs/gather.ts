import * as v from 'valibot';
import type { Prompt } from '../../contracts/carrier.ts';
import { wholeNumber } from '../../http/fields.ts';
import { ask, defineVerb, next, type VerbContext, type VerbStep, wait } from '../verb.ts';
import { FlowUrl, Language, Seconds } from './attributes.ts';
import { pauseAttributes } from './pause.ts';
import { playAttributes, playPrompt } from './play.ts';
import { sayAttributes, sayPrompt } from './say.ts';

const NestedPrompt = v.variant('verb', [
  v.object({ verb: v.literal('say'), ...sayAttributes }),
  v.object({
    verb: v.literal('play'),
    ...playAttributes,
    digits: v.optional(v.never('are not allowed inside gather')),
  }),
  v.object({ verb: v.literal('pause'), ...pauseAttributes }),
]);

/** Nobody has longer numbers, and whoever presses keys on and on must not fill the call's row. */
const MAX_DIGITS = 100;

const attributes = {
  input: v.optional(v.pipe(v.picklist(['dtmf']), v.description('What to listen for.')), 'dtmf'),
  action: v.optional(v.pipe(FlowUrl, v.description("Asked with the digits; empty: this document's own URL.")), ''),
  timeout: v.optional(v.pipe(Seconds, v.description('Seconds to wait for the first and for each further key.')), 5),
  numDigits: v.optional(wholeNumber(1, MAX_DIGITS, `Ends after so many digits, and after ${MAX_DIGITS} in any case.`)),
  finishOnKey: v.optional(
    v.pipe(v.picklist([...'0123456789*#', '']), v.description('The key that ends the input; empty: none.')),
    '#',
  ),
  actionOnEmptyResult: v.optional(
    v.pipe(v.boolean(), v.description('Ask `action` also when nothing was entered.')),
    false,
  ),
  language: v.optional(
    v.pipe(
      Language,
      v.description('Language of the flow from here on, in which notices are spoken. Default: as before.'),
    ),
  ),
  prompts: v.optional(
    v.pipe(v.array(NestedPrompt), v.maxLength(50), v.description('What to play meanwhile: say, play and pause.')),
    [],
  ),
};

type Gather = v.InferOutput<v.ObjectSchema<typeof attributes, undefined>>;

/** The digits that were pressed so far, and whether the prompts are still played. */
interface Progress {
  digits: string;
  prompting: boolean;
}

/** TwiML: https://www.twilio.com/docs/voice/twiml/gather. The timer starts when the prompts end, or at the first key. */
export const gather = defineVerb<typeof attributes, Progress>({
  name: 'gather',
  summary: 'Collects digits, then asks `action` what to do with them. Without input the next verb runs.',
  attributes,
  nests: 'prompts',
  links: (verb) => [
    verb.action,
    ...verb.prompts.flatMap((prompt) => (prompt.verb === 'play' && prompt.url ? [prompt.url] : [])),
  ],
  says: (verb, { language }) =>
    verb.prompts.flatMap((prompt) => (prompt.verb === 'say' ? [sayPrompt(prompt, language)] : [])),
  speaks: ({ language, prompts }) =>
    prompts.reduce((it, prompt) => (prompt.verb === 'say' ? (prompt.language ?? it) : it), language),
  start: (verb, around) => {
    const prompts = verb.prompts.flatMap((prompt) => toPrompt(prompt, around));
    if (prompts.length === 0) return wait({ digits: '', prompting: false }, { within: verb.timeout });
    return wait({ digits: '', prompting: true }, { play: prompts });
  },
  on: {
    'leg.playback-ended': ({ digits }, _event, verb) => wait({ digits, prompting: false }, { within: verb.timeout }),
    'leg.digit': ({ digits, prompting }, { digit }, verb) => {
      if (digit === verb.finishOnKey) return finish(verb, digits);
      const all = digits + digit;
      if (all.length >= (verb.numDigits ?? MAX_DIGITS)) return finish(verb, all);
      return wait({ digits: all, prompting: false }, { within: verb.timeout, stop: prompting });
    },
    'timer.verb': ({ digits }, _event, verb) => finish(verb, digits),
  },
});

function finish(verb: Gather, digits: string): VerbStep {
  return digits !== '' || verb.actionOnEmptyResult ? ask('gather', verb.action, { digits }) : next();
}

function toPrompt(prompt: v.InferOutput<typeof NestedPrompt>, around: VerbContext): Prompt[] {
  if (prompt.verb === 'say') return prompt.text === '' ? [] : [sayPrompt(prompt, around.language)];
  if (prompt.verb === 'pause') return [{ pause: prompt.length }];
  return prompt.url ? [playPrompt(prompt, around)] : [];
}
