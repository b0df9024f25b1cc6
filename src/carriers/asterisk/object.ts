import { DurableObject } from 'cloudflare:workers';
import type { EndCause, Instruction, LegCommand, LegFact, Prompt } from '../../contracts/carrier.ts';
import { legOwner } from '../../contracts/leg-owner.ts';
import { gatewayObject } from '../../contracts/objects.ts';
import { TOKEN_HASH } from '../../gateways/gateway.ts';
import type { GatewayMethods } from '../../gateways/rpc.ts';
import { findGateway } from '../../gateways/store/queries.ts';
import { limiter } from '../../lib/limiter.ts';
import { handleAlarm } from '../../lib/object-shell.ts';
import { done, type Result, refused } from '../../lib/result.ts';
import type { TelephoneRate } from '../../speech/audio/audio.ts';
import { BridgeRunner } from './bridging.ts';
import { detectorOf, requestsFor, whispererDone } from './commands.ts';
import type { CommandResult, GatewayContext } from './context.ts';
import { EventDelivery } from './event-delivery.ts';
import {
  type AriEvent,
  applyAriEvent,
  channelOf,
  detectionIn,
  end,
  inboundCallIn,
  isTooLate,
  readFrame,
  whisperedTo,
} from './events.ts';
import { takeInboundCall } from './inbound-call.ts';
import { endLeg, firstOf, type Leg, takeCommand, without } from './leg.ts';
import { LegStore } from './leg-store.ts';
import { Originator } from './originate.ts';
import { PlaybackRunner } from './playback.ts';
import { type Prepared, preparePrompts } from './prompts.ts';
import { RecorderRunner } from './recording.ts';
import { GatewaySocket } from './socket.ts';
import { GatewaySupervisor } from './supervisor.ts';

/** An MP3 near the limits takes 40 MB while it is decoded; all objects of an isolate share 128 MB. */
const FILES_AT_ONCE = 2;

/** One Asterisk gateway: holds its socket, gives it what calls ask, and tells calls what it reports. */
export class GatewayObject extends DurableObject<Env> implements GatewayMethods {
  readonly #id = this.ctx.id.name ?? '';
  readonly #legs = new LegStore(this.ctx.storage);
  readonly #socket = new GatewaySocket(this.ctx);
  readonly #teller = new EventDelivery(this.#legs, (leg, events) => legOwner(leg, this.env).legEvents(events));
  readonly #watch = new GatewaySupervisor({
    storage: this.ctx.storage,
    legs: this.#legs,
    socket: this.#socket,
    tell: (leg, facts) => this.#tell(leg, facts),
    unlinked: (channel) => this.#bridging.unlinked(channel),
    compareRecorders: () => this.#recording.compare(),
    retry: () => this.#teller.retry(),
    mayConnect: (tokenHash) => this.mayConnect(tokenHash),
  });
  /** Legs that are being worked for, by this incarnation of the object. */
  readonly #working = new Set<string>();
  readonly #desk: GatewayContext = {
    gateway: this.#id,
    env: this.env,
    legs: this.#legs,
    socket: this.#socket,
    tell: (leg, facts) => this.#tell(leg, facts),
    workOn: (leg) => this.#workOn(leg),
    background: (work) => this.ctx.waitUntil(work),
    wakeIn: (milliseconds) => this.#watch.wakeIn(milliseconds),
  };
  readonly #dialling = new Originator(this.#desk, (leg, cause) => this.#end(leg, cause));
  readonly #playing = new PlaybackRunner(this.#desk, (...what) => this.prepare(...what));
  readonly #bridging = new BridgeRunner(this.#desk);
  readonly #recording = new RecorderRunner(this.#desk);
  readonly #fileInTurn = limiter(FILES_AT_ONCE);
  #greeting: Promise<unknown> = Promise.resolve();

  /** The gateway's own connection; the route has checked its token. */
  override async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    const tokenHash = request.headers.get(TOKEN_HASH) ?? '';
    const { origin } = new URL(request.url);
    const now = Date.now();
    this.#socket.accept(server, { since: now, origin, ready: false, tokenHash, checkedAt: now });
    await this.#watch.expectGreeting();
    return new Response(null, { status: 101, webSocket: client, headers: { 'sec-websocket-protocol': 'ari' } });
  }

  /** Not before Asterisk has told that it listens: what it is sent with the handshake, it loses. */
  #greet(): void {
    this.#greeting = this.#watch.greet().then((ready) => {
      if (ready) for (const leg of this.#legs.all()) this.#workOn(leg.id);
    });
    this.ctx.waitUntil(this.#greeting);
  }

  async perform(command: LegCommand): Promise<Result<undefined, EndCause>> {
    const known = this.#legs.find(command.leg) ?? firstOf(command, Date.now());
    if (!known) return done(undefined);
    if (known.movedTo !== undefined) return gatewayObject(this.env, known.movedTo).perform(command);
    const { leg, facts } = takeCommand(known, command);
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
    await this.#hear(frame.event);
  }

  async #hear(event: AriEvent): Promise<void> {
    const detection = detectionIn(event);
    if (detection) return this.#detected(detection);
    if (this.#recording.hear(event)) return;
    const arrival = inboundCallIn(event);
    const leg = this.#legs.findByChannel(channelOf(event) ?? '') ?? this.#legs.find(whisperedTo(event));
    if (arrival && !leg) return takeInboundCall(this.#desk, arrival);
    if (isTooLate(event, leg)) return this.#hangUp(event.channel?.id ?? '');
    if (!leg) return this.ctx.waitUntil(this.#bridging.hear(event).catch(() => undefined));
    const heard = applyAriEvent(leg, event, Date.now());
    // Nothing else: the leg goes on as the one that dials again.
    if (heard.another) return this.ctx.waitUntil(this.#dialling.dialAgain(leg, heard.another));
    if (heard.leg.status !== leg.status) this.#legs.save(heard.leg);
    else this.#legs.keep(heard.leg);
    this.#tell(leg.id, heard.facts);
    this.#clearUp(leg, heard.leg, event);
  }

  #detected({ leg, isMachine }: { leg: string; isMachine: boolean }): void {
    if (isMachine) this.#tell(leg, [{ type: 'leg.machine-detected' }]);
    this.#hangUp(detectorOf(leg));
  }

  /** What the end of a leg, or of what was whispered to it, leaves behind on the gateway. */
  #clearUp(before: Leg, after: Leg, { playback }: AriEvent): void {
    if (after.status === 'over' && before.membership)
      this.ctx.waitUntil(this.#bridging.gone(before).catch(() => undefined));
    const whisperer = playback && whispererDone(before, playback);
    if (whisperer === undefined) return;
    this.#hangUp(whisperer);
  }

  #hangUp(channel: string): void {
    const hungUp = this.#socket.ask({ method: 'DELETE', uri: `channels/${channel}` });
    this.ctx.waitUntil(hungUp.catch(() => undefined));
  }

  /** Another gateway will call with this word, and is let into the bridge. */
  expectLink(word: string, bridge: string): void {
    this.#bridging.expectLink(word, bridge);
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    if (this.#socket.is(socket)) this.ctx.waitUntil(this.#watch.lost(`the socket was closed: ${code} ${reason}`));
  }

  override webSocketError(socket: WebSocket): void {
    if (this.#socket.is(socket)) this.ctx.waitUntil(this.#watch.lost('the socket broke'));
  }

  override alarm(): Promise<void> {
    return handleAlarm(this.ctx, async () => {
      await this.#watch.look();
      await this.#dialling.hurry();
      for (const leg of this.#legs.all()) this.#workOn(leg.id);
    });
  }

  #tell(leg: string, facts: LegFact[]): void {
    if (facts.length === 0) return;
    const known = facts.map((fact) => (fact.type === 'leg.answered' ? { ...fact, gateway: this.#id } : fact));
    const told = this.#teller.tell(leg, known).then((taken) => (taken ? undefined : this.#watch.wakeIn(1000)));
    this.ctx.waitUntil(told);
  }

  /** Does what a leg has to do, unless that happens already. Never rejects: what could not be done stays. */
  #workOn(leg: string): void {
    this.ctx.waitUntil(this.#work(leg).catch(() => undefined));
  }

  async #work(id: string): Promise<Result<undefined, EndCause>> {
    if (this.#working.has(id)) return done(undefined);
    this.#working.add(id);
    try {
      for (let leg = this.#legs.find(id); leg?.todo[0]; leg = this.#legs.find(id)) {
        const [first] = leg.todo;
        const deed = await this.#do(leg, first);
        if (deed === 'later') break;
        const after = this.#legs.find(id) ?? leg;
        if (deed !== 'done') {
          this.#legs.save(endLeg(after, Date.now()));
          return refused(deed);
        }
        this.#legs.save(without(after, first));
      }
      return done(undefined);
    } finally {
      this.#working.delete(id);
    }
  }

  async #do(leg: Leg, instruction: Instruction): Promise<CommandResult> {
    if (instruction.do === 'dial') {
      this.#playing.expect(instruction);
      return this.#dialling.dial(leg, instruction);
    }
    if (!this.#socket.connection?.ready) return 'later';
    if (instruction.do === 'play') return this.#playing.play(leg, instruction);
    if (instruction.do === 'join') return this.#bridging.join(leg, instruction, this.#playing.hush(leg));
    if (instruction.do === 'leave') return this.#bridging.leave(leg);
    if (instruction.do === 'record') return this.#recording.open(leg, instruction);
    if (instruction.do === 'recorder') return this.#recording.set(leg, instruction);
    if (instruction.do === 'ring') this.#legs.keep({ ...leg, ringing: true });
    const asked = await Promise.all(requestsFor(leg, instruction).map((request) => this.#socket.askPatiently(request)));
    const isGone = instruction.do === 'hangup' && asked[0]?.status === 404;
    if (isGone) this.#end(leg.id, 'normal');
    return 'done';
  }

  #end(id: string, cause: EndCause): void {
    const leg = this.#legs.find(id);
    if (!leg) return;
    const { leg: after, facts } = end(leg, cause, Date.now());
    this.#legs.save(after);
    this.#tell(id, facts);
    if (leg.membership) this.ctx.waitUntil(this.#bridging.gone(leg).catch(() => undefined));
  }

  /** Whether the gateway is still registered, with the token that it showed when it connected. */
  async mayConnect(tokenHash: string): Promise<boolean> {
    return (await findGateway(this.env.DB, this.#id))?.tokenHash === tokenHash;
  }

  prepare(prompts: Prompt[], origin: string, rate: TelephoneRate): Promise<Prepared> {
    return preparePrompts(prompts, { env: this.env, origin, rate, inTurn: this.#fileInTurn });
  }
}
