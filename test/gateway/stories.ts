import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Gateway, type GatewayOptions, startGateway } from '../../src/cli/gateway/gateway.ts';
import { type PhoneNetwork, startPhoneNetwork } from '../../src/cli/gateway/phone-network.ts';
import { apiClient, type Json } from '../support/api.ts';
import { prepareState, type RunningWorker, startWorker } from '../support/worker.ts';

export const FROM = '+31851234567';

/** The Worker, a gateway and the phone network, as on a laptop. */
export interface World {
  worker: RunningWorker;
  phones: PhoneNetwork;
  gateway: Gateway;
  state: string;
  api: ReturnType<typeof apiClient>;
  operator: ReturnType<typeof apiClient>;
  /** Calls a number with a live key. */
  call(to: string, order?: Json): Promise<string>;
  /** The call, once it has this status. */
  until(id: string, status: string): Promise<Json>;
  types(id: string): Promise<unknown[]>;
  end(): Promise<void>;
}

export async function startWorld(index: number, options: GatewayOptions = {}): Promise<World> {
  const state = mkdtempSync(join(tmpdir(), 'telefoon-gateway-'));
  prepareState(state);
  const worker = await startWorker(state);
  const phones = await startPhoneNetwork({ index });
  const gateway = await startGateway({ index, worker: socketOf(worker), ...options });
  const api = apiClient('tf_live_local', worker.url);
  const operator = apiClient('tf_operator_local', worker.url);
  const world: World = {
    worker,
    phones,
    gateway,
    state,
    api,
    operator,
    async call(to, order = {}) {
      const flow = [{ verb: 'pause', length: 60 }, { verb: 'hangup' }];
      const placed = await api.post('/calls', { to, from: FROM, ...('url' in order ? {} : { flow }), ...order });
      if (placed.status !== 201) throw new Error(JSON.stringify(placed.body));
      return String(placed.body.id);
    },
    async until(id, status) {
      for (let tries = 0; tries < 400; tries++) {
        const call = await api.call(id).catch(() => ({}) as Json);
        if (call.status === status) return call;
        if (call.end_time !== undefined)
          throw new Error(`the call ended ${call.status}, because of ${call.end_reason}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`the call did not become ${status}`);
    },
    types: async (id) => (await api.events(id)).map(({ type }) => type),
    async end() {
      await Promise.all([gateway.stop(), phones.stop()]);
      await world.worker.kill();
      rmSync(state, { recursive: true, force: true });
    },
  };
  await untilConnected(world);
  return world;
}

export const socketOf = ({ url }: RunningWorker): string => `${url.replace('http', 'ws')}/v1/gateway`;

/** What the operator sees of a gateway. */
export async function gatewayView({ operator }: Pick<World, 'operator'>, id = 'gw-local'): Promise<Json | undefined> {
  const { body } = await operator.get('/gateways');
  return (body.gateways as Json[]).find((gateway) => gateway.id === id);
}

export async function untilConnected(world: Pick<World, 'operator'>, since = 0, id = 'gw-local'): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const view = await gatewayView(world, id).catch(() => undefined);
    if (view?.connected_since && Date.parse(String(view.connected_since)) >= since) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the gateway did not connect');
}
