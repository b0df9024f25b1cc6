import { gatewayObject } from '../../contracts/objects.ts';
import type { Endpoint } from '../../http/route.ts';
import type { GatewayMethods } from '../rpc.ts';
import { authenticateGateway } from './authenticate.ts';
import { gatewayErrors } from './errors.ts';

/** The header in which the gateway's object is told the hash of the token that was checked here. */
export const TOKEN_HASH_HEADER = 'x-gateway-token-hash';

/** Gateways open their WebSocket here, with a token of their own instead of an API key. */
export const connectGateway: Endpoint = {
  method: 'GET',
  path: '/v1/gateway',
  async respond(request, _params, env) {
    const gateway = await authenticateGateway(request, env);
    if (!gateway) throw gatewayErrors.gateway_unauthorized([], { 'www-authenticate': 'Basic realm="gateway"' });
    const protocols = (request.headers.get('sec-websocket-protocol') ?? '').split(/\s*,\s*/);
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket' || !protocols.includes('ari')) {
      throw gatewayErrors.upgrade_required([], { upgrade: 'websocket' });
    }
    return gatewayObject<GatewayMethods>(env, gateway.id).fetch(
      new Request(request.url, { headers: { upgrade: 'websocket', [TOKEN_HASH_HEADER]: gateway.tokenHash } }),
    );
  },
};
