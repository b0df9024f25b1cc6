import { stamped, upgraded } from '../../lib/upgrades.ts';
import { isLive, type Leg } from './leg.ts';
import { legUpgrades } from './upgrades.ts';

/** The legs of a gateway: read once, then kept in memory; one row each. */
export class LegStore {
  readonly #kv: SyncKvStorage;
  readonly #legs = new Map<string, Leg>();
  readonly #channels = new Map<string, string>();

  constructor({ kv }: DurableObjectStorage) {
    this.#kv = kv;
    for (const [, stored] of kv.list({ prefix: 'leg:' })) this.keep(upgraded<Leg>(stored, legUpgrades));
  }

  all(): Leg[] {
    return [...this.#legs.values()];
  }

  live(): Leg[] {
    return this.all().filter(isLive);
  }

  find(id: string): Leg | undefined {
    return this.#legs.get(id);
  }

  findByChannel(channel: string): Leg | undefined {
    return this.#legs.get(this.#channels.get(channel) ?? '');
  }

  /** Changes what is in memory only: what reconciling would find out again. */
  keep(leg: Leg): void {
    const before = this.#legs.get(leg.id);
    if (before && before.channel !== leg.channel) this.#channels.delete(before.channel);
    this.#legs.set(leg.id, leg);
    this.#channels.set(leg.channel, leg.id);
  }

  save(leg: Leg): void {
    this.keep(leg);
    this.#kv.put(`leg:${leg.id}`, stamped(leg, legUpgrades));
  }

  remove({ id, channel }: Leg): void {
    this.#legs.delete(id);
    this.#channels.delete(channel);
    this.#kv.delete(`leg:${id}`);
  }
}
