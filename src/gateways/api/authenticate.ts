import { hashKey } from '../../accounts/keys.ts';
import { SIMULATED_GATEWAY } from '../../contracts/recording.ts';
import { KeyCache } from '../../lib/key-cache.ts';
import type { Gateway } from '../gateway.ts';
import { findGateway } from '../store/queries.ts';

/** A gateway that was removed must not come in again, so its token is looked up each time. */
const gateways = new KeyCache<Gateway>(0);

/**
 * The gateway whose id and token the request brings as HTTP Basic, or undefined. An unknown id takes as long as a wrong
 * token: nobody can find out which ids exist. While the database is away, a gateway that was connected shortly before comes
 * in again, since live calls are on it.
 */
export async function authenticateGateway(request: Request, env: Env): Promise<Gateway | undefined> {
  const { id, token } = readBasicCredentials(request.headers.get('authorization') ?? '');
  const hash = await hashKey(token);
  // The hash of both: an id has no colon.
  return gateways.owner(await hashKey(`${id}:${hash}`), Date.now(), () => gatewayWith(id, hash, env));
}

async function gatewayWith(id: string, hash: string, env: Env): Promise<Gateway | undefined> {
  const gateway = id === SIMULATED_GATEWAY ? undefined : await findGateway(env.DB, id);
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
