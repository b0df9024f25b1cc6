import { type FieldError, httpErrors } from '../http/errors.ts';

/**
 * The URLs that a deployment allows: with "any", all of http(s), as on a laptop; with any other
 * text, https on public host names.
 */
export type UrlPolicy = string;

/**
 * The last labels of names that the public DNS does not have: reserved ones (RFC 2606, 6761, 6762, 7686, 8375, 9476; ICANN's
 * `.internal`), and those that home and company networks and clusters use.
 */
const PRIVATE_LABELS =
  'alt arpa corp domain home host internal intranet invalid lan local localdomain localhost onion private svc test'.split(
    ' ',
  );

/** A host name as the public DNS has them: two labels or more, none of them empty, the last with a letter. */
const HOST_NAME = /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+(xn--[a-z0-9-]{1,59}|[a-z]{2,63})$/;

/** A redirect, or a link that counts from a long URL, may lead to one of any length. */
const MAX_URL = 4096;

/** Says why a URL is not allowed; undefined when it is. A URL is checked when it is given and again whenever it is used. */
export function urlProblem(text: string, policy: UrlPolicy): string | undefined {
  if (text.length > MAX_URL) return `must have at most ${MAX_URL} characters`;
  if (!URL.canParse(text)) return 'must be an absolute http(s) URL';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be an absolute http(s) URL';
  if (url.username || url.password) return 'must not contain a user name or password';
  return policy === 'any' ? undefined : publicUrlProblem(url);
}

/**
 * A Worker cannot see which address a name resolves to, so a URL is refused by its form: for address
 * literals, names of private networks, odd ports. `global_fetch_strictly_public` covers our own zone.
 */
function publicUrlProblem({ protocol, hostname, port }: URL): string | undefined {
  if (protocol !== 'https:') return 'must begin with https://';
  // One dot at the end is the root of the DNS and changes nothing; a second one is no name.
  const name = hostname.replace(/\.$/, '').toLowerCase();
  const isPublic = HOST_NAME.test(name) && !PRIVATE_LABELS.includes(name.split('.').at(-1) ?? '');
  if (!isPublic) return 'must be on a public host name';
  return port === '' || port === '8443' ? undefined : 'must use port 443 or 8443';
}

/** Finds the fields of a request whose URLs this deployment does not allow. */
export const urlErrors = <Body extends object>(
  body: Body,
  fields: (keyof Body & string)[],
  policy: UrlPolicy,
): FieldError[] =>
  fields.flatMap((field) => {
    const url = body[field];
    const message = typeof url === 'string' ? urlProblem(url, policy) : undefined;
    return message ? [{ field, message }] : [];
  });

/** Refuses a request with such a field, before anything is done. Throws a 422. */
export function checkUrls<Body extends object>(body: Body, fields: (keyof Body & string)[], env: Env): void {
  const errors = urlErrors(body, fields, env.WEBHOOK_URLS);
  if (errors.length > 0) throw httpErrors.invalid_request(errors);
}
