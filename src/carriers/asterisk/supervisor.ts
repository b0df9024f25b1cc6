import type { LegFact } from '../../contracts/carrier.ts';
import type { GatewayStatus } from '../../gateways/gateway.ts';
import { alarmTime } from '../../lib/alarm.ts';
import { defined } from '../../lib/defined.ts';
import { stamped, upgraded } from '../../lib/upgrades.ts';
import type { AriResponse } from './ari-response.ts';
import { FILTER } from './commands.ts';
import { end } from './events.ts';
import { withoutPlayback } from './leg.ts';
import type { LegStore } from './leg-store.ts';
import { type Bridge, type Channel, overdue, reconcile, reconcileBridges } from './reconcile.ts';
import type { GatewaySocket } from './socket.ts';
import { memoryUpgrades } from './upgrades.ts';
import { isRecentEnough, OLDEST_VERSION } from './version.ts';

interface Deps {
  storage: DurableObjectStorage;
  legs: LegStore;
  socket: GatewaySocket;
  tell(leg: string, facts: LegFact[]): void;
  /** A link to another gateway is gone. */
  unlinked(channel: string): Promise<void>;
  /** Finds out which recorders have ended. */
  compareRecorders(): Promise<void>;
  /** Tells calls again what they did not take; whether they have now. */
  retry(): Promise<boolean>;
  /** Whether a gateway with this token may (still) be connected. */
  mayConnect(tokenHash: string): Promise<boolean>;
}

/** Kept from one connection to the next. */
interface Memory {
  /** Since when the gateway is away. */
  away?: number;
  /** Channels that nobody knew when they were first seen. */
  strangers: Record<string, number>;
  lastError?: { at: number; message: string };
}

/** How often a silent socket is asked whether it lives: intermediaries cut idle ones off after 100 s. */
const PING_MS = 60_000;
/** How often the registry is asked whether the gateway is still wanted: one row read, however many calls there are. */
export const REGISTRY_MS = 60_000;
/** How long a gateway may be away before its calls count as lost. */
const AWAY_MS = 120_000;
const GRACE_MS = 15_000;
const STARTING_TRIES = 20;
const STARTING_MS = 500;
/** How long a call may repeat a command after its leg has ended, and the longest that a leg can have moved. */
const OVER_MS = 600_000;
const MOVED_MS = 5 * 3_600_000;

/** Looks after a gateway: on every connect, on every alarm, and when it goes away. */
export class GatewaySupervisor {
  readonly #deps: Deps;
  #memory: Memory;
  #garbage = 0;
  /** In memory only: a gateway gone mad must not cost a row for each frame. */
  #lastGarbage: GatewayStatus['lastError'];

  constructor(deps: Deps) {
    this.#deps = deps;
    const stored = deps.storage.kv.get('memory');
    this.#memory = stored === undefined ? { strangers: {} } : upgraded<Memory>(stored, memoryUpgrades);
    // The object died before it knew the gateway: it connects again, and is asked again.
    if (deps.socket.connection?.ready === false) deps.socket.close(1012, 'connect again');
  }

  status(): GatewayStatus {
    const { connection } = this.#deps.socket;
    const [lastError] = [this.#lastGarbage, this.#memory.lastError]
      .filter((error) => error !== undefined)
      .sort((a, b) => b.at - a.at);
    return {
      ...(connection?.ready && { connectedSince: connection.since }),
      ...defined({ version: connection?.version }),
      liveChannels: this.#deps.legs.live().length,
      ...defined({ lastError }),
      garbage: this.#garbage,
    };
  }

  /** A frame was ignored: why, in words for the operator. */
  noteGarbage(why: string): void {
    this.#garbage += 1;
    this.#lastGarbage = { at: Date.now(), message: why };
  }

  /** A gateway that never says a word is cut off. */
  async expectGreeting(): Promise<void> {
    await this.wakeIn(GRACE_MS);
  }

  /** Asks a gateway that has just connected all that must be known before it may be given calls. */
  async greet(): Promise<boolean> {
    const { socket } = this.#deps;
    try {
      const info = await this.#askForVersion();
      const version = String((info.body as { system?: { version?: string } } | undefined)?.system?.version ?? '');
      if (info.status !== 200) throw new Error(`asterisk/info was answered with ${info.status}`);
      if (!isRecentEnough(version)) {
        const reason = `Asterisk ${version.slice(0, 40)} is too old: ${OLDEST_VERSION} or newer is needed`;
        socket.close(1008, reason);
        this.#remember({ lastError: { at: Date.now(), message: reason } });
        return false;
      }
      await socket.ask(FILTER);
      await this.#compare();
      socket.update({ ready: true, version });
      const { away: _back, ...memory } = this.#memory;
      this.#write(memory);
      await this.wakeIn(GRACE_MS);
      return true;
    } catch (error) {
      socket.close(1013, 'try again');
      await this.lost((error as Error).message);
      return false;
    }
  }

  /** An Asterisk that is still starting connects already, but answers 503. */
  async #askForVersion(): Promise<AriResponse> {
    for (let tries = 0; ; tries++) {
      const info = await this.#deps.socket.ask({ method: 'GET', uri: 'asterisk/info', query: { only: 'system' } });
      if (info.status !== 503 || tries === STARTING_TRIES) return info;
      await new Promise((resolve) => setTimeout(resolve, STARTING_MS));
    }
  }

  /** Every channel has a call, and every call its channel, or they end. */
  async #compare(): Promise<void> {
    const { legs, socket, tell } = this.#deps;
    const now = Date.now();
    const { body } = await socket.ask({ method: 'GET', uri: 'channels' });
    const channels = Array.isArray(body) ? (body as Channel[]) : [];
    const { told, hangUp, strangers } = reconcile(legs.all(), channels, now);
    for (const { leg, facts } of told) {
      legs.save(leg);
      tell(leg.id, facts);
    }
    const seen = this.#memory.strangers;
    this.#memory = { ...this.#memory, strangers: Object.fromEntries(strangers.map((id) => [id, seen[id] ?? now])) };
    const lost = overdue(this.#memory.strangers, now, GRACE_MS);
    for (const id of [...hangUp, ...lost]) await socket.ask({ method: 'DELETE', uri: `channels/${id}` });
    await this.#compareBridges(channels);
    await this.#comparePlaybacks();
    await this.#deps.compareRecorders();
  }

  async #compareBridges(channels: Channel[]): Promise<void> {
    const { legs, socket, tell } = this.#deps;
    const { body } = await socket.ask({ method: 'GET', uri: 'bridges' });
    const bridges = Array.isArray(body) ? (body as Bridge[]) : [];
    const { fallen, lostLinks, nobodys, whisperers } = reconcileBridges(legs.all(), bridges, channels);
    for (const { membership, ...leg } of fallen) {
      legs.save(leg);
      if (membership) tell(leg.id, [{ type: 'leg.left', bridge: membership.bridge.id }]);
    }
    for (const link of lostLinks) await this.#deps.unlinked(link);
    for (const id of nobodys) await socket.ask({ method: 'DELETE', uri: `bridges/${id}` });
    for (const id of whisperers) await socket.ask({ method: 'DELETE', uri: `channels/${id}` });
  }

  /** A prompt that ended while nobody listened has ended. */
  async #comparePlaybacks(): Promise<void> {
    const { legs, socket, tell } = this.#deps;
    // What was asked for but never answered is asked for again: it has not ended, whether or not it began.
    const begun = legs.live().filter(({ playback, todo }) => playback && !todo.some((it) => it.do === 'play'));
    for (const leg of begun) {
      const last = leg.playback?.parts.at(-1);
      const { status } = await socket.ask({ method: 'GET', uri: `playbacks/${last}` });
      const now = legs.find(leg.id);
      if (status !== 404 || !now?.playback || now.playback.id !== leg.playback?.id) continue;
      legs.save(withoutPlayback(now));
      tell(leg.id, [{ type: 'leg.playback-ended', playback: now.playback.id }]);
    }
  }

  async lost(message: string): Promise<void> {
    this.#deps.socket.closed();
    this.#remember({ away: this.#memory.away ?? Date.now(), lastError: { at: Date.now(), message } });
    await this.wakeIn(AWAY_MS);
  }

  /** The alarm: what was not taken is told again, a silent socket is asked, what is long over is forgotten. */
  async look(): Promise<void> {
    const { socket, legs, retry } = this.#deps;
    const taken = await retry();
    this.#sweep();
    if (socket.connection) await this.#checkRegistry();
    if (socket.connection) await this.#ping();
    else if (legs.live().length > 0) await this.#giveUp();
    if (!taken) await this.wakeIn(1000);
    if (socket.connection || legs.all().length > 0) await this.wakeIn(PING_MS);
  }

  /** A gateway that was removed, or whose token was changed, is cut off. Its calls end like those of one that was lost. */
  async #checkRegistry(): Promise<void> {
    const { socket, mayConnect } = this.#deps;
    const { checkedAt = 0, tokenHash = '' } = socket.connection ?? {};
    const left = checkedAt + REGISTRY_MS - Date.now();
    // An alarm for something else must not put this off until the one after it.
    if (left > 0) return this.wakeIn(left);
    socket.update({ checkedAt: Date.now() });
    // A database that cannot be had is no reason to cut off calls.
    if (await mayConnect(tokenHash).catch(() => true)) return;
    const reason = 'the gateway was removed, or its token was changed';
    socket.close(4003, reason);
    await this.lost(reason);
  }

  async #ping(): Promise<void> {
    const { socket } = this.#deps;
    const { ready = false, since = 0 } = socket.connection ?? {};
    if (!ready) {
      if (Date.now() - since > GRACE_MS - 1000) socket.close(1008, 'no ApplicationRegistered');
      return;
    }
    try {
      if (Object.keys(this.#memory.strangers).length > 0) await this.#compare();
      else await socket.ask({ method: 'GET', uri: 'asterisk/ping' });
      const seen = Object.values(this.#memory.strangers);
      if (seen.length > 0) await this.wakeIn(Math.min(...seen) + GRACE_MS - Date.now());
    } catch (error) {
      await this.lost((error as Error).message);
    }
  }

  async #giveUp(): Promise<void> {
    const { legs, tell } = this.#deps;
    const now = Date.now();
    if (this.#memory.away === undefined) this.#remember({ away: now });
    const until = (this.#memory.away ?? now) + AWAY_MS;
    if (now < until) return this.wakeIn(until - now);
    for (const leg of legs.live()) {
      const { leg: after, facts } = end(leg, 'network-failure', now);
      legs.save(after);
      tell(leg.id, facts);
    }
  }

  #sweep(): void {
    const now = Date.now();
    for (const leg of this.#deps.legs.all()) {
      const kept = leg.status === 'over' ? OVER_MS : leg.status === 'moved' ? MOVED_MS : Number.POSITIVE_INFINITY;
      if (now - leg.since > kept && !leg.undelivered) this.#deps.legs.remove(leg);
    }
  }

  /** The alarm only ever moves forward to an earlier time. */
  async wakeIn(milliseconds: number): Promise<void> {
    const { storage } = this.#deps;
    const at = alarmTime(Date.now() + milliseconds, Date.now());
    const set = await storage.getAlarm();
    if (set === null || set > at) await storage.setAlarm(at);
  }

  #remember(change: Partial<Memory>): void {
    this.#write({ ...this.#memory, ...change });
  }

  #write(memory: Memory): void {
    this.#memory = memory;
    this.#deps.storage.kv.put('memory', stamped(memory, memoryUpgrades));
  }
}
