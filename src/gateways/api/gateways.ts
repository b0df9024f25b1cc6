import { operatorRoute } from '../../accounts/api/route.ts';
import { hashKey } from '../../accounts/keys.ts';
import { gatewayObject } from '../../contracts/objects.ts';
import { type Endpoint, reply } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { timestamp } from '../../lib/timestamp.ts';
import type { GatewayStatus } from '../gateway.ts';
import { TOKEN_HASH } from '../gateway.ts';
import type { GatewayMethods } from '../rpc.ts';
import { allTrunks, findGateway, type Gateway, listGateways } from '../store/queries.ts';
import { gatewayErrors } from './errors.ts';
import { GatewayList } from './schemas.ts';

/** Where gateways connect: their own token, no API key. */
export const connectGateway: Endpoint = {
  method: 'GET',
  path: '/v1/gateway',
  async answer(request, _params, env) {
    const gateway = await authenticateGateway(request, env);
    if (!gateway) throw gatewayErrors.gateway_unauthorized([], { 'www-authenticate': 'Basic realm="gateway"' });
    const protocols = (request.headers.get('sec-websocket-protocol') ?? '').split(/\s*,\s*/);
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket' || !protocols.includes('ari')) {
      throw gatewayErrors.upgrade_required([], { upgrade: 'websocket' });
    }
    return gatewayObject<GatewayMethods>(env, gateway.id).fetch(
      new Request(request.url, { headers: { upgrade: 'websocket', [TOKEN_HASH]: gateway.tokenHash } }),
    );
  },
};

/** The gateway behind HTTP Basic; whatever is wrong, the same work is done and the same answer given. */
export async function authenticateGateway(request: Request, env: Env): Promise<Gateway | undefined> {
  const { id, token } = readBasic(request.headers.get('authorization') ?? '');
  const [gateway, hash] = await Promise.all([findGateway(env.DB, id), hashKey(token)]);
  const encoder = new TextEncoder();
  const expected = encoder.encode(gateway?.tokenHash ?? '0'.repeat(64));
  return crypto.subtle.timingSafeEqual(encoder.encode(hash), expected) ? gateway : undefined;
}

function readBasic(header: string): { id: string; token: string } {
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]{1,400})$/i.exec(header) ?? [];
  const text = decode(encoded);
  const colon = text.indexOf(':');
  return colon < 1 ? { id: '', token: '' } : { id: text.slice(0, colon), token: text.slice(colon + 1) };
}

function decode(encoded: string): string {
  try {
    return atob(encoded);
  } catch {
    return '';
  }
}

export const listAllGateways = operatorRoute({
  method: 'GET',
  path: '/v1/voice/gateways',
  operationId: 'listGateways',
  summary: 'The gateways and how they are (operator keys)',
  tag: 'Operation',
  replies: { 200: GatewayList },
  async handle({ env }) {
    const [gateways, trunks] = await Promise.all([listGateways(env.DB), allTrunks(env.DB)]);
    const views = gateways.map(async (gateway) => {
      const status = await gatewayObject<GatewayMethods>(env, gateway.id).status();
      const own = trunks.filter((trunk) => trunk.gateway === gateway.id).map(({ id }) => id);
      return { ...viewGateway(gateway, status), trunks: own };
    });
    return reply(200, { gateways: await Promise.all(views) });
  },
});

const viewGateway = ({ id, region, capacity }: Gateway, status: GatewayStatus) =>
  defined({
    id,
    region,
    capacity,
    connected_since: timestamp(status.connectedSince),
    version: status.version,
    live_channels: status.liveChannels,
    last_error: status.lastError && { at: timestamp(status.lastError.at), message: status.lastError.message },
    ignored_frames: status.garbage,
  });
