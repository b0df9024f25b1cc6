import { gatewayObject } from '../../contracts/objects.ts';
import { operatorRoute, reply } from '../../http/route.ts';
import type { Gateway, GatewayStatus } from '../gateway.ts';
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
      const status = (await gatewayObject(env, gateway.id).status()) as GatewayStatus;
      const own = trunks.filter((trunk) => trunk.gateway === gateway.id).map(({ id }) => id);
      return { ...viewGateway(gateway, status), trunks: own };
    });
    return reply(200, { gateways: await Promise.all(views) });
  },
});

const timestamp = (at: number): string => new Date(at).toISOString();

const viewGateway = ({ id, region, capacity }: Gateway, status: GatewayStatus) => ({
  id,
  region,
  capacity,
  ...(status.connectedSince !== undefined && { connected_since: timestamp(status.connectedSince) }),
  ...(status.version !== undefined && { version: status.version }),
  live_channels: status.liveChannels,
  ...(status.lastError && { last_error: { at: timestamp(status.lastError.at), message: status.lastError.message } }),
  ignored_frames: status.ignoredFrames,
});
