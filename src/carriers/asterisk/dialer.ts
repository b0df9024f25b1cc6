import type { EndCause, Instruction, Route } from '../../contracts/carrier.ts';
import { gatewayObject } from '../../contracts/objects.ts';
import { originateRequest } from './channel-requests.ts';
import type { CommandResult, GatewayContext } from './context.ts';
import { type GatewayLeg, withNewChannel } from './leg.ts';
import { type NextTrunk, nextTrunk } from './next-trunk.ts';
import { mayFailOver, NO_RESPONSE_MS, parseSipStatus, type SipStatus, trunkTimeout } from './trunk-timeout.ts';

/** Places a call over one trunk after the other, those of other gateways included. */
export class Dialer {
  readonly #context: GatewayContext;
  readonly #endLeg: (leg: string, cause: EndCause) => void;

  constructor(context: GatewayContext, endLeg: (leg: string, cause: EndCause) => void) {
    this.#context = context;
    this.#endLeg = endLeg;
  }

  async dial(leg: GatewayLeg, { to, from, routes = [] }: Extract<Instruction, { do: 'dial' }>): Promise<CommandResult> {
    // The request was sent before, and no response came. Over the same trunk, under the same name, it cannot reach a phone
    // twice; over another trunk it could.
    if (leg.status === 'dialing') return this.#originate(leg);
    return this.#dialNextTrunk({ ...leg, dial: { to, from, routes } });
  }

  /** Goes on over the next trunk, because the last one could not place the call before any phone rang; or ends the leg. */
  async failOver(leg: GatewayLeg, cause: EndCause): Promise<void> {
    const result = await this.#dialNextTrunk(leg, cause).catch(() => cause);
    if (result !== 'done' && result !== 'later') this.#endLeg(leg.id, cause);
  }

  /** Leaves trunks that have said nothing for too long, where there is another one. */
  async leaveSilentTrunks(): Promise<void> {
    const waiting = this.#context.legs.live().filter(mayFailOver);
    await Promise.all(waiting.map((leg) => this.#leaveIfSilent(leg).catch(() => undefined)));
  }

  async #leaveIfSilent({ id, channel, since }: GatewayLeg): Promise<void> {
    const { legs, socket, background, wakeIn } = this.#context;
    const status = Date.now() < since + NO_RESPONSE_MS ? 0 : await this.#lastSipStatus(channel);
    const leg = legs.find(id);
    if (!leg?.dial || leg.channel !== channel || !mayFailOver(leg)) return;
    const timeout = trunkTimeout(status);
    if (timeout === Number.POSITIVE_INFINITY) {
      return legs.keepInMemory({ ...leg, dial: { ...leg.dial, progressing: true } });
    }
    const left = since + timeout - Date.now();
    if (left > 0) return wakeIn(left);
    if (this.#chooseTrunk(leg, 'congestion').do === 'refuse') return wakeIn(NO_RESPONSE_MS);
    const moving = withNewChannel(leg);
    legs.save(moving);
    background(socket.request({ method: 'DELETE', uri: `channels/${channel}` }).catch(() => undefined));
    // Nothing is awaited between the above and this, so that a hang-up finds either the old channel or the new one.
    await this.failOver(moving, 'congestion');
  }

  /** Asks Asterisk, which keeps the last SIP status of a channel, so that no event has to report each of them. */
  async #lastSipStatus(channel: string): Promise<SipStatus> {
    const { socket } = this.#context;
    const { status, body } = await socket.request({ method: 'GET', uri: `channels/${channel}` });
    const { name, state } = (body ?? {}) as { name?: string; state?: string };
    if (status !== 200) return undefined;
    if (state !== 'Down') return 180;
    const variable = `HANGUPCAUSE(${name},tech)`;
    const response = await socket.request({ method: 'GET', uri: `channels/${channel}/variable`, query: { variable } });
    return parseSipStatus((response.body as { value?: string } | undefined)?.value);
  }

  #chooseTrunk(leg: GatewayLeg, lastCause?: EndCause): NextTrunk {
    const { gateway, legs, socket } = this.#context;
    const others = legs.live().filter(({ id, status }) => id !== leg.id && status !== 'new');
    const load = {
      gateway,
      connected: socket.connection?.ready ?? false,
      calls: others.length,
      callsOf: (trunk: string) => others.filter((it) => it.trunk === trunk).length,
    };
    return nextTrunk(leg.dial?.routes ?? [], load, lastCause);
  }

  async #dialNextTrunk(leg: GatewayLeg, lastCause?: EndCause): Promise<CommandResult> {
    const { legs } = this.#context;
    const { to = '', from = '' } = leg.dial ?? {};
    const next = this.#chooseTrunk(leg, lastCause);
    if (next.do === 'refuse') return next.cause;
    if (next.do === 'hand-over') return this.#handOver(leg, next.gateway, next.routes);
    const { trunk } = next.route;
    const pending = legs.find(leg.id)?.pending ?? leg.pending;
    const dial = { to, from, routes: next.rest };
    const dialing: GatewayLeg = { ...leg, pending, trunk, status: 'dialing', since: Date.now(), dial };
    legs.save(dialing);
    return this.#originate(dialing);
  }

  async #originate(leg: GatewayLeg): Promise<CommandResult> {
    const { legs, socket, background, wakeIn } = this.#context;
    if (!socket.connection?.ready) return 'later';
    const { to = '', from = '', routes = [] } = leg.dial ?? {};
    if (routes.length > 0) background(wakeIn(NO_RESPONSE_MS));
    const request = originateRequest(leg, to, from, leg.trunk);
    if (!request) return 'unallocated';
    const { status } = await socket.request(request);
    if (status < 300) return 'done';
    // After one 409 Asterisk answers other failures with it, too: only a channel that exists is a success.
    const channel = status === 409 && (await socket.request({ method: 'GET', uri: `channels/${leg.channel}` }));
    if (channel && channel.status === 200) return 'done';
    return this.#dialNextTrunk(legs.find(leg.id) ?? leg, 'congestion');
  }

  /** Another gateway goes on with the routes that are left; what the call asks from now on is passed on to it. */
  async #handOver(leg: GatewayLeg, gateway: string, routes: Route[]): Promise<CommandResult> {
    const { legs, env } = this.#context;
    const { to = '', from = '' } = leg.dial ?? {};
    legs.save({ ...leg, status: 'moved', since: Date.now(), movedTo: gateway });
    // The call never comes back here: two gateways would pass its commands to each other without end.
    const others = routes.filter((route) => route.gateway !== this.#context.gateway);
    const dial: Instruction = { do: 'dial', to, from, routes: others };
    const command = { leg: leg.id, first: 1, at: Date.now(), instructions: [dial] };
    const result = await gatewayObject(env, gateway).perform(command);
    return result.ok ? 'done' : result.refusal;
  }
}
