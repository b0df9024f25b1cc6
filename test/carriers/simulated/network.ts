import {
  advanceBridge,
  applyBridgeUpdates,
  newBridge,
  nextDueInBridge,
  performInBridge,
  type SimulatedBridge,
} from '../../../src/carriers/simulated/bridge.ts';
import { newSimulatedLeg, type SimulatedLeg } from '../../../src/carriers/simulated/leg.ts';
import { advanceLeg, livedUntil, nextDueInLeg, performOnLeg } from '../../../src/carriers/simulated/machine.ts';
import { type HeardSound, transcriptOf } from '../../../src/carriers/simulated/transcript.ts';
import type { BridgeMembership, Instruction, LegEvent, Script } from '../../../src/contracts/carrier.ts';
import { scriptFor } from '../../../src/contracts/script.ts';
import { NOW } from '../../support/call.ts';

export const BRIDGE = 'CF1-1';

/** A simulated network of legs and bridges without objects, whose wall clock the test moves. Seconds count from NOW. */
export class Network {
  wall = NOW;
  readonly legs = new Map<string, SimulatedLeg>();
  readonly bridges = new Map<string, SimulatedBridge>();
  readonly events = new Map<string, LegEvent[]>();
  readonly #told = new Map<string, number>();

  /** Adds a leg that answers at once, at its own time `at`. */
  answered(id: string, script: Partial<Script> = {}, at = this.wall): void {
    const full = scriptFor('', { answer_after: 0, ...script });
    this.legs.set(id, newSimulatedLeg(id, full, at, this.wall));
    this.tell(id, { do: 'dial', to: '+31201234567', from: '+31851234567' });
    if (full.speed > 1) this.tell(id, { do: 'wait' });
    this.pass(0);
    if (full.speed > 1) this.tell(id, { do: 'wait' });
    this.pass(0);
  }

  tell(id: string, ...instructions: Instruction[]): void {
    const first = (this.#told.get(id) ?? 0) + 1;
    this.#told.set(id, first + instructions.length - 1);
    const leg = this.legs.get(id);
    const at = leg && leg.script.speed > 1 ? leg.now : this.wall;
    if (leg) this.legs.set(id, performOnLeg(leg, { leg: id, first, at, instructions }, this.wall));
    else this.bridges.set(id, performInBridge(this.#bridge(id), { leg: id, first, at, instructions }, this.wall));
    this.#deliver(id);
  }

  join(id: string, part: Partial<Omit<BridgeMembership, 'bridge'>> = {}, bridge = BRIDGE): void {
    this.tell(id, { do: 'join', bridge: { id: bridge }, muted: false, ...part });
  }

  /** Lets so many seconds of wall time pass for everyone. */
  pass(seconds: number): void {
    const until = this.wall + seconds * 1000;
    for (;;) {
      const wakes = [...this.legs.values()].map((leg) => [nextDueInLeg(leg), leg.id] as const);
      for (const bridge of this.bridges.values()) wakes.push([nextDueInBridge(bridge), bridge.id]);
      const [next] = wakes.filter(([at]) => at !== undefined && at <= until).sort(([a = 0], [b = 0]) => a - b);
      if (!next) break;
      this.wall = Math.max(this.wall, next[0] ?? 0);
      this.#step(next[1]);
    }
    this.wall = until;
  }

  heard(id: string): HeardSound[] {
    const leg = this.legs.get(id) as SimulatedLeg;
    return transcriptOf(leg, Object.fromEntries(this.bridges), livedUntil(leg, this.wall));
  }

  /** Each sound that a leg heard, as a line: from, to, its kind, and its content. */
  lines(id: string, since = NOW): string[] {
    const second = (at: number | undefined) => (at === undefined ? '…' : (at - since) / 1000);
    return this.heard(id).map(({ from, to, what, ...rest }) =>
      [`${second(from)}-${second(to)}`, what, ...Object.values(rest)].join(' '),
    );
  }

  types(id: string): string[] {
    return (this.events.get(id) ?? []).map((event) =>
      event.type === 'leg.talking' ? `${event.type} ${event.talking}` : event.type,
    );
  }

  #step(id: string): void {
    const leg = this.legs.get(id);
    const { events } = leg ? this.#stepLeg(leg) : this.#stepBridge(this.#bridge(id));
    this.events.set(id, [...(this.events.get(id) ?? []), ...events]);
    this.#deliver(id);
  }

  #stepLeg(before: SimulatedLeg): { events: LegEvent[] } {
    const { leg, events } = advanceLeg(before, this.wall);
    this.legs.set(leg.id, leg);
    return { events };
  }

  #stepBridge(before: SimulatedBridge): { events: LegEvent[] } {
    const { bridge, events } = advanceBridge(before, this.wall);
    this.bridges.set(bridge.id, bridge);
    return { events };
  }

  /** Delivers a leg's updates to its bridges, twice each, as may happen. */
  #deliver(id: string): void {
    const leg = this.legs.get(id);
    for (const update of leg?.bridgeUpdates ?? []) {
      const once = applyBridgeUpdates(this.#bridge(update.bridge), [update]);
      this.bridges.set(update.bridge, applyBridgeUpdates(once, [update]));
    }
    if (leg) this.legs.set(id, { ...leg, bridgeUpdates: [] });
  }

  #bridge(id: string): SimulatedBridge {
    return this.bridges.get(id) ?? newBridge(id, this.wall);
  }
}
