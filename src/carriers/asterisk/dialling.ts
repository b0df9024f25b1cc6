import { gatewayObject } from '../../objects.ts';
import type { EndCause, Instruction, Route } from '../carrier.ts';
import { originate } from './commands.ts';
import type { Deed, Desk } from './desk.ts';
import type { Leg } from './model.ts';
import { nextWay } from './routing.ts';

/** Places a call over one trunk after the other, also over those of other gateways. */
export class Dialling {
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  async dial(leg: Leg, { to, from, routes = [] }: Extract<Instruction, { do: 'dial' }>): Promise<Deed> {
    // It was sent before, and no answer came: on this trunk it cannot reach a phone twice, on another one it could.
    if (leg.status === 'dialing') return this.#call(leg);
    return this.#place({ ...leg, dial: { to, from, rest: routes } });
  }

  /** The trunk could not place the call before any phone rang. */
  async dialAgain(leg: Leg, why: EndCause): Promise<Deed> {
    return this.#place(leg, why).catch(() => why);
  }

  async #place(leg: Leg, last?: EndCause): Promise<Deed> {
    const { gateway, legs, socket } = this.#desk;
    const { to = '', from = '', rest: routes = [] } = leg.dial ?? {};
    const live = legs.live().filter(({ id, status }) => id !== leg.id && status !== 'new');
    const here = {
      gateway,
      connected: socket.connection?.ready ?? false,
      calls: live.length,
      callsOf: (trunk: string) => live.filter((it) => it.trunk === trunk).length,
    };
    const way = nextWay(routes, here, last);
    if (way.do === 'refuse') return way.cause;
    if (way.do === 'pass') return this.#pass(leg, way.gateway, way.routes);
    const { trunk } = way.route;
    const todo = legs.find(leg.id)?.todo ?? leg.todo;
    const dial = { to, from, rest: way.rest };
    const dialing: Leg = { ...leg, todo, trunk, status: 'dialing', since: Date.now(), dial };
    legs.save(dialing);
    return this.#call(dialing);
  }

  async #call(leg: Leg): Promise<Deed> {
    const { legs, socket } = this.#desk;
    if (!socket.connection?.ready) return 'later';
    const { to = '', from = '' } = leg.dial ?? {};
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
  async #pass(leg: Leg, gateway: string, routes: Route[]): Promise<Deed> {
    const { legs, env } = this.#desk;
    const { to = '', from = '' } = leg.dial ?? {};
    legs.save({ ...leg, status: 'moved', since: Date.now(), movedTo: gateway });
    const dial: Instruction = { do: 'dial', to, from, routes };
    const command = { leg: leg.id, first: 1, at: Date.now(), instructions: [dial] };
    const passed = await gatewayObject(env, gateway).perform(command);
    return passed.ok ? 'done' : passed.refusal;
  }
}
