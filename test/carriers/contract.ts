import { describe, expect, it } from 'vitest';
import type { Bridge, BridgeMembership, Carrier, Instruction, LegEvent } from '../../src/contracts/carrier.ts';
import { until } from '../support/until.ts';

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

/** What every carrier must do with legs that meet. Whether they hear each other, its own tests show. */
export function describeMeetings(name: string, setUp: () => Network): void {
  describe(`the contract about bridges, kept by ${name}`, () => {
    const twoAnswered = async () => {
      const network = setUp();
      const [one, two] = [new Line(network, 'answers'), new Line(network, 'answers')];
      await one.answered();
      await two.answered();
      return [one, two] as const;
    };
    const ANSWERED = ['leg.ringing', 'leg.answered'] as const;

    it('joins two legs, changes how they take part, and lets them go, without a word of its own', async () => {
      const [one, two] = await twoAnswered();
      for (const line of [one, two]) await line.join(one.bridge);
      await one.join(one.bridge, { muted: true });
      await two.join(one.bridge, { coaches: one.id });
      await one.tell({ do: 'leave' });
      await two.tell({ do: 'leave' });
      for (const line of [one, two]) {
        await line.playsToTheEnd();
        await line.untilHeard(...ANSWERED, 'leg.playback-ended');
      }
    });

    it('ends a playback when the leg joins a bridge, and reports it', async () => {
      const [one] = await twoAnswered();
      await one.tell({ do: 'play', playback: one.playback, prompts: [{ pause: 600 }] });
      await one.join(one.bridge);
      await one.untilHeard(...ANSWERED, 'leg.playback-ended');
      expect(one.heard().at(-1)).toMatchObject({ playback: one.playback });
    });

    it('joins and leaves once when the command is repeated', async () => {
      const [one] = await twoAnswered();
      await one.join(one.bridge);
      await one.repeat();
      await one.playsToTheEnd();
      await one.untilHeard(...ANSWERED, 'leg.playback-ended');
      await one.tell({ do: 'leave' });
      await one.repeat();
      await one.playsToTheEnd();
      await one.untilHeard(...ANSWERED, 'leg.playback-ended', 'leg.playback-ended');
    });

    it('takes a leave of a leg that is in no bridge', async () => {
      const [one] = await twoAnswered();
      await one.tell({ do: 'leave' });
      await one.playsToTheEnd();
      await one.untilHeard(...ANSWERED, 'leg.playback-ended');
    });

    it('moves a leg from one bridge to another, and reports no leaving that was asked for', async () => {
      const [one, two] = await twoAnswered();
      await one.join(one.bridge);
      await one.join(two.bridge);
      await one.playsToTheEnd();
      await one.untilHeard(...ANSWERED, 'leg.playback-ended');
    });

    it('hangs up a leg in a bridge, and leaves the other', async () => {
      const [one, two] = await twoAnswered();
      for (const line of [one, two]) await line.join(one.bridge);
      await one.tell({ do: 'hangup' });
      await one.untilHeard(...ANSWERED, 'leg.ended');
      await two.playsToTheEnd();
      await two.untilHeard(...ANSWERED, 'leg.playback-ended');
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

  get id(): string {
    return this.#leg.id;
  }

  /** One that nobody else has. */
  get bridge(): Bridge {
    return { id: `${this.#leg.id}-b` };
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

  join(bridge: Bridge, part: Partial<BridgeMembership> = {}): Promise<void> {
    return this.tell({ do: 'join', bridge, muted: false, ...part });
  }

  /** What came before it has been performed once its end is heard. */
  playsToTheEnd(): Promise<void> {
    return this.tell({ do: 'play', playback: `${this.#leg.id}-${this.#told}`, prompts: [{ pause: 0.1 }] });
  }

  async repeat(): Promise<void> {
    await this.#last();
  }

  async untilHeard(...types: LegEvent['type'][]): Promise<void> {
    await until(() => expect(this.heard().map(({ type }) => type)).toEqual(types));
  }
}
