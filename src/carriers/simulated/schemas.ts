import * as v from 'valibot';
import { TUNES } from '../../contracts/carrier.ts';
import { Timestamp } from '../../http/fields.ts';

const HEARD = ['voice', 'say', 'play', 'tune', 'digits', 'ringing', 'silence'] as const;

export const HeardView = v.pipe(
  v.object({
    from: Timestamp,
    to: v.optional(v.pipe(Timestamp, v.description('Absent while it is still heard'))),
    what: v.picklist(HEARD),
    call: v.optional(v.pipe(v.string(), v.description('Of voice and digits: the call that was heard'))),
    text: v.optional(v.string()),
    language: v.optional(v.string()),
    voice: v.optional(v.string()),
    url: v.optional(v.string()),
    tune: v.optional(v.picklist(TUNES)),
    digits: v.optional(v.string()),
  }),
  v.title('Heard'),
);
export type HeardView = v.InferOutput<typeof HeardView>;
