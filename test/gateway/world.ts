import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrunkInput } from '../../src/gateway-agent/configuration/trunks.ts';
import { type GatewayOptions, type RunningGateway, startGateway } from '../../src/gateway-agent/gateway.ts';
import { localAddresses } from '../../src/gateway-agent/listen-addresses.ts';
import { localTrunk, type PhoneNetwork, startPhoneNetwork } from '../../src/gateway-agent/phone-network.ts';
import { apiClient, type Json } from '../support/api.ts';
import { prepareState, type RunningWorker, startWorker } from '../support/worker.ts';

export const FROM = '+31851234567';

export interface WorldOptions extends GatewayOptions {
  /** The module that the Worker runs, when it is not the product's own. */
  entry?: string;
  /** Starts a proxy to the Worker's URL for gateways, and resolves to the URL to which the gateway connects instead. */
  viaProxy?: (worker: string) => Promise<string>;
  /** Indices of further gateways, `gw-<index>`. Each has a trunk `phones` to the same phone network, tried after that of the first. */
  otherIndices?: number[];
  /** Whether the gateways are linked, so that legs of one can meet legs of the other. */
  linked?: boolean;
  /** Commands of `npm run gateways`. They run before the Worker starts, which keeps trunks in memory for some seconds. */
  registry?: string[][];
}

/** The Worker, one gateway or more, and the phone network, all on this machine. */
export interface World {
  worker: RunningWorker;
  phones: PhoneNetwork;
  gateway: RunningGateway;
  /** The gateways of `otherIndices`. */
  otherGateways: RunningGateway[];
  state: string;
  api: ReturnType<typeof apiClient>;
  operator: ReturnType<typeof apiClient>;
  /** Calls a number with a live key. */
  call(to: string, order?: Json): Promise<string>;
  /** Resolves to the call once it has this status; rejects when it ends without. */
  until(id: string, status: string): Promise<Json>;
  types(id: string): Promise<unknown[]>;
  end(): Promise<void>;
}

export async function startWorld(index: number, options: WorldOptions = {}): Promise<World> {
  const {
    entry,
    viaProxy = async (worker) => worker,
    otherIndices: indices = [],
    registry = [],
    linked,
    ...first
  } = options;
  const all = [index, ...indices];
  const linksOf = (own: number) => (linked ? all.filter((it) => it !== own).map((it) => linkTrunk(it, index)) : []);
  const state = mkdtempSync(join(tmpdir(), 'telefoon-gateway-'));
  prepareState(state);
  const tokens = indices.map((it) => registerGateway(state, it));
  for (const command of registry) runGateways(state, command);
  const worker = await startWorker(state, undefined, entry);
  const phones = await startPhoneNetwork({ index });
  const own = [localTrunk(index), ...linksOf(index)];
  const gateway = await startGateway({ index, worker: await viaProxy(gatewayUrl(worker)), trunks: own, ...first });
  const otherGateways = await Promise.all(
    indices.map((it, at) =>
      startGateway({
        index: it,
        worker: gatewayUrl(worker),
        id: idOf(it),
        token: tokens[at],
        trunks: [localTrunk(index), ...linksOf(it)],
      }),
    ),
  );
  const api = apiClient('tf_live_local', worker.url);
  const operator = apiClient('tf_operator_local', worker.url);
  const world: World = {
    worker,
    phones,
    gateway,
    otherGateways,
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
      await Promise.all([world.gateway, ...world.otherGateways, phones].map((instance) => instance.stop()));
      await world.worker.kill();
      rmSync(state, { recursive: true, force: true });
    },
  };
  await Promise.all([gateway, ...otherGateways].map(({ id }) => untilConnected(world, 0, id)));
  return world;
}

const idOf = (index: number): string => `gw-${index}`;

/** Registers a gateway with its trunk to the phone network, and returns its token. */
function registerGateway(state: string, index: number): string {
  const added = runGateways(state, ['add', idOf(index), '--region', 'this machine']);
  runGateways(state, ['trunk', idOf(index), 'phones', '--serves', '*', '--order', '2']);
  const [, token] = /^Token +(\S+)$/m.exec(added) ?? [];
  if (token === undefined) throw new Error('no token was printed');
  return token;
}

const runGateways = (state: string, command: string[]): string =>
  execFileSync('node', ['src/cli/gateways.ts', ...command, '--persist-to', state], { encoding: 'utf8' });

/** The trunk by which gateways of a world reach another one. */
function linkTrunk(index: number, first: number): TrunkInput {
  const { sipAddress, sipPort } = localAddresses('gateway', index);
  const id = index === first ? 'gw-local' : idOf(index);
  return { kind: 'gateway', id, host: sipAddress, port: sipPort, matches: [sipAddress] };
}

export const gatewayUrl = ({ url }: RunningWorker): string => `${url.replace('http', 'ws')}/v1/gateway`;

/** The gateway as the operator sees it. */
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

/** Resolves when the operator sees that the gateway is not connected. */
export async function untilDisconnected(world: Pick<World, 'operator'>, id = 'gw-local'): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const view = await gatewayView(world, id).catch(() => undefined);
    if (view && !view.connected_since) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the gateway stayed connected');
}
