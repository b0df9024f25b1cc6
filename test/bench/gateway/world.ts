import { setTimeout as sleep } from 'node:timers/promises';
import { hashKey } from '../../../src/accounts/keys.ts';
import { insertSql } from '../../../src/cli/database.ts';
import { LOCAL_ID, LOCAL_TOKEN, type RunningGateway, startGateway } from '../../../src/gateway-agent/gateway.ts';
import { assertSipPortFree, localAddresses } from '../../../src/gateway-agent/listen-addresses.ts';
import { ACCOUNT } from '../database.ts';
import { build, newFolder, type Server, startWorker } from '../server.ts';
import { BareClient } from './bare-client.ts';
import { type FlowServer, startFlowServer } from './flow-server.ts';
import { Phone } from './phone.ts';

/** The index of the gateway and of the phone's addresses; tests use other ones. */
const INDEX = 7;

export const LIVE_KEY = 'tf_live_bench';
const OPERATOR_KEY = 'tf_operator_bench';

/** Everything that a measured call passes through, all on this machine. */
export interface World {
  worker: Server;
  gateway: RunningGateway;
  phone: Phone;
  customer: FlowServer;
  bare: BareClient;
  end(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  // What was started is ended in the opposite order, also when the rest could not be started.
  const ends: (() => unknown)[] = [];
  const end = async (): Promise<void> => {
    for (const one of ends.splice(0).reverse()) await one();
  };
  const ending = <Thing>(thing: Thing, stop: (thing: Thing) => unknown): Thing => {
    ends.push(() => stop(thing));
    return thing;
  };
  try {
    const folder = ending(await newFolder(), (it) => it.remove());
    const place = localAddresses('phones', INDEX);
    await assertSipPortFree(place);
    const phone = ending(await Phone.start(place.sipAddress, place.sipPort), (it) => it.close());
    const customer = ending(await startFlowServer(), (it) => it.close());
    const worker = ending(await startWorker('gateways', await build('index', folder.path), folder.path), (it) =>
      it.stop(),
    );
    await register(worker);
    const socket = `${worker.url.replace('http', 'ws')}/v1/gateway`;
    const gateway = ending(await startGateway({ index: INDEX, worker: socket }), (it) => it.stop());
    const bare = ending(await BareClient.connect(gateway), (it) => it.close());
    await untilConnected(worker);
    return { worker, gateway, phone, customer, bare, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Registers the gateway with its trunk, a live key, and a key for the operator. */
async function register({ miniflare }: Server): Promise<void> {
  const created_at = Date.now();
  const trunk = { gateway: LOCAL_ID, id: 'phones', prefixes: '[""]', priority: 1, capacity: 250, emergency: '[]' };
  const token_hash = await hashKey(LOCAL_TOKEN);
  const db = await miniflare.getD1Database('DB', 'gateways');
  for (const statement of [
    insertSql('gateways', { id: LOCAL_ID, token_hash, region: 'this machine', capacity: 250, created_at }),
    insertSql('trunks', trunk),
    insertSql('api_keys', { hash: await hashKey(LIVE_KEY), account_id: ACCOUNT, mode: 'live', created_at }),
    insertSql('operator_keys', { hash: await hashKey(OPERATOR_KEY), created_at }),
  ]) {
    await db.prepare(statement).run();
  }
}

/** Resolves when the Worker would give the gateway calls. */
async function untilConnected({ url }: Server): Promise<void> {
  const headers = { 'x-api-key': OPERATOR_KEY };
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await fetch(`${url}/v1/voice/gateways`, { headers });
    const { gateways } = (await answer.json()) as { gateways?: { connected_since?: string }[] };
    if (gateways?.[0]?.connected_since !== undefined) return;
    if (Date.now() > deadline) throw new Error('The gateway did not connect.');
    await sleep(50);
  }
}
