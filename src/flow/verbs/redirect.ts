import * as v from 'valibot';
import { ask, defineVerb } from '../verb.ts';
import { FlowUrl } from './attributes.ts';

export const redirect = defineVerb({
  name: 'redirect',
  summary: 'Goes on with the document at another URL. The rest of this document is never reached.',
  attributes: {
    url: v.optional(v.pipe(FlowUrl, v.description("Where; empty: this document's own URL.")), ''),
  },
  content: 'url',
  answers: false,
  links: (verb) => [verb.url],
  start: (verb) => ask('redirect', verb.url),
});
