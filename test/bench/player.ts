// The product with a door to a gateway's object: the entry that a customer's long audio file is measured with.

import type { PreparedPrompts } from '../../src/carriers/asterisk/prompts.ts';
import type { Prompt } from '../../src/contracts/carrier.ts';
import { gatewayObject } from '../../src/contracts/objects.ts';
import type { GatewayMethods } from '../../src/gateways/rpc.ts';
import worker, * as product from '../../src/index.ts';
import type { TelephoneRate } from '../../src/speech/audio/audio.ts';

export const { CallObject, GatewayObject, SimulatedObject } = product;
export const { ConferenceNameObject, ConferenceObject, RecordingObject } = product;

interface PlayerMethods extends GatewayMethods {
  prepare(prompts: Prompt[], origin: string, rate: TelephoneRate): Promise<PreparedPrompts>;
}

/** The product, with a door through which prompts are prepared for no call, and the same object is asked for something small. */
// biome-ignore lint/style/noDefaultExport: the platform asks for one
export default {
  ...worker,
  async fetch(request, env) {
    const { pathname, searchParams, origin } = new URL(request.url);
    const object = gatewayObject<PlayerMethods>(env, 'gw-bench');
    if (pathname === '/status') return Response.json(await object.status());
    if (pathname !== '/prepare') return worker.fetch(request, env);
    const play = searchParams.get('url') ?? '';
    return Response.json(await object.prepare([{ play, times: 1 }], origin, 8000));
  },
} satisfies ExportedHandler<Env, never>;
