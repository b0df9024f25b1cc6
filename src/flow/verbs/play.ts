import * as v from 'valibot';
import type { Prompt } from '../../contracts/carrier.ts';
import { defineVerb, next, resolveLink, type VerbContext, wait } from '../verb.ts';
import { FlowUrl, Keys, Loop, timesOf } from './attributes.ts';

export const playAttributes = {
  url: v.optional(v.pipe(FlowUrl, v.description('The audio file: WAV or MP3.'))),
  loop: v.optional(
    v.pipe(Loop, v.description('How often to play it; 0: until the call ends, at most 1,000 times.')),
    1,
  ),
};

type Play = v.InferOutput<v.ObjectSchema<typeof playAttributes, undefined>>;

export const playPrompt = (play: Play, around: VerbContext): Prompt => ({
  play: resolveLink(play.url ?? '', around.base) ?? '',
  times: timesOf(play.loop),
});

export const play = defineVerb({
  name: 'play',
  summary: 'Plays an audio file, or presses keys on the line.',
  attributes: {
    ...playAttributes,
    digits: v.optional(
      v.pipe(Keys, v.description('Keys to press instead of playing a file; w pauses for half a second.')),
    ),
  },
  content: 'url',
  links: (verb) => (verb.url ? [verb.url] : []),
  start: (verb, around) => {
    if (verb.digits !== undefined) return wait({}, { play: [{ digits: verb.digits }] });
    return verb.url ? wait({}, { play: [playPrompt(verb, around)] }) : next();
  },
  on: { 'leg.playback-ended': () => next() },
});
