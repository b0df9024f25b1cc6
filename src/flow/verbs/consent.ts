import * as v from 'valibot';
import { consentNotice, type Notice } from '../../consents/notices.ts';
import type { Prompt } from '../../contracts/carrier.ts';
import { wholeNumber } from '../../http/fields.ts';
import { defined } from '../../lib/defined.ts';
import { ask, defineVerb, next, type VerbStep, wait } from '../verb.ts';
import { FlowUrl, Language, Seconds, Ssml } from './attributes.ts';

const attributes = {
  text: v.optional(
    v.pipe(
      v.string(),
      v.trim(),
      v.maxLength(4096),
      v.description('What asks for consent, and says which key agrees. Default: our notice.'),
    ),
    '',
  ),
  ssml: Ssml,
  language: v.optional(v.pipe(Language, v.description("Language of the notice. Default: the call's."))),
  key: v.optional(v.pipe(v.picklist([...'0123456789']), v.description('The key that agrees.')), '1'),
  timeout: v.optional(v.pipe(Seconds, v.description('Seconds to wait for a key after the notice.')), 5),
  attempts: v.optional(wholeNumber(1, 5, 'How often to ask into silence.'), 2),
  action: v.optional(v.pipe(FlowUrl, v.description('Asked with the answer; without it the next verb runs.'))),
};

type Consent = v.InferOutput<v.ObjectSchema<typeof attributes, undefined>>;

interface Progress {
  /** The notice is played for the first time, the second time, … */
  attempt: number;
  /** The notice is played, or the party may answer. */
  notice: 'on' | 'heard';
  /** The party agreed before it had heard all of the notice. */
  agreed?: true;
  /** The notice as it is spoken. */
  said: Notice;
}

/** Silence is a refusal, and so is every other key, so that nobody is recorded by mistake. */
export const consent = defineVerb<typeof attributes, Progress>({
  name: 'consent',
  summary: 'Asks by a key whether the call may be recorded, and keeps the answer as evidence.',
  attributes,
  content: 'text',
  markup: true,
  links: ({ action }) => (action === undefined ? [] : [action]),
  says: (verb, language) => [prompt(noticeOf(verb, language))],
  start: (verb, around) => question({ attempt: 1, said: noticeOf(verb, around.language) }),
  on: {
    'leg.digit': (progress, { digit }, verb) => {
      if (digit !== verb.key) return answer(progress, false, digit);
      // Nobody can agree to what they have not heard yet, so the notice goes on.
      return progress.notice === 'on' ? wait({ ...progress, agreed: true }) : answer(progress, true, digit);
    },
    'leg.playback-ended': (progress, _event, verb) =>
      progress.agreed
        ? answer(progress, true, verb.key)
        : wait({ ...progress, notice: 'heard' }, { within: verb.timeout }),
    'timer.verb': (progress, _event, verb) =>
      progress.attempt < verb.attempts
        ? question({ ...progress, attempt: progress.attempt + 1 })
        : answer(progress, false),
    'consent.noted': (_progress, { granted }, verb) =>
      verb.action === undefined ? next() : ask('consent', verb.action, { consent: granted ? 'granted' : 'refused' }),
  },
});

const noticeOf = ({ text, ssml, language, key }: Consent, callLanguage: string): Notice => ({
  ...consentNotice(language ?? callLanguage, key, text),
  ...(ssml && text !== '' && { ssml }),
});

const prompt = ({ text, ssml, language }: Notice): Prompt => ({
  say: text,
  ...(ssml && { ssml }),
  language,
  times: 1,
});

const question = ({ attempt, said }: Pick<Progress, 'attempt' | 'said'>): VerbStep =>
  wait({ attempt, notice: 'on', said }, { play: [prompt(said)] });

const answer = ({ said: { text, language } }: Progress, granted: boolean, key?: string): VerbStep => ({
  do: 'consent',
  granted,
  ...defined({ key }),
  notice: text,
  language,
});
