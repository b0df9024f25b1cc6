/** Which webhook URLs are allowed: "any" http(s) ones on a laptop; whatever else it says, https on public host names. */
export type UrlPolicy = string;

const PRIVATE_SUFFIXES = ['.internal', '.local', '.localhost', '.lan', '.home.arpa', '.onion', '.test', '.invalid'];

/** Why a URL cannot be a webhook; undefined when it can. Checked when it is given and again whenever it is used. */
export function urlProblem(text: string, policy: UrlPolicy): string | undefined {
  if (!URL.canParse(text)) return 'must be an absolute http(s) URL';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be an absolute http(s) URL';
  if (url.username || url.password) return 'must not contain a user name or password';
  return policy === 'any' ? undefined : publicComplaint(url);
}

/**
 * A Worker cannot see which address a name resolves to, so what can be refused by its form is refused: address
 * literals, names of private networks, odd ports. `global_fetch_strictly_public` covers our own zone.
 */
function publicComplaint({ protocol, hostname, port }: URL): string | undefined {
  if (protocol !== 'https:') return 'must begin with https://';
  const isAddress = hostname.startsWith('[') || /^[\d.]+$/.test(hostname);
  const name = hostname.replace(/\.$/, '').toLowerCase();
  const isPrivate = !name.includes('.') || PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix));
  if (isAddress || isPrivate) return 'must be on a public host name';
  return port === '' || port === '8443' ? undefined : 'must use port 443 or 8443';
}
