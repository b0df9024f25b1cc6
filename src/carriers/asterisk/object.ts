import { DurableObject } from 'cloudflare:workers';
import { newId } from '../../lib/ids.ts';
import { done, type Outcome, refused } from '../../lib/outcome.ts';
import { callObject, gatewayObject } from '../../objects.ts';
import type { Carrier, EndCause, Instruction, LegCommand, LegFact, Prompt, Route } from '../carrier.ts';
import { originate, play, requestsFor, silence } from './commands.ts';
import { type Arrival, arrivalIn, channelOf, end, hear, readFrame } from './events.ts';
import { callFor } from './inbound.ts';
import { incomingLeg, isLive, type Leg, newLeg, over, take, without } from './model.ts';
import { type Prepared, preparePrompts } from './prompts.ts';
import { nextWay } from './routing.ts';
import { GatewaySocket } from './socket.ts';
import { LegStore } from './store.ts';
import { Teller } from './teller.ts';
import { Watch } from './watch.ts';

/** What came of one thing to do: `later` when it waits for the gateway, or for its prompts. */
type Deed = 'done' | 'later' | EndCause;

/** One Asterisk gateway: holds its socket, gives it what calls ask, and tells calls what it reports. */
export class GatewayObject extends DurableObject<Env> implements Carrier {
  readonly #id = this.ctx.id.name ?? '';
  readonly #legs = new LegStore(this.ctx.storage);
  readonly #socket = new GatewaySocket(this.ctx);
  readonly #teller = new Teller(this.#legs, (call, events) => callObject(this.env, call).legEvents(events));
  readonly #watch = new Watch({
    storage: this.ctx.storage,
    legs: this.#legs,
    socket: this.#socket,
    tell: (leg, facts) => this.#tell(leg, facts),
    retry: () => this.#teller.retry(),
  });
  /** Legs that are being worked for, by this incarnation of the object. */
  readonly #working = new Set<string>();
  /** Prompts of playbacks that have not begun: being made ready, or ready. */
  readonly #prompts = new Map<string, Prepared | 'preparing'>();
  #greeting: Promise<unknown> = Promise.resolve();

  /** The gateway's own connection; the route has checked its token. */
  override async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.#socket.accept(server, { since: Date.now(), origin: new URL(request.url).origin, ready: false });
    await this.#watch.expectGreeting();
    return new Response(null, { status: 101, webSocket: client, headers: { 'sec-websocket-protocol': 'ari' } });
  }

  /** Not before Asterisk has told that it listens: what it is sent with the handshake, it loses. */
  #greet(): void {
    this.#greeting = this.#watch.greet().then((ready) => {
      if (ready) for (const leg of this.#legs.live()) this.#workOn(leg.id);
    });
    this.ctx.waitUntil(this.#greeting);
  }

  async perform(command: LegCommand): Promise<Outcome<undefined, EndCause>> {
    const known = this.#legs.find(command.leg);
    if (!known && command.instructions[0]?.do !== 'dial') return done(undefined);
    if (known?.movedTo !== undefined) return gatewayObject(this.env, known.movedTo).perform(command);
    const { leg, facts } = take(known ?? newLeg(command.leg, Date.now()), command);
    this.#legs.save(leg);
    this.#tell(leg.id, facts);
    // A call that is placed while the gateway says hello can wait for it.
    if (leg.status === 'new') await this.#greeting;
    return this.#work(leg.id);
  }

  /** For the operator. */
  status() {
    return this.#watch.status();
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (!this.#socket.is(socket)) return;
    const frame = typeof message === 'string' ? readFrame(message) : undefined;
    if (!frame) return this.#watch.noteGarbage('a frame was ignored: Asterisk sends no such thing');
    if (frame.is === 'answer') {
      if (!this.#socket.settle(frame.id, frame)) this.#watch.noteGarbage('an answer was ignored: nobody waited for it');
      return;
    }
    if (frame.event.type === 'ApplicationRegistered') return this.#greet();
    const arrival = arrivalIn(frame.event);
    const leg = this.#legs.findByChannel(channelOf(frame.event) ?? '');
    if (arrival && !leg) return this.#welcome(arrival);
    if (!leg) return;
    const heard = hear(leg, frame.event, Date.now());
    // Nothing else: the leg goes on as the one that dials again.
    if (heard.another) return this.ctx.waitUntil(this.#dialAgain(leg, heard.another));
    if (heard.leg.status !== leg.status) this.#legs.save(heard.leg);
    else this.#legs.keep(heard.leg);
    this.#tell(leg.id, heard.facts);
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    if (this.#socket.is(socket)) this.ctx.waitUntil(this.#watch.lost(`the socket was closed: ${code} ${reason}`));
  }

  override webSocketError(socket: WebSocket): void {
    if (this.#socket.is(socket)) this.ctx.waitUntil(this.#watch.lost('the socket broke'));
  }

  override async alarm(): Promise<void> {
    await this.#watch.look();
    for (const leg of this.#legs.live()) this.#workOn(leg.id);
  }

  #tell(leg: string, facts: LegFact[]): void {
    if (facts.length === 0) return;
    const told = this.#teller.tell(leg, facts).then((taken) => (taken ? undefined : this.#watch.wakeIn(1000)));
    this.ctx.waitUntil(told);
  }

  /** Does what a leg has to do, unless that happens already. Never rejects: what could not be done stays. */
  #workOn(leg: string): void {
    this.ctx.waitUntil(this.#work(leg).catch(() => undefined));
  }

  async #work(id: string): Promise<Outcome<undefined, EndCause>> {
    if (this.#working.has(id)) return done(undefined);
    this.#working.add(id);
    try {
      for (let leg = this.#legs.find(id); leg?.todo[0]; leg = this.#legs.find(id)) {
        const [first] = leg.todo;
        const deed = await this.#do(leg, first);
        if (deed === 'later') break;
        const after = this.#legs.find(id) ?? leg;
        if (deed !== 'done') {
          this.#legs.save(over(after, Date.now()));
          return refused(deed);
        }
        this.#legs.save(without(after, first));
      }
      return done(undefined);
    } finally {
      this.#working.delete(id);
    }
  }

  async #do(leg: Leg, instruction: Instruction): Promise<Deed> {
    if (instruction.do === 'dial') return this.#dial(leg, instruction);
    if (!this.#socket.connection?.ready) return 'later';
    if (instruction.do === 'play') return this.#play(leg, instruction);
    const asked = await this.#askAll(requestsFor(leg, instruction));
    const isGone = instruction.do === 'hangup' && asked[0]?.status === 404;
    if (isGone) this.#end(leg.id, 'normal');
    return 'done';
  }

  async #askAll(requests: ReturnType<typeof requestsFor>) {
    return Promise.all(requests.map((request) => this.#socket.ask(request)));
  }

  #end(id: string, cause: EndCause): void {
    const leg = this.#legs.find(id);
    if (!leg) return;
    const { leg: after, facts } = end(leg, cause, Date.now());
    this.#legs.save(after);
    this.#tell(id, facts);
  }

  async #dial(leg: Leg, instruction: Extract<Instruction, { do: 'dial' }>): Promise<Deed> {
    const { to, from, routes = [], prepare } = instruction;
    const origin = this.#socket.connection?.origin;
    if (prepare && origin !== undefined) this.ctx.waitUntil(this.prepare(prepare, origin));
    // It was sent before, and no answer came: on this trunk it cannot reach a phone twice, on another one it could.
    if (leg.status === 'dialing') return this.#call(leg);
    return this.#place({ ...leg, dial: { to, from, rest: routes } });
  }

  /** Tries one trunk after the other. */
  async #place(leg: Leg, last?: EndCause): Promise<Deed> {
    const { to = '', from = '', rest: routes = [] } = leg.dial ?? {};
    const live = this.#legs.live().filter(({ id, status }) => id !== leg.id && status !== 'new');
    const here = {
      gateway: this.#id,
      connected: this.#socket.connection?.ready ?? false,
      calls: live.length,
      callsOf: (trunk: string) => live.filter((it) => it.trunk === trunk).length,
    };
    const way = nextWay(routes, here, last);
    if (way.do === 'refuse') return way.cause;
    if (way.do === 'pass') return this.#pass(leg, way.gateway, way.routes);
    const { trunk } = way.route;
    const todo = this.#legs.find(leg.id)?.todo ?? leg.todo;
    const dialing: Leg = {
      ...leg,
      todo,
      trunk,
      status: 'dialing',
      since: Date.now(),
      dial: { to, from, rest: way.rest },
    };
    this.#legs.save(dialing);
    return this.#call(dialing);
  }

  async #call(leg: Leg): Promise<Deed> {
    if (!this.#socket.connection?.ready) return 'later';
    const { to = '', from = '' } = leg.dial ?? {};
    const request = originate(leg, to, from, leg.trunk);
    if (!request) return 'unallocated';
    const { status } = await this.#socket.ask(request);
    if (status < 300) return 'done';
    // After one such answer Asterisk gives it for other failures, too: only an existing channel is a success.
    const exists = status === 409 && (await this.#socket.ask({ method: 'GET', uri: `channels/${leg.channel}` }));
    if (exists && exists.status === 200) return 'done';
    return this.#place(this.#legs.find(leg.id) ?? leg, 'congestion');
  }

  /** Another gateway goes on with the rest of the trunks; what the call asks from now on is passed on to it. */
  async #pass(leg: Leg, gateway: string, routes: Route[]): Promise<Deed> {
    const { to = '', from = '' } = leg.dial ?? {};
    this.#legs.save({ ...leg, status: 'moved', since: Date.now(), movedTo: gateway });
    const dial: Instruction = { do: 'dial', to, from, routes };
    const command = { leg: leg.id, first: 1, at: Date.now(), instructions: [dial] };
    const passed = await gatewayObject(this.env, gateway).perform(command);
    return passed.ok ? 'done' : passed.refusal;
  }

  /** The trunk could not place the call before any phone rang. */
  async #dialAgain(leg: Leg, why: EndCause): Promise<void> {
    const deed = await this.#place(leg, why).catch(() => why);
    if (deed !== 'done' && deed !== 'later') this.#end(leg.id, why);
  }

  async #play(leg: Leg, instruction: Extract<Instruction, { do: 'play' }>): Promise<Deed> {
    const prepared = this.#prompts.get(instruction.playback);
    if (prepared === undefined) this.ctx.waitUntil(this.#prepareFor(leg.id, instruction));
    if (prepared === undefined || prepared === 'preparing') return 'later';
    this.#prompts.delete(instruction.playback);
    const { requests, playback } = play(leg, instruction.playback, prepared.pieces);
    const stop = leg.playback ? silence(leg.playback) : [];
    // Known before it is asked for: its end may be reported before the answer comes.
    this.#tell(leg.id, leg.playback ? [{ type: 'leg.playback-ended', playback: leg.playback.id }] : []);
    const ended: LegFact = { type: 'leg.playback-ended', playback: instruction.playback };
    if (playback.parts.length === 0) {
      this.#tell(leg.id, [...prepared.failures, ended]);
      return 'done';
    }
    this.#legs.keep({ ...leg, playback });
    this.#tell(leg.id, prepared.failures);
    const answers = await this.#askAll([...stop, ...requests]);
    if ((answers.at(-1)?.status ?? 0) >= 400) this.#tell(leg.id, [PROMPT_REFUSED, ended]);
    return 'done';
  }

  /** Not awaited by the leg's work: a hang-up must not wait for a slow voice. */
  async #prepareFor(leg: string, { playback, prompts }: Extract<Instruction, { do: 'play' }>): Promise<void> {
    const origin = this.#socket.connection?.origin ?? '';
    this.#prompts.set(playback, 'preparing');
    await this.#watch.wakeIn(PREPARING_MS);
    const failed = (): Prepared => ({ pieces: [], failures: [{ type: 'leg.prompt-failed', code: 'prompt_failed' }] });
    const prepared = await this.prepare(prompts, origin).catch(failed);
    const isWanted = this.#legs.find(leg)?.todo.some((it) => it.do === 'play' && it.playback === playback);
    if (isWanted) this.#prompts.set(playback, prepared);
    else this.#prompts.delete(playback);
    await this.#work(leg).catch(() => undefined);
  }

  prepare(prompts: Prompt[], origin: string): Promise<Prepared> {
    return preparePrompts(prompts, origin, this.env);
  }

  /** A call from the phone network: it gets an id of ours, under which everything about its channel is told. */
  async #welcome(arrival: Arrival): Promise<void> {
    const id = newId('CA', Date.now());
    const { channel, trunk } = arrival;
    const leg = incomingLeg(id, channel, trunk, Date.now());
    this.#legs.save(leg);
    const uri = `channels/${channel}`;
    try {
      const home = { gateway: this.#id, trunk, capacity: 0, gatewayCapacity: 0 };
      const facts = await callFor(arrival, id, home, this.env);
      if (!facts) return await this.#turnAway(leg, NOBODY);
      await this.#socket.ask({ method: 'POST', uri: `${uri}/ring` });
      await callObject(this.env, id).begin(facts);
      // The caller may have given up before there was a call to tell.
      const now = this.#legs.find(id);
      if (now && !isLive(now)) this.#tell(id, [{ type: 'leg.ended', cause: 'normal' }]);
    } catch {
      await this.#turnAway(leg, TRY_ELSEWHERE);
    }
  }

  async #turnAway(leg: Leg, query: Record<string, string>): Promise<void> {
    this.#legs.remove(leg);
    await this.#socket.ask({ method: 'DELETE', uri: `channels/${leg.channel}`, query }).catch(() => undefined);
  }
}

/** Should the object die while a voice speaks, the alarm has it spoken again. */
const PREPARING_MS = 20_000;

/** SIP 404. */
const NOBODY = { reason_code: '1' };
/** SIP 503: the carrier tries another gateway. */
const TRY_ELSEWHERE = { reason: 'congestion' };

const PROMPT_REFUSED: LegFact = { type: 'leg.prompt-failed', code: 'prompt_not_played' };
