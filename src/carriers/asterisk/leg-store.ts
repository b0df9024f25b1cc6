import { stamped, upgraded } from '../../lib/upgrades.ts';
import { type GatewayLeg, isLive } from './leg.ts';
import { legUpgrades } from './upgrades.ts';

/** The legs of a gateway, one row each. They are read once, when the object wakes up, and then kept in memory. */
export class LegStore {
  readonly #kv: SyncKvStorage;
  readonly #legs = new Map<string, GatewayLeg>();
  readonly #idsByChannel = new Map<string, string>();

  constructor({ kv }: DurableObjectStorage) {
    this.#kv = kv;
    for (const [, stored] of kv.list({ prefix: 'leg:' })) this.keepInMemory(upgraded<GatewayLeg>(stored, legUpgrades));
  }

  all(): GatewayLeg[] {
    return [...this.#legs.values()];
  }

  live(): GatewayLeg[] {
    return this.all().filter(isLive);
  }

  find(id: string): GatewayLeg | undefined {
    return this.#legs.get(id);
  }

  findByChannel(channel: string): GatewayLeg | undefined {
    return this.#legs.get(this.#idsByChannel.get(channel) ?? '');
  }

  /** Changes the leg without writing a row: for what reconciling would find out again. */
  keepInMemory(leg: GatewayLeg): void {
    const before = this.#legs.get(leg.id);
    if (before && before.channel !== leg.channel) this.#idsByChannel.delete(before.channel);
    this.#legs.set(leg.id, leg);
    this.#idsByChannel.set(leg.channel, leg.id);
  }

  save(leg: GatewayLeg): void {
    this.keepInMemory(leg);
    this.#kv.put(`leg:${leg.id}`, stamped(leg, legUpgrades));
  }

  remove({ id, channel }: GatewayLeg): void {
    this.#legs.delete(id);
    this.#idsByChannel.delete(channel);
    this.#kv.delete(`leg:${id}`);
  }
}
