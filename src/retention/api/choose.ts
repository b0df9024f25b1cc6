import { type FieldError, httpErrors } from '../../http/errors.ts';
import { KEPT, type Kept, type Retention, retentionComplaint } from '../retention.ts';
import type { PrivacySettings } from '../store/settings.ts';

/** How long a request asks that something is kept: ISO 8601 durations. */
export type WantedRetention = { [What in Kept]?: string | undefined };

/** What a request asks for within the limits of its account, and else what the account has chosen; or a 422. */
export function retentionFor(
  wanted: WantedRetention = {},
  { retention, retentionLimits }: Pick<PrivacySettings, 'retention' | 'retentionLimits'>,
): Retention {
  const errors = KEPT.flatMap((kept): FieldError[] => {
    const text = wanted[kept];
    const message = text === undefined ? undefined : retentionComplaint(text, retentionLimits[kept]);
    return message === undefined ? [] : [{ field: `retention.${kept}`, message }];
  });
  if (errors.length > 0) throw httpErrors.invalid_request(errors);
  return { call: wanted.call ?? retention.call, recording: wanted.recording ?? retention.recording };
}
