import { toHex } from '../lib/hex.ts';

const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' };
const SHORTEST_SECRET = 32;

/** Signs the right to read one file until `expires` (epoch seconds), in hex. */
export async function signMedia(key: string, expires: number, secret: string | undefined): Promise<string> {
  const signature = await crypto.subtle.sign(ALGORITHM, await importSecret(secret, 'sign'), messageOf(key, expires));
  return toHex(signature);
}

/** Whether the signature is ours and has not expired. `verify` compares in constant time. */
export async function isSignedMedia(
  key: string,
  query: URLSearchParams,
  secret: string,
  now: number,
): Promise<boolean> {
  const expires = query.get('expires') ?? '';
  const signature = query.get('signature') ?? '';
  if (!/^[1-9]\d{9}$/.test(expires) || !/^[0-9a-f]{64}$/.test(signature)) return false;
  if (Number(expires) * 1000 <= now || !isSecret(secret)) return false;
  const bytes = Uint8Array.from(signature.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const verifier = await importSecret(secret, 'verify');
  return crypto.subtle.verify(ALGORITHM, verifier, bytes, messageOf(key, Number(expires)));
}

const isSecret = (secret: string | undefined): secret is string => (secret?.length ?? 0) >= SHORTEST_SECRET;

const messageOf = (key: string, expires: number): Uint8Array => new TextEncoder().encode(`media ${key} ${expires}`);

async function importSecret(secret: string | undefined, use: 'sign' | 'verify'): Promise<CryptoKey> {
  if (!isSecret(secret)) throw new Error(`MEDIA_SECRET must have ${SHORTEST_SECRET} characters or more`);
  return crypto.subtle.importKey('raw', new TextEncoder().encode(secret), ALGORITHM, false, [use]);
}
