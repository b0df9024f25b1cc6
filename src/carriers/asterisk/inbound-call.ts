import { beginCall } from '../../calls/api/admit.ts';
import { receiveInbound } from '../../calls/api/inbound.ts';
import { newId } from '../../lib/ids.ts';
import type { GatewayContext } from './context.ts';
import type { InboundCall } from './events.ts';
import { type GatewayLeg, inboundLeg, isLive } from './leg.ts';

/** The caller hears SIP 404. */
const NUMBER_UNKNOWN = { reason_code: '1' };
/** The carrier hears SIP 503, and tries another gateway. */
const TRY_ELSEWHERE = { reason: 'congestion' };

/** Takes a call from the phone network. It gets an id of ours, under which everything about its channel is reported. */
export async function takeInboundCall(context: GatewayContext, call: InboundCall): Promise<void> {
  const { gateway, env, legs, socket, report } = context;
  const id = newId('CA', Date.now());
  const { channel, trunk, called, caller } = call;
  const leg = inboundLeg(id, channel, trunk, Date.now());
  legs.save(leg);
  try {
    const home = { gateway, trunk, capacity: 0, gatewayCapacity: 0 };
    const admitted = await receiveInbound({ id, mode: 'live', called, caller, routes: [home] }, env);
    if (!admitted.ok) return await refuse(context, leg, NUMBER_UNKNOWN);
    await socket.request({ method: 'POST', uri: `channels/${channel}/ring` });
    await beginCall(admitted.value, env);
    // A caller who gave up before the call existed could not be reported to it.
    const now = legs.find(id);
    if (now && !isLive(now)) report(id, [{ type: 'leg.ended', cause: 'normal' }]);
  } catch {
    await refuse(context, leg, TRY_ELSEWHERE);
  }
}

async function refuse({ legs, socket }: GatewayContext, leg: GatewayLeg, query: Record<string, string>): Promise<void> {
  legs.remove(leg);
  await socket.request({ method: 'DELETE', uri: `channels/${leg.channel}`, query }).catch(() => undefined);
}
