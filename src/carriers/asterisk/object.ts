import { DurableObject } from 'cloudflare:workers';
import type { EndCause, Instruction, LegCommand, LegFact, Prompt } from '../../contracts/carrier.ts';
import { legOwner } from '../../contracts/leg-owner.ts';
import { gatewayObject } from '../../contracts/objects.ts';
import { TOKEN_HASH_HEADER } from '../../gateways/api/connect.ts';
import type { GatewayStatus } from '../../gateways/gateway.ts';
import type { GatewayMethods } from '../../gateways/rpc.ts';
import { findGateway } from '../../gateways/store/queries.ts';
import { limiter } from '../../lib/limiter.ts';
import { handleAlarm } from '../../lib/object-shell.ts';
import { done, type Result, refused } from '../../lib/result.ts';
import { TokenBucket } from '../../lib/token-bucket.ts';
import type { TelephoneRate } from '../../speech/audio/audio.ts';
import { BridgeManager } from './bridge-manager.ts';
import { legOfPlayback, machineDetector } from './channel-names.ts';
import { finishedWhisperChannel, requestsFor } from './channel-requests.ts';
import type { CommandResult, GatewayContext } from './context.ts';
import { Dialer } from './dialer.ts';
import { EventDelivery } from './event-delivery.ts';
import {
  type AriEvent,
  applyAriEvent,
  channelOf,
  endLeg,
  inboundCallFrom,
  isAbandonedAnswer,
  machineDetectionFrom,
  parseAriMessage,
} from './events.ts';
import { takeInboundCall } from './inbound-call.ts';
import { applyCommand, asEnded, type GatewayLeg, newLegFor, withoutInstruction } from './leg.ts';
import { LegStore } from './leg-store.ts';
import { Player } from './player.ts';
import { type PreparedPrompts, preparePrompts } from './prompts.ts';
import { RecorderManager } from './recorder-manager.ts';
import { GatewaySocket } from './socket.ts';
import { GatewaySupervisor } from './supervisor.ts';

/** An MP3 near the limits takes 40 MB while it is decoded, and all objects of an isolate share 128 MB. */
const CONCURRENT_FILES = 2;

/** The frames that a gateway may send by itself: 500 calls that all press keys at once send no more. Answers are not counted. */
const FRAME_RATE = { perSecond: 500, burst: 5000 };

/** The longest frame is a list of all channels, some 1,000 bytes each. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;

/** One Asterisk gateway: holds its socket, sends it what calls ask, and tells calls what it reports. */
export class GatewayObject extends DurableObject<Env> implements GatewayMethods {
  readonly #id = this.ctx.id.name ?? '';
  readonly #legs = new LegStore(this.ctx.storage);
  readonly #socket = new GatewaySocket(this.ctx);
  readonly #delivery = new EventDelivery(this.#id, this.#legs, (leg, events) =>
    legOwner(leg, this.env).legEvents(events),
  );
  readonly #supervisor = new GatewaySupervisor({
    gateway: this.#id,
    storage: this.ctx.storage,
    legs: this.#legs,
    socket: this.#socket,
    report: (leg, facts) => this.#report(leg, facts),
    linkGone: (channel) => this.#bridges.linkGone(channel),
    reconcileRecorders: () => this.#recorders.reconcile(),
    retryUndelivered: () => this.#delivery.retryUndelivered(),
    mayConnect: (tokenHash) => this.mayConnect(tokenHash),
  });
  /** Legs whose instructions are being processed, by this incarnation of the object. */
  readonly #busyLegs = new Set<string>();
  readonly #context: GatewayContext = {
    gateway: this.#id,
    env: this.env,
    legs: this.#legs,
    socket: this.#socket,
    report: (leg, facts) => this.#report(leg, facts),
    processPending: (leg) => this.#processInBackground(leg),
    background: (work) => this.ctx.waitUntil(work),
    wakeIn: (milliseconds) => this.#supervisor.wakeIn(milliseconds),
  };
  readonly #dialer = new Dialer(this.#context, (leg, cause) => this.#endLeg(leg, cause));
  readonly #player = new Player(this.#context, (...prompts) => this.prepare(...prompts));
  readonly #bridges = new BridgeManager(this.#context);
  readonly #recorders = new RecorderManager(this.#context);
  readonly #limitFiles = limiter(CONCURRENT_FILES);
  readonly #frames = new TokenBucket(FRAME_RATE);
  #initialization: Promise<unknown> = Promise.resolve();

  /** Accepts the gateway's own connection; the route has checked its token. */
  override async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    const tokenHash = request.headers.get(TOKEN_HASH_HEADER) ?? '';
    const { origin } = new URL(request.url);
    const now = Date.now();
    this.#socket.accept(server, { since: now, origin, ready: false, tokenHash, checkedAt: now });
    await this.#supervisor.expectRegistration();
    return new Response(null, { status: 101, webSocket: client, headers: { 'sec-websocket-protocol': 'ari' } });
  }

  async perform(command: LegCommand): Promise<Result<undefined, EndCause>> {
    const known = this.#legs.find(command.leg) ?? newLegFor(command, Date.now());
    if (!known) return done(undefined);
    if (known.movedTo !== undefined) return gatewayObject(this.env, known.movedTo).perform(command);
    if (known.refusal !== undefined) return refused(known.refusal);
    const { leg, facts } = applyCommand(known, command);
    this.#legs.save(leg);
    this.#report(leg.id, facts);
    // A call that is placed while the gateway is being initialized can wait for it.
    if (leg.status === 'new') await this.#initialization;
    return this.#process(leg.id);
  }

  /** For the operator. */
  status(): GatewayStatus {
    return this.#supervisor.status();
  }

  override async webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): Promise<void> {
    if (!this.#socket.isCurrent(socket)) return;
    const length = typeof frame === 'string' ? frame.length : frame.byteLength;
    if (length > MAX_FRAME_BYTES)
      return this.#supervisor.cutOff(1009, `a frame had more than ${MAX_FRAME_BYTES} bytes`);
    const message = typeof frame === 'string' ? parseAriMessage(frame) : undefined;
    if (message?.is === 'response' && this.#socket.resolveRequest(message.request, message)) return;
    if (!this.#frames.take(Date.now())) {
      const { perSecond, burst } = FRAME_RATE;
      return this.#supervisor.cutOff(4008, `more than ${burst} frames at once, or ${perSecond} a second`);
    }
    if (!message) return this.#supervisor.countIgnoredFrame('a frame was ignored: Asterisk sends no such thing');
    if (message.is === 'response') {
      return this.#supervisor.countIgnoredFrame('an answer was ignored: nobody waited for it');
    }
    if (message.event.type === 'ApplicationRegistered') return this.#initialize();
    await this.#handleEvent(message.event);
  }

  /** Begins when Asterisk has registered its application: what it is sent before, with the handshake, it loses. */
  #initialize(): void {
    this.#initialization = this.#supervisor.initialize().then((ready) => {
      if (ready) for (const leg of this.#legs.all()) this.#processInBackground(leg.id);
    });
    this.ctx.waitUntil(this.#initialization);
  }

  async #handleEvent(event: AriEvent): Promise<void> {
    const detection = machineDetectionFrom(event);
    if (detection) return this.#machineDetected(detection);
    if (this.#recorders.handleEvent(event)) return;
    const call = inboundCallFrom(event);
    const leg =
      this.#legs.findByChannel(channelOf(event) ?? '') ?? this.#legs.find(legOfPlayback(event.playback?.id ?? ''));
    if (call && !leg) return takeInboundCall(this.#context, call);
    if (isAbandonedAnswer(event, leg)) return this.#hangUp(event.channel?.id ?? '');
    if (!leg) return this.ctx.waitUntil(this.#bridges.handleLinkEvent(event).catch(() => undefined));
    const applied = applyAriEvent(leg, event, Date.now());
    // The leg is not saved here: it goes on as the dialer leaves it.
    if (applied.failOverAfter) return this.ctx.waitUntil(this.#dialer.failOver(leg, applied.failOverAfter));
    if (applied.leg.status !== leg.status) this.#legs.save(applied.leg);
    else this.#legs.keepInMemory(applied.leg);
    this.#report(leg.id, applied.facts);
    this.#cleanUp(leg, applied.leg, event);
  }

  #machineDetected({ leg, isMachine }: { leg: string; isMachine: boolean }): void {
    const isTalking = this.#legs.find(leg)?.status === 'up';
    if (isMachine && isTalking) this.#report(leg, [{ type: 'leg.machine-detected' }]);
    this.#hangUp(machineDetector(leg));
  }

  /** Removes what the end of a leg, or of what was whispered to it, leaves behind on the gateway. */
  #cleanUp(before: GatewayLeg, after: GatewayLeg, { playback }: AriEvent): void {
    if (after.status === 'ended' && before.membership) this.#leaveBridge(before);
    const whisperer = playback && finishedWhisperChannel(before, playback);
    if (whisperer !== undefined) this.#hangUp(whisperer);
  }

  #leaveBridge(leg: GatewayLeg): void {
    this.ctx.waitUntil(this.#bridges.legGone(leg).catch(() => undefined));
  }

  #hangUp(channel: string): void {
    const hungUp = this.#socket.request({ method: 'DELETE', uri: `channels/${channel}` });
    this.ctx.waitUntil(hungUp.catch(() => undefined));
  }

  /** Another gateway will call under the link's name, and is let into the bridge. */
  expectLink(link: string, bridge: string): void {
    this.#bridges.expectLink(link, bridge);
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    this.#connectionLost(socket, `the socket was closed: ${code} ${reason}`);
  }

  override webSocketError(socket: WebSocket): void {
    this.#connectionLost(socket, 'the socket broke');
  }

  #connectionLost(socket: WebSocket, message: string): void {
    if (this.#socket.isCurrent(socket)) this.ctx.waitUntil(this.#supervisor.connectionLost(message));
  }

  override alarm(): Promise<void> {
    return handleAlarm(this.ctx, async () => {
      await this.#supervisor.runAlarm();
      await this.#dialer.leaveSilentTrunks();
      for (const leg of this.#legs.all()) this.#processInBackground(leg.id);
    });
  }

  /** A gateway is believed about the legs and bridges that are on it, and about no others. */
  #report(leg: string, facts: LegFact[]): void {
    if (facts.length === 0 || !this.#legs.find(leg)) return;
    const complete = facts.map((fact) => (fact.type === 'leg.answered' ? { ...fact, gateway: this.#id } : fact));
    const delivered = this.#delivery
      .report(leg, complete)
      .then((accepted) => (accepted ? undefined : this.#supervisor.wakeIn(1000)));
    this.ctx.waitUntil(delivered);
  }

  /** Never rejects: instructions that could not be carried out stay pending, and a leg that had to end is reported. */
  #processInBackground(leg: string): void {
    const processed = this.#process(leg).then((result) => {
      if (!result.ok) this.#report(leg, [{ type: 'leg.ended', cause: result.refusal }]);
    });
    this.ctx.waitUntil(processed.catch(() => undefined));
  }

  /** Carries out a leg's pending instructions, unless that is happening already. Refuses with a cause when the leg had to end. */
  async #process(id: string): Promise<Result<undefined, EndCause>> {
    if (this.#busyLegs.has(id)) return done(undefined);
    this.#busyLegs.add(id);
    try {
      for (let leg = this.#legs.find(id); leg?.pending[0]; leg = this.#legs.find(id)) {
        const [first] = leg.pending;
        const result = await this.#perform(leg, first);
        if (result === 'later') break;
        const after = this.#legs.find(id) ?? leg;
        if (result !== 'done') {
          this.#legs.save({ ...asEnded(after, Date.now()), refusal: result });
          return refused(result);
        }
        this.#legs.save(withoutInstruction(after, first));
      }
      return done(undefined);
    } finally {
      this.#busyLegs.delete(id);
    }
  }

  async #perform(leg: GatewayLeg, instruction: Instruction): Promise<CommandResult> {
    if (instruction.do === 'dial') {
      this.#player.prepareAhead(instruction);
      return this.#dialer.dial(leg, instruction);
    }
    if (!this.#socket.connection?.ready) return 'later';
    if (instruction.do === 'play') return this.#player.play(leg, instruction);
    if (instruction.do === 'join') return this.#bridges.join(leg, instruction, this.#player.endPlayback(leg));
    if (instruction.do === 'leave') return this.#bridges.leave(leg);
    if (instruction.do === 'record') return this.#recorders.open(leg, instruction);
    if (instruction.do === 'recorder') return this.#recorders.setState(leg, instruction);
    if (instruction.do === 'ring') this.#legs.keepInMemory({ ...leg, ringback: true });
    const requests = requestsFor(leg, instruction);
    const responses = await Promise.all(requests.map((request) => this.#socket.requestUntilReady(request)));
    const isGone = instruction.do === 'hangup' && responses[0]?.status === 404;
    if (isGone) this.#endLeg(leg.id, 'normal');
    return 'done';
  }

  #endLeg(id: string, cause: EndCause): void {
    const leg = this.#legs.find(id);
    if (!leg) return;
    const { leg: after, facts } = endLeg(leg, cause, Date.now());
    this.#legs.save(after);
    this.#report(id, facts);
    if (leg.membership) this.#leaveBridge(leg);
  }

  /** Resolves to whether the gateway is still registered, with the token that it connected with. */
  async mayConnect(tokenHash: string): Promise<boolean> {
    return (await findGateway(this.env.DB, this.#id))?.tokenHash === tokenHash;
  }

  prepare(prompts: Prompt[], origin: string, rate: TelephoneRate): Promise<PreparedPrompts> {
    return preparePrompts(prompts, { env: this.env, origin, rate, limit: this.#limitFiles });
  }
}
