import { describe, expect, it, vi } from 'vitest';
import type { Carrier, Instruction, LegEvent } from '../../src/carriers/carrier.ts';

/** What a carrier's own test file supplies: legs on its network, and what the call would hear of them. */
export interface Network {
  /** A leg that is about to dial a callee of this kind. */
  leg(callee: Callee): { id: string; to: string };
  carrier(leg: string): Carrier;
  heard(leg: string): LegEvent[];
}

export type Callee = 'answers' | 'is busy' | 'never answers' | 'does not exist' | 'presses 1 and hangs up';

/** What every carrier must do, whatever its network. Called by each carrier's own test file. */
export function describeCarrier(name: string, setUp: () => Network): void {
  describe(`the carrier contract, kept by ${name}`, () => {
    const start = (callee: Callee) => new Line(setUp(), callee);

    it('reports ringing, then the answer', async () => {
      const line = start('answers');
      await line.dial();
      await line.untilHeard('leg.ringing', 'leg.answered');
    });

    it.each<[Callee, string]>([
      ['is busy', 'busy'],
      ['does not exist', 'unallocated'],
    ])('reports that the callee %s as the end, because of %s', async (callee, cause) => {
      const line = start(callee);
      await line.dial();
      await line.untilHeard('leg.ended');
      expect(line.heard().at(-1)).toMatchObject({ cause });
    });

    it('can hang up while it rings', async () => {
      const line = start('never answers');
      await line.dial();
      await line.untilHeard('leg.ringing');
      await line.tell({ do: 'hangup' });
      await line.untilHeard('leg.ringing', 'leg.ended');
    });

    it('reports one end of a playback of several prompts', async () => {
      const line = await start('answers').answered();
      await line.tell({ do: 'play', playback: line.playback, prompts: [{ pause: 0.1 }, { pause: 0.1 }] });
      await line.untilHeard('leg.ringing', 'leg.answered', 'leg.playback-ended');
      expect(line.heard().at(-1)).toMatchObject({ playback: line.playback });
    });

    it('ends a playback that is stopped', async () => {
      const line = await start('answers').answered();
      await line.tell({ do: 'play', playback: line.playback, prompts: [{ pause: 600 }] });
      await line.tell({ do: 'stop', playback: line.playback });
      await line.untilHeard('leg.ringing', 'leg.answered', 'leg.playback-ended');
    });

    it('reports keys, and that the other side hung up', async () => {
      const line = start('presses 1 and hangs up');
      await line.dial();
      await line.untilHeard('leg.ringing', 'leg.answered', 'leg.digit', 'leg.ended');
      expect(line.heard().slice(2)).toMatchObject([{ digit: '1' }, { cause: 'normal' }]);
    });

    it('performs a repeated command once', async () => {
      const line = start('answers');
      await line.dial();
      await line.repeat();
      await line.untilHeard('leg.ringing', 'leg.answered');
      await line.tell({ do: 'hangup' });
      await line.repeat();
      await line.untilHeard('leg.ringing', 'leg.answered', 'leg.ended');
    });

    it('takes a command for a leg that never was, and reports nothing', async () => {
      const line = start('answers');
      await line.tell({ do: 'hangup' });
      expect(line.heard()).toEqual([]);
    });

    it('says when each event happened, in order', async () => {
      const line = await start('answers').answered();
      const times = line.heard().map(({ at }) => at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(Math.abs((times.at(-1) ?? 0) - Date.now())).toBeLessThan(60_000);
    });
  });
}

class Line {
  readonly #network: Network;
  readonly #leg: { id: string; to: string };
  #told = 0;
  #last: () => Promise<unknown> = async () => {};

  constructor(network: Network, callee: Callee) {
    this.#network = network;
    this.#leg = network.leg(callee);
  }

  get playback(): string {
    return `${this.#leg.id}-1`;
  }

  heard(): LegEvent[] {
    return this.#network.heard(this.#leg.id);
  }

  dial(): Promise<void> {
    return this.tell({ do: 'dial', to: this.#leg.to, from: '+31851234567' });
  }

  async answered(): Promise<Line> {
    await this.dial();
    await this.untilHeard('leg.ringing', 'leg.answered');
    return this;
  }

  async tell(instruction: Instruction): Promise<void> {
    const command = { leg: this.#leg.id, first: ++this.#told, at: Date.now(), instructions: [instruction] };
    this.#last = async () => this.#network.carrier(this.#leg.id).perform(command);
    await this.#last();
  }

  async repeat(): Promise<void> {
    await this.#last();
  }

  async untilHeard(...types: LegEvent['type'][]): Promise<void> {
    await vi.waitFor(() => expect(this.heard().map(({ type }) => type)).toEqual(types), 10_000);
  }
}
