import { beginCall } from '../../calls/api/admit.ts';
import { receiveInbound } from '../../calls/api/inbound.ts';
import { newId } from '../../lib/ids.ts';
import type { GatewayContext } from './context.ts';
import type { InboundCall } from './events.ts';
import { incomingLeg, isLive, type Leg } from './leg.ts';

/** SIP 404. */
const NOBODY = { reason_code: '1' };
/** SIP 503: the carrier tries another gateway. */
const TRY_ELSEWHERE = { reason: 'congestion' };

/** A call from the phone network: it gets an id of ours, under which everything about its channel is told. */
export async function takeInboundCall(desk: GatewayContext, arrival: InboundCall): Promise<void> {
  const { gateway, env, legs, socket, tell } = desk;
  const id = newId('CA', Date.now());
  const { channel, trunk } = arrival;
  const leg = incomingLeg(id, channel, trunk, Date.now());
  legs.save(leg);
  try {
    const home = { gateway, trunk, capacity: 0, gatewayCapacity: 0 };
    const { called, caller } = arrival;
    const admitted = await receiveInbound({ id, mode: 'live', called, caller, routes: [home] }, env);
    if (!admitted.ok) return await turnAway(desk, leg, NOBODY);
    await socket.ask({ method: 'POST', uri: `channels/${channel}/ring` });
    await beginCall(admitted.value, env);
    // The caller may have given up before there was a call to tell.
    const now = legs.find(id);
    if (now && !isLive(now)) tell(id, [{ type: 'leg.ended', cause: 'normal' }]);
  } catch {
    await turnAway(desk, leg, TRY_ELSEWHERE);
  }
}

async function turnAway({ legs, socket }: GatewayContext, leg: Leg, query: Record<string, string>): Promise<void> {
  legs.remove(leg);
  await socket.ask({ method: 'DELETE', uri: `channels/${leg.channel}`, query }).catch(() => undefined);
}
