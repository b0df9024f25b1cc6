import { operatorRoute } from '../../accounts/api/route.ts';
import { gatewayObject } from '../../contracts/objects.ts';
import { reply } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { timestamp } from '../../lib/timestamp.ts';
import type { Gateway, GatewayStatus } from '../gateway.ts';
import type { GatewayMethods } from '../rpc.ts';
import { listGateways, listTrunks } from '../store/queries.ts';
import { GatewayList } from './schemas.ts';

export const listAllGateways = operatorRoute({
  method: 'GET',
  path: '/v1/voice/gateways',
  operationId: 'listGateways',
  summary: 'The gateways and how they are (operator keys)',
  tag: 'Operation',
  replies: { 200: GatewayList },
  async handle({ env }) {
    const [gateways, trunks] = await Promise.all([listGateways(env.DB), listTrunks(env.DB)]);
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
    ignored_frames: status.ignoredFrames,
  });
