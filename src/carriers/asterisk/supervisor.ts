import type { LegFact } from '../../contracts/carrier.ts';
import type { GatewayStatus } from '../../gateways/gateway.ts';
import { alarmTime } from '../../lib/alarm.ts';
import { defined } from '../../lib/defined.ts';
import { stamped, upgraded } from '../../lib/upgrades.ts';
import type { AriResponse } from './ari.ts';
import { EVENT_FILTER } from './channel-requests.ts';
import { endLeg } from './events.ts';
import { endOf, withoutPlayback } from './leg.ts';
import type { LegStore } from './leg-store.ts';
import {
  type AriChannel,
  overdue,
  readBridges,
  readChannels,
  reconcileBridges,
  reconcileChannels,
} from './reconcile.ts';
import type { GatewaySocket } from './socket.ts';
import { memoryUpgrades } from './upgrades.ts';
import { isSupportedVersion, OLDEST_VERSION } from './version.ts';

interface SupervisorContext {
  /** The gateway's id. */
  gateway: string;
  storage: DurableObjectStorage;
  legs: LegStore;
  socket: GatewaySocket;
  report(leg: string, facts: LegFact[]): void;
  /** A link to another gateway has ended. */
  linkGone(channel: string): Promise<void>;
  reconcileRecorders(): Promise<void>;
  /** Tells calls again what they did not accept, and resolves to whether they have now. */
  retryUndelivered(): Promise<boolean>;
  /** Resolves to whether a gateway with this token may (still) be connected. */
  mayConnect(tokenHash: string): Promise<boolean>;
}

/** What is kept from one connection to the next. Times are epoch milliseconds. */
interface SupervisorMemory {
  awaySince?: number;
  /** Channels that no leg has, and when they were first seen. */
  unknownChannels: Record<string, number>;
  lastError?: { at: number; message: string };
}

/** How often a silent socket is asked whether it lives: intermediaries cut idle ones off after 100 s. */
const PING_MS = 60_000;
/** How often the registry is asked whether the gateway is still wanted: one row read, however many calls there are. */
export const REGISTRY_CHECK_MS = 60_000;
/** How long a gateway may be away before its calls count as lost. */
const AWAY_MS = 120_000;
/** How long a channel may be unknown, and a gateway connected without a word, before either is cut off. */
const GRACE_MS = 15_000;
/** How often, and how long apart, an Asterisk that is still starting is asked for its version. */
const START_TRIES = 20;
const START_RETRY_MS = 500;
/** How long a call may repeat a command after its leg has ended, and the longest that a leg can have been moved. */
const KEEP_ENDED_MS = 600_000;
const KEEP_MOVED_MS = 5 * 3_600_000;

/** Looks after a gateway: when it connects, when the object's alarm rings, and when it goes away. */
export class GatewaySupervisor {
  readonly #context: SupervisorContext;
  #memory: SupervisorMemory;
  #ignoredFrames = 0;
  /** Kept in memory only: a gateway that sends garbage must not cost a row for each frame. */
  #lastFrameError: GatewayStatus['lastError'];

  constructor(context: SupervisorContext) {
    this.#context = context;
    const stored = context.storage.kv.get('memory');
    this.#memory = stored === undefined ? { unknownChannels: {} } : upgraded(stored, memoryUpgrades);
    // The object died before the gateway was initialized. The gateway connects again, and is initialized then.
    if (context.socket.connection?.ready === false) context.socket.close(1012, 'connect again');
  }

  status(): GatewayStatus {
    const { connection } = this.#context.socket;
    const [lastError] = [this.#lastFrameError, this.#memory.lastError]
      .filter((error) => error !== undefined)
      .sort((a, b) => b.at - a.at);
    return {
      ...(connection?.ready && { connectedSince: connection.since }),
      ...defined({ version: connection?.version }),
      liveChannels: this.#context.legs.live().length,
      ...defined({ lastError }),
      ignoredFrames: this.#ignoredFrames,
    };
  }

  /** Counts a frame that was ignored; `why` is read by the operator. */
  countIgnoredFrame(why: string): void {
    this.#ignoredFrames += 1;
    this.#lastFrameError = { at: Date.now(), message: why };
  }

  /** A gateway that has connected and never registers its application is cut off by the next alarm. */
  async expectRegistration(): Promise<void> {
    await this.wakeIn(GRACE_MS);
  }

  /** Prepares a gateway that has just connected for calls, and resolves to whether it may be given any. */
  async initialize(): Promise<boolean> {
    const { socket } = this.#context;
    try {
      const info = await this.#requestVersion();
      const version = String((info.body as { system?: { version?: string } } | undefined)?.system?.version ?? '').slice(
        0,
        100,
      );
      if (info.status !== 200) throw new Error(`asterisk/info was answered with ${info.status}`);
      if (!isSupportedVersion(version)) {
        const reason = `Asterisk ${version.slice(0, 40)} is too old: ${OLDEST_VERSION} or newer is needed`;
        socket.close(1008, reason);
        this.#remember({ lastError: { at: Date.now(), message: reason } });
        return false;
      }
      await socket.request(EVENT_FILTER);
      await this.#reconcile();
      socket.update({ ready: true, version });
      const { awaySince: _back, ...memory } = this.#memory;
      this.#write(memory);
      await this.wakeIn(GRACE_MS);
      return true;
    } catch (error) {
      socket.close(1013, 'try again');
      await this.connectionLost((error as Error).message);
      return false;
    }
  }

  /** An Asterisk that is still starting connects already, but answers 503. */
  async #requestVersion(): Promise<AriResponse> {
    for (let tries = 0; ; tries++) {
      const info = await this.#context.socket.request({
        method: 'GET',
        uri: 'asterisk/info',
        query: { only: 'system' },
      });
      if (info.status !== 503 || tries === START_TRIES) return info;
      await new Promise((resolve) => setTimeout(resolve, START_RETRY_MS));
    }
  }

  /** Ends legs that have no channel, hangs up channels that have no leg, and the same for bridges, playbacks and recorders. */
  async #reconcile(): Promise<void> {
    const { legs, socket, report } = this.#context;
    const now = Date.now();
    const { body } = await socket.request({ method: 'GET', uri: 'channels' });
    const channels = readChannels(body);
    const { missed, hangUp, unknown } = reconcileChannels(legs.all(), channels, now);
    for (const { leg, facts } of missed) {
      legs.save(leg);
      report(leg.id, facts);
    }
    const seen = this.#memory.unknownChannels;
    const unknownChannels = Object.fromEntries(unknown.map((id) => [id, seen[id] ?? now]));
    this.#memory = { ...this.#memory, unknownChannels };
    const unclaimed = overdue(unknownChannels, now, GRACE_MS);
    for (const id of [...hangUp, ...unclaimed]) await socket.request({ method: 'DELETE', uri: `channels/${id}` });
    await this.#reconcileBridges(channels);
    await this.#reconcilePlaybacks();
    await this.#context.reconcileRecorders();
  }

  async #reconcileBridges(channels: AriChannel[]): Promise<void> {
    const { legs, socket, report } = this.#context;
    const { body } = await socket.request({ method: 'GET', uri: 'bridges' });
    const { fallenOut, lostLinks, orphanedBridges, orphanedSnoops } = reconcileBridges(
      legs.all(),
      readBridges(body),
      channels,
    );
    for (const { membership, ...leg } of fallenOut) {
      legs.save(leg);
      if (membership) report(leg.id, [{ type: 'leg.left', bridge: membership.bridge.id }]);
    }
    for (const link of lostLinks) await this.#context.linkGone(link);
    for (const id of orphanedBridges) await socket.request({ method: 'DELETE', uri: `bridges/${id}` });
    for (const id of orphanedSnoops) await socket.request({ method: 'DELETE', uri: `channels/${id}` });
  }

  /** Reports the end of playbacks that ended while the gateway was away. */
  async #reconcilePlaybacks(): Promise<void> {
    const { legs, socket, report } = this.#context;
    // A playback whose request was never answered is asked for again, so it has not ended, whether or not it began.
    const begun = legs.live().filter(({ playback, pending }) => playback && !pending.some((it) => it.do === 'play'));
    for (const leg of begun) {
      const last = leg.playback?.parts.at(-1);
      const { status } = await socket.request({ method: 'GET', uri: `playbacks/${last}` });
      const now = legs.find(leg.id);
      if (status !== 404 || !now?.playback || now.playback.id !== leg.playback?.id) continue;
      legs.save(withoutPlayback(now));
      // Nobody has seen whether it was played to its end.
      report(leg.id, [endOf({ ...now.playback, unheard: true })]);
    }
  }

  async connectionLost(message: string): Promise<void> {
    this.#context.socket.closed();
    this.#remember({ awaySince: this.#memory.awaySince ?? Date.now(), lastError: { at: Date.now(), message } });
    await this.wakeIn(AWAY_MS);
  }

  /** The work of an alarm: events that were not accepted, legs that ended long ago, the registry, and a socket that may be dead. */
  async runAlarm(): Promise<void> {
    const { socket, legs, retryUndelivered } = this.#context;
    const accepted = await retryUndelivered();
    this.#forgetOldLegs();
    if (socket.connection) await this.#checkRegistry();
    if (socket.connection) await this.#ping();
    else if (legs.live().length > 0) await this.#endCallsIfAwayTooLong();
    if (!accepted) await this.wakeIn(1000);
    if (socket.connection || legs.all().length > 0) await this.wakeIn(PING_MS);
  }

  /** Cuts off a gateway that was removed, or whose token was changed. Its calls end like those of one that was lost. */
  async #checkRegistry(): Promise<void> {
    const { socket, mayConnect } = this.#context;
    const { checkedAt = 0, tokenHash = '' } = socket.connection ?? {};
    const left = checkedAt + REGISTRY_CHECK_MS - Date.now();
    // An alarm that rings a little early must not put the check off until the alarm after it.
    if (left > 0) return this.wakeIn(left);
    socket.update({ checkedAt: Date.now() });
    // A database that cannot be reached is no reason to cut off calls.
    if (await mayConnect(tokenHash).catch(() => true)) return;
    await this.cutOff(4003, 'the gateway was removed, or its token was changed');
  }

  /** Ends a connection that must not go on, and says why: to the gateway, to the operator, and in the log. */
  async cutOff(code: number, reason: string): Promise<void> {
    const { gateway, socket } = this.#context;
    // biome-ignore lint/suspicious/noConsole: the platform's log, with the gateway's id and our own words only
    console.error('gateway cut off', gateway, reason);
    socket.close(code, reason);
    await this.connectionLost(reason);
  }

  async #ping(): Promise<void> {
    const { socket } = this.#context;
    const { ready = false, since = 0 } = socket.connection ?? {};
    if (!ready) {
      if (Date.now() - since > GRACE_MS - 1000) socket.close(1008, 'no ApplicationRegistered');
      return;
    }
    try {
      if (Object.keys(this.#memory.unknownChannels).length > 0) await this.#reconcile();
      else await socket.request({ method: 'GET', uri: 'asterisk/ping' });
      const seen = Object.values(this.#memory.unknownChannels);
      if (seen.length > 0) await this.wakeIn(Math.min(...seen) + GRACE_MS - Date.now());
    } catch (error) {
      await this.connectionLost((error as Error).message);
    }
  }

  async #endCallsIfAwayTooLong(): Promise<void> {
    const { legs, report } = this.#context;
    const now = Date.now();
    if (this.#memory.awaySince === undefined) this.#remember({ awaySince: now });
    const until = (this.#memory.awaySince ?? now) + AWAY_MS;
    if (now < until) return this.wakeIn(until - now);
    for (const leg of legs.live()) {
      const { leg: after, facts } = endLeg(leg, 'network-failure', now);
      legs.save(after);
      report(leg.id, facts);
    }
  }

  #forgetOldLegs(): void {
    const now = Date.now();
    for (const leg of this.#context.legs.all()) {
      const keepMs =
        leg.status === 'ended' ? KEEP_ENDED_MS : leg.status === 'moved' ? KEEP_MOVED_MS : Number.POSITIVE_INFINITY;
      if (now - leg.since > keepMs && !leg.undelivered) this.#context.legs.remove(leg);
    }
  }

  /** Has the alarm ring then, unless it rings earlier anyway: it is never put off. */
  async wakeIn(milliseconds: number): Promise<void> {
    const { storage } = this.#context;
    const at = alarmTime(Date.now() + milliseconds, Date.now());
    const set = await storage.getAlarm();
    if (set === null || set > at) await storage.setAlarm(at);
  }

  #remember(change: Partial<SupervisorMemory>): void {
    this.#write({ ...this.#memory, ...change });
  }

  #write(memory: SupervisorMemory): void {
    this.#memory = memory;
    this.#context.storage.kv.put('memory', stamped(memory, memoryUpgrades));
  }
}
