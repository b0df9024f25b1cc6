import { describe, expect, it } from 'vitest';
import type { Bridge, BridgeMembership, Carrier, Instruction, LegEvent } from '../../src/contracts/carrier.ts';
import { until } from '../support/until.ts';

/** A carrier's own test file supplies this: legs on its network, and the events that they report to their call. */
export interface ContractNetwork {
  /** Makes a leg that is about to dial a callee of this kind. */
  leg(callee: Callee): { id: string; to: string };
  carrier(leg: string): Carrier;
  reported(leg: string): LegEvent[];
}

export type Callee = 'answers' | 'is busy' | 'never answers' | 'does not exist' | 'presses 1 and hangs up';

/** Describes what every carrier must do, whatever its network. Each carrier's own test file calls it. */
export function describeCarrier(name: string, setUp: () => ContractNetwork): void {
  describe(`the carrier contract, kept by ${name}`, () => {
    const start = (callee: Callee) => new ContractLeg(setUp(), callee);

    it('reports ringing, then the answer', async () => {
      const leg = start('answers');
      await leg.dial();
      await leg.untilReported('leg.ringing', 'leg.answered');
    });

    it.each<[Callee, string]>([
      ['is busy', 'busy'],
      ['does not exist', 'unallocated'],
    ])('reports that the callee %s as the end, because of %s', async (callee, cause) => {
      const leg = start(callee);
      await leg.dial();
      await leg.untilReported('leg.ended');
      expect(leg.reported().at(-1)).toMatchObject({ cause });
    });

    it('can hang up while it rings', async () => {
      const leg = start('never answers');
      await leg.dial();
      await leg.untilReported('leg.ringing');
      await leg.tell({ do: 'hangup' });
      await leg.untilReported('leg.ringing', 'leg.ended');
    });

    it('reports one end of a playback of several prompts', async () => {
      const leg = await start('answers').answered();
      await leg.tell({ do: 'play', playback: leg.playback, prompts: [{ pause: 0.1 }, { pause: 0.1 }] });
      await leg.untilReported('leg.ringing', 'leg.answered', 'leg.playback-ended');
      expect(leg.reported().at(-1)).toMatchObject({ playback: leg.playback });
    });

    it('ends a playback that is stopped', async () => {
      const leg = await start('answers').answered();
      await leg.tell({ do: 'play', playback: leg.playback, prompts: [{ pause: 600 }] });
      await leg.tell({ do: 'stop', playback: leg.playback });
      await leg.untilReported('leg.ringing', 'leg.answered', 'leg.playback-ended');
    });

    it('reports digits, and that the other side hung up', async () => {
      const leg = start('presses 1 and hangs up');
      await leg.dial();
      await leg.untilReported('leg.ringing', 'leg.answered', 'leg.digit', 'leg.ended');
      expect(leg.reported().slice(2)).toMatchObject([{ digit: '1' }, { cause: 'normal' }]);
    });

    it('performs a repeated command once', async () => {
      const leg = start('answers');
      await leg.dial();
      await leg.repeat();
      await leg.untilReported('leg.ringing', 'leg.answered');
      await leg.tell({ do: 'hangup' });
      await leg.repeat();
      await leg.untilReported('leg.ringing', 'leg.answered', 'leg.ended');
    });

    it('accepts a command for a leg that never was, and reports nothing', async () => {
      const leg = start('answers');
      await leg.tell({ do: 'hangup' });
      expect(leg.reported()).toEqual([]);
    });

    it('reports the time of each event, in order', async () => {
      const leg = await start('answers').answered();
      const times = leg.reported().map(({ at }) => at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(Math.abs((times.at(-1) ?? 0) - Date.now())).toBeLessThan(60_000);
    });
  });
}

/** Describes what every carrier must do with legs in bridges. Whether they hear each other, its own tests show. */
export function describeBridging(name: string, setUp: () => ContractNetwork): void {
  describe(`the contract of bridges, kept by ${name}`, () => {
    const twoAnswered = async () => {
      const network = setUp();
      const [one, two] = [new ContractLeg(network, 'answers'), new ContractLeg(network, 'answers')];
      await one.answered();
      await two.answered();
      return [one, two] as const;
    };
    const ANSWERED = ['leg.ringing', 'leg.answered'] as const;

    it('joins two legs, changes how they take part and lets them leave, and reports nothing of it', async () => {
      const [one, two] = await twoAnswered();
      for (const leg of [one, two]) await leg.join(one.bridge);
      await one.join(one.bridge, { muted: true });
      await two.join(one.bridge, { coaches: one.id });
      await one.tell({ do: 'leave' });
      await two.tell({ do: 'leave' });
      for (const leg of [one, two]) {
        await leg.playsToTheEnd();
        await leg.untilReported(...ANSWERED, 'leg.playback-ended');
      }
    });

    it('ends a playback when the leg joins a bridge, and reports it', async () => {
      const [one] = await twoAnswered();
      await one.tell({ do: 'play', playback: one.playback, prompts: [{ pause: 600 }] });
      await one.join(one.bridge);
      await one.untilReported(...ANSWERED, 'leg.playback-ended');
      expect(one.reported().at(-1)).toMatchObject({ playback: one.playback });
    });

    it('joins and leaves once when the command is repeated', async () => {
      const [one] = await twoAnswered();
      await one.join(one.bridge);
      await one.repeat();
      await one.playsToTheEnd();
      await one.untilReported(...ANSWERED, 'leg.playback-ended');
      await one.tell({ do: 'leave' });
      await one.repeat();
      await one.playsToTheEnd();
      await one.untilReported(...ANSWERED, 'leg.playback-ended', 'leg.playback-ended');
    });

    it('accepts a leave from a leg that is in no bridge', async () => {
      const [one] = await twoAnswered();
      await one.tell({ do: 'leave' });
      await one.playsToTheEnd();
      await one.untilReported(...ANSWERED, 'leg.playback-ended');
    });

    it('moves a leg from one bridge to another, and reports nothing of it', async () => {
      const [one, two] = await twoAnswered();
      await one.join(one.bridge);
      await one.join(two.bridge);
      await one.playsToTheEnd();
      await one.untilReported(...ANSWERED, 'leg.playback-ended');
    });

    it('hangs up a leg in a bridge, and leaves the other', async () => {
      const [one, two] = await twoAnswered();
      for (const leg of [one, two]) await leg.join(one.bridge);
      await one.tell({ do: 'hangup' });
      await one.untilReported(...ANSWERED, 'leg.ended');
      await two.playsToTheEnd();
      await two.untilReported(...ANSWERED, 'leg.playback-ended');
    });
  });
}

class ContractLeg {
  readonly #network: ContractNetwork;
  readonly #leg: { id: string; to: string };
  #told = 0;
  #last: () => Promise<unknown> = async () => {};

  constructor(network: ContractNetwork, callee: Callee) {
    this.#network = network;
    this.#leg = network.leg(callee);
  }

  get id(): string {
    return this.#leg.id;
  }

  /** A bridge that no other leg has. */
  get bridge(): Bridge {
    return { id: `${this.#leg.id}-b` };
  }

  get playback(): string {
    return `${this.#leg.id}-1`;
  }

  reported(): LegEvent[] {
    return this.#network.reported(this.#leg.id);
  }

  dial(): Promise<void> {
    return this.tell({ do: 'dial', to: this.#leg.to, from: '+31851234567' });
  }

  async answered(): Promise<ContractLeg> {
    await this.dial();
    await this.untilReported('leg.ringing', 'leg.answered');
    return this;
  }

  async tell(instruction: Instruction): Promise<void> {
    const command = { leg: this.#leg.id, first: ++this.#told, at: Date.now(), instructions: [instruction] };
    this.#last = async () => this.#network.carrier(this.#leg.id).perform(command);
    await this.#last();
  }

  join(bridge: Bridge, part: Partial<BridgeMembership> = {}): Promise<void> {
    return this.tell({ do: 'join', bridge, muted: false, ...part });
  }

  /** Plays something to its end, by which everything before it has been performed. */
  playsToTheEnd(): Promise<void> {
    return this.tell({ do: 'play', playback: `${this.#leg.id}-${this.#told}`, prompts: [{ pause: 0.1 }] });
  }

  async repeat(): Promise<void> {
    await this.#last();
  }

  async untilReported(...types: LegEvent['type'][]): Promise<void> {
    await until(() => expect(this.reported().map(({ type }) => type)).toEqual(types));
  }
}
