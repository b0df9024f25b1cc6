import { hashKey } from '../../accounts/keys.ts';
import type { Gateway } from '../gateway.ts';
import { findGateway } from '../store/queries.ts';

/**
 * The gateway whose id and token the request brings as HTTP Basic, or undefined. An unknown id takes as long as a wrong
 * token: nobody can find out which ids exist.
 */
export async function authenticateGateway(request: Request, env: Env): Promise<Gateway | undefined> {
  const { id, token } = readBasicCredentials(request.headers.get('authorization') ?? '');
  const [gateway, hash] = await Promise.all([findGateway(env.DB, id), hashKey(token)]);
  const encoder = new TextEncoder();
  const expected = encoder.encode(gateway?.tokenHash ?? '0'.repeat(64));
  return crypto.subtle.timingSafeEqual(encoder.encode(hash), expected) ? gateway : undefined;
}

function readBasicCredentials(header: string): { id: string; token: string } {
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]{1,400})$/i.exec(header) ?? [];
  const text = decodeBase64(encoded);
  const colon = text.indexOf(':');
  return colon < 1 ? { id: '', token: '' } : { id: text.slice(0, colon), token: text.slice(colon + 1) };
}

function decodeBase64(encoded: string): string {
  try {
    return atob(encoded);
  } catch {
    return '';
  }
}
