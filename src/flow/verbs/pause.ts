import * as v from 'valibot';
import { defineVerb, next, wait } from '../verb.ts';
import { Seconds } from './attributes.ts';

export const pauseAttributes = {
  length: v.optional(v.pipe(Seconds, v.description('How long, in seconds.')), 1),
};

export const pause = defineVerb({
  name: 'pause',
  summary: 'Waits in silence. As the first verb of an inbound call it delays the answer.',
  attributes: pauseAttributes,
  answers: false,
  start: (verb) => wait({}, { within: verb.length }),
  on: { 'timer.verb': () => next() },
});
