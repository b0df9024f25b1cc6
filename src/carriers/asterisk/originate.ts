import type { EndCause, Instruction, Route } from '../../contracts/carrier.ts';
import { gatewayObject } from '../../contracts/objects.ts';
import { nextRoute, type RouteDecision } from '../../gateways/routing.ts';
import { originate } from './commands.ts';
import type { CommandResult, GatewayContext } from './context.ts';
import { type Leg, onNewChannel } from './leg.ts';
import { mayLoseTrunk, SILENT_MS, type SipStatus, sipStatusIn, waitFor } from './trunk-timeout.ts';

/** Places a call over one trunk after the other, also over those of other gateways. */
export class Originator {
  readonly #desk: GatewayContext;
  readonly #end: (leg: string, cause: EndCause) => void;

  constructor(desk: GatewayContext, end: (leg: string, cause: EndCause) => void) {
    this.#desk = desk;
    this.#end = end;
  }

  async dial(leg: Leg, { to, from, routes = [] }: Extract<Instruction, { do: 'dial' }>): Promise<CommandResult> {
    // It was sent before, and no answer came: on this trunk it cannot reach a phone twice, on another one it could.
    if (leg.status === 'dialing') return this.#call(leg);
    return this.#place({ ...leg, dial: { to, from, rest: routes } });
  }

  /** The trunk could not place the call before any phone rang: the leg goes on over the next one, or ends. */
  async dialAgain(leg: Leg, why: EndCause): Promise<void> {
    const deed = await this.#place(leg, why).catch(() => why);
    if (deed !== 'done' && deed !== 'later') this.#end(leg.id, why);
  }

  /** Leaves trunks that have said nothing for too long, where there is another one. */
  async hurry(): Promise<void> {
    const waiting = this.#desk.legs.live().filter(mayLoseTrunk);
    await Promise.all(waiting.map((leg) => this.#hurry(leg).catch(() => undefined)));
  }

  async #hurry({ id, channel, since }: Leg): Promise<void> {
    const { legs, socket, background, wakeIn } = this.#desk;
    const said = Date.now() < since + SILENT_MS ? 0 : await this.#said(channel);
    const leg = legs.find(id);
    if (!leg?.dial || leg.channel !== channel || !mayLoseTrunk(leg)) return;
    const patience = waitFor(said);
    if (patience === Number.POSITIVE_INFINITY) return legs.keep({ ...leg, dial: { ...leg.dial, underway: true } });
    const left = since + patience - Date.now();
    if (left > 0) return wakeIn(left);
    if (this.#nextWay(leg, 'congestion').do === 'refuse') return wakeIn(SILENT_MS);
    const moving = onNewChannel(leg);
    legs.save(moving);
    background(socket.ask({ method: 'DELETE', uri: `channels/${channel}` }).catch(() => undefined));
    // In one go with the above, so that a hang-up finds either the old channel or the new one.
    await this.dialAgain(moving, 'congestion');
  }

  /** Asterisk keeps the last SIP status of a channel, so nobody need be told of each. */
  async #said(channel: string): Promise<SipStatus> {
    const { socket } = this.#desk;
    const { status, body } = await socket.ask({ method: 'GET', uri: `channels/${channel}` });
    const { name, state } = (body ?? {}) as { name?: string; state?: string };
    if (status !== 200) return undefined;
    if (state !== 'Down') return 180;
    const variable = `HANGUPCAUSE(${name},tech)`;
    const answer = await socket.ask({ method: 'GET', uri: `channels/${channel}/variable`, query: { variable } });
    return sipStatusIn((answer.body as { value?: string } | undefined)?.value);
  }

  #nextWay(leg: Leg, last?: EndCause): RouteDecision {
    const { gateway, legs, socket } = this.#desk;
    const live = legs.live().filter(({ id, status }) => id !== leg.id && status !== 'new');
    const here = {
      gateway,
      connected: socket.connection?.ready ?? false,
      calls: live.length,
      callsOf: (trunk: string) => live.filter((it) => it.trunk === trunk).length,
    };
    return nextRoute(leg.dial?.rest ?? [], here, last);
  }

  async #place(leg: Leg, last?: EndCause): Promise<CommandResult> {
    const { legs } = this.#desk;
    const { to = '', from = '' } = leg.dial ?? {};
    const way = this.#nextWay(leg, last);
    if (way.do === 'refuse') return way.cause;
    if (way.do === 'pass') return this.#pass(leg, way.gateway, way.routes);
    const { trunk } = way.route;
    const todo = legs.find(leg.id)?.todo ?? leg.todo;
    const dial = { to, from, rest: way.rest };
    const dialing: Leg = { ...leg, todo, trunk, status: 'dialing', since: Date.now(), dial };
    legs.save(dialing);
    return this.#call(dialing);
  }

  async #call(leg: Leg): Promise<CommandResult> {
    const { legs, socket, background, wakeIn } = this.#desk;
    if (!socket.connection?.ready) return 'later';
    const { to = '', from = '', rest = [] } = leg.dial ?? {};
    if (rest.length > 0) background(wakeIn(SILENT_MS));
    const request = originate(leg, to, from, leg.trunk);
    if (!request) return 'unallocated';
    const { status } = await socket.ask(request);
    if (status < 300) return 'done';
    // After one such answer Asterisk gives it for other failures, too: only an existing channel is a success.
    const exists = status === 409 && (await socket.ask({ method: 'GET', uri: `channels/${leg.channel}` }));
    if (exists && exists.status === 200) return 'done';
    return this.#place(legs.find(leg.id) ?? leg, 'congestion');
  }

  /** Another gateway goes on with the rest of the trunks; what the call asks from now on is passed on to it. */
  async #pass(leg: Leg, gateway: string, routes: Route[]): Promise<CommandResult> {
    const { legs, env } = this.#desk;
    const { to = '', from = '' } = leg.dial ?? {};
    legs.save({ ...leg, status: 'moved', since: Date.now(), movedTo: gateway });
    // It never comes back: two gateways would pass its commands to each other without end.
    const others = routes.filter((route) => route.gateway !== this.#desk.gateway);
    const dial: Instruction = { do: 'dial', to, from, routes: others };
    const command = { leg: leg.id, first: 1, at: Date.now(), instructions: [dial] };
    const passed = await gatewayObject(env, gateway).perform(command);
    return passed.ok ? 'done' : passed.refusal;
  }
}
