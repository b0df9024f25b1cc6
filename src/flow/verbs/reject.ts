import * as v from 'valibot';
import { defineVerb, hangUp, rejectCall as refuse } from '../verb.ts';

export const reject = defineVerb({
  name: 'reject',
  summary: 'Refuses an inbound call before it is answered, without cost. Once the call is answered it ends it.',
  attributes: {
    reason: v.optional(
      v.pipe(v.picklist(['rejected', 'busy']), v.description('What the caller hears: not available, or a busy tone.')),
      'rejected',
    ),
  },
  answers: false,
  start: (verb, around) => (around.answered ? hangUp() : refuse(verb.reason)),
});
