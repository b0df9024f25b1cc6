import * as v from 'valibot';
import { noticeProblem } from '../../consents/notice-check.ts';
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
      v.description(
        'What asks for consent: it must say that it is about recording, and name the key. Default: our notice.',
      ),
    ),
    '',
  ),
  ssml: Ssml,
  language: v.optional(
    v.pipe(
      Language,
      v.description("Language of the notice. Default: the flow's, which is that of the last say or gather."),
    ),
  ),
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
  /** The notice was not heard to its end, and is played once more. */
  repeated?: true;
  /** The notice as it is spoken. */
  said: Notice;
}

/**
 * Silence is a refusal, and so is every other key, so that nobody is recorded by mistake. A notice counts when it was heard
 * to its end: one that failed is played once more, and a key that was pressed during it must be pressed again.
 */
export const consent = defineVerb<typeof attributes, Progress>({
  name: 'consent',
  summary: 'Asks by a key whether the call may be recorded, and keeps the answer as evidence.',
  attributes,
  content: 'text',
  markup: true,
  links: ({ action }) => (action === undefined ? [] : [action]),
  says: (verb, { flowLanguage }) => [prompt(noticeOf(verb, flowLanguage))],
  noticeProblem: ({ text, ssml, language, key }, flowLanguage, declared) =>
    text === '' ? undefined : noticeProblem(text, language ?? flowLanguage, { asksWith: key }, declared, ssml),
  // Whoever has refused stays unrecorded, and is not asked until they agree.
  start: (verb, { flowLanguage, hasRefused }) =>
    hasRefused ? settled(verb, false) : question({ attempt: 1, said: noticeOf(verb, flowLanguage) }),
  on: {
    'leg.digit': (progress, { digit }, verb) => {
      if (digit !== verb.key) return answer(progress, false, digit);
      // Nobody can agree to what they have not heard yet, so the notice goes on.
      return progress.notice === 'on' ? wait({ ...progress, agreed: true }) : answer(progress, true, digit);
    },
    'leg.playback-ended': (progress, { unheard }, verb) => {
      if (unheard) return progress.repeated ? unanswerable(progress) : question({ ...progress, repeated: true });
      if (progress.agreed) return answer(progress, true, verb.key);
      return wait({ ...progress, notice: 'heard' }, { within: verb.timeout });
    },
    'timer.verb': (progress, _event, verb) =>
      progress.attempt < verb.attempts
        ? question({ attempt: progress.attempt + 1, said: progress.said })
        : answer(progress, false),
    'consent.noted': (_progress, { granted }, verb) => settled(verb, granted),
  },
});

const settled = ({ action }: Consent, granted: boolean): VerbStep =>
  action === undefined ? next() : ask('consent', action, { consent: granted ? 'granted' : 'refused' });

const noticeOf = ({ text, ssml, language, key }: Consent, flowLanguage: string): Notice => ({
  ...consentNotice(language ?? flowLanguage, key, text),
  ...(ssml && text !== '' && { ssml }),
});

const prompt = ({ text, ssml, language }: Notice): Prompt => ({ ...defined({ say: text, ssml, language }), times: 1 });

const question = ({ attempt, said, repeated }: Pick<Progress, 'attempt' | 'said' | 'repeated'>): VerbStep =>
  wait(defined({ attempt, notice: 'on', said, repeated }), { play: [prompt(said)] });

const answer = ({ said }: Progress, granted: boolean, key?: string): VerbStep => ({
  do: 'consent',
  granted,
  ...defined({ key }),
  ...evidenceOf(said),
});

/** Nobody can answer what they have not heard. */
const unanswerable = ({ said }: Progress): VerbStep => ({
  do: 'consent',
  granted: false,
  unheard: true,
  ...evidenceOf(said),
});

const evidenceOf = ({ text, language }: Notice) => ({ notice: text, language });
