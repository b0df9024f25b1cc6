import * as v from 'valibot';
import { RECORDING_POLICIES } from '../../contracts/consent.ts';
import { Moment, PhoneNumber, Timestamp, Warnings } from '../../http/fields.ts';
import { pagingFields } from '../../http/paging.ts';
import { BASES, DECISIONS, PURPOSES } from '../consent.ts';

const Reference = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(256));

const Basis = v.pipe(
  v.picklist(BASES),
  v.description('Why they may be recorded: they said yes to it, agreed by contract, or the law demands it'),
);

/** A question asked in a call, with what proves the answer. */
const Asked = v.pipe(
  v.object({
    call_id: v.string(),
    language: v.string(),
    notice_sha256: v.pipe(v.string(), v.description('SHA-256 of the notice as it was spoken, in hex')),
    notice: v.optional(v.pipe(v.string(), v.description('The words of the notice; only with a single consent'))),
    key: v.optional(v.pipe(v.string(), v.description('The key pressed; absent where nothing was'))),
    policy: v.pipe(v.picklist(RECORDING_POLICIES), v.description('The policy that held on the line')),
  }),
  v.description('Of a consent that was asked for in a call, and counts in that call only'),
);

export const ConsentView = v.pipe(
  v.object({
    id: v.pipe(v.string(), v.description('Unique consent identifier')),
    phone_number: v.optional(v.pipe(v.string(), v.description('Absent where a caller hid their number'))),
    purpose: v.picklist(PURPOSES),
    basis: v.pipe(
      v.picklist([...BASES, 'announcement']),
      v.description('Why they may be recorded; announcement: they were told, where that is the policy'),
    ),
    decision: v.picklist(DECISIONS),
    obtained_at: Timestamp,
    obtained_how: v.string(),
    evidence_ref: v.optional(v.string()),
    expires_at: v.optional(Timestamp),
    withdrawn_at: v.optional(Timestamp),
    active: v.pipe(v.boolean(), v.description('Granted, not withdrawn, not expired')),
    date_created: Timestamp,
    asked: v.optional(Asked),
    warnings: Warnings,
  }),
  v.title('Consent'),
);
export type ConsentView = v.InferOutput<typeof ConsentView>;

export const NewConsent = v.pipe(
  v.object({
    phone_number: v.pipe(PhoneNumber, v.description('Who agreed')),
    purpose: v.optional(v.pipe(v.picklist(PURPOSES), v.description('What to')), 'recording'),
    basis: Basis,
    obtained_at: v.pipe(Moment, v.description('When they agreed')),
    obtained_how: v.pipe(Reference, v.description('How, such as: web form, signed contract')),
    evidence_ref: v.optional(v.pipe(Reference, v.description('Where the proof is, such as the id of a document'))),
    expires_at: v.optional(v.pipe(Moment, v.description('Until when it counts; without it, until it is withdrawn'))),
  }),
  v.title('NewConsent'),
);
export type NewConsent = v.InferOutput<typeof NewConsent>;

const Flag = v.pipe(v.picklist(['true', 'false'], 'must be true or false'), v.metadata({ type: 'boolean' }));

export const ListConsents = v.object({
  phone_number: v.optional(v.pipe(PhoneNumber, v.description('Of this number'))),
  purpose: v.optional(v.pipe(v.picklist(PURPOSES), v.description('For this purpose'))),
  active: v.optional(
    v.pipe(Flag, v.description('Only those that are granted, not withdrawn and not expired, or only the others')),
  ),
  page_size: pagingFields.page_size,
  cursor: pagingFields.cursor,
});

export const ConsentList = v.object({
  consents: v.array(ConsentView),
  page_size: v.pipe(v.number(), v.integer()),
  next: v.optional(v.pipe(v.string(), v.description('cursor of the next page; absent on the last'))),
});

export const Withdrawal = v.object({
  delete_recordings: v.optional(
    v.pipe(Flag, v.description('Whether recordings made under this consent are deleted too')),
    'false',
  ),
});
