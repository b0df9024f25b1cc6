const DEFAULT_MS = 300_000;
const LONGEST_MS = 86_400_000;

/**
 * For how many milliseconds a prompt may be played without asking its server again (RFC 9111): at most a day, and five
 * minutes if the server does not say.
 */
export function freshMs(headers: Headers, now: number): number {
  const control = headers.get('cache-control')?.toLowerCase() ?? '';
  // This is a shared cache: a file that is private to one reader is asked for again.
  if (/(?:^|[\s,])(?:no-store|no-cache|private)(?:$|[\s,=])/.test(control)) return 0;
  const seconds = directive(control, 's-maxage') ?? directive(control, 'max-age');
  const age = Number(/^\d{1,9}$/.exec(headers.get('age') ?? '')?.[0] ?? 0);
  if (seconds !== undefined) return clamp((seconds - age) * 1000);
  const expires = headers.get('expires');
  if (expires === null) return DEFAULT_MS;
  // An `Expires` of "0", or of other nonsense, means that the file has expired already.
  return clamp((Date.parse(expires) || 0) - (Date.parse(headers.get('date') ?? '') || now));
}

function directive(control: string, name: string): number | undefined {
  const [, seconds] = new RegExp(`(?:^|[\\s,])${name}="?(\\d{1,10})`).exec(control) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}

const clamp = (ms: number): number => Math.max(0, Math.min(ms, LONGEST_MS));
