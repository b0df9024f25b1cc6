import { httpErrors } from '../http/errors.ts';
import { urlProblem } from './check-urls.ts';

/** URLs that this deployment does not allow are refused before anything is done. */
export function checkUrls<Body extends object>(
  body: Body,
  fields: (keyof Body & string)[],
  { WEBHOOK_URLS }: Env,
): void {
  const errors = fields.flatMap((field) => {
    const url = body[field];
    const message = typeof url === 'string' ? urlProblem(url, WEBHOOK_URLS) : undefined;
    return message ? [{ field, message }] : [];
  });
  if (errors.length > 0) throw httpErrors.invalid_request(errors);
}
