import { type FieldError, httpErrors } from '../../http/errors.ts';
import { KEPT, type Kept, type Retention, retentionComplaint } from '../retention.ts';
import type { PrivacySettings } from '../store/settings.ts';

/** The retention that a request asks for, as ISO 8601 durations. */
export type WantedRetention = { [What in Kept]?: string | undefined };

/** Chooses what the request asks for, within the limits of its account, or what the account has chosen. Refuses with a 422. */
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
