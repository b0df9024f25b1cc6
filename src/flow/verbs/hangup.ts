import { defineVerb, hangUp as end } from '../verb.ts';

export const hangup = defineVerb({
  name: 'hangup',
  summary: 'Ends the call.',
  attributes: {},
  start: () => end(),
});
