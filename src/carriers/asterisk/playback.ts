import type { Instruction, LegFact, Prompt } from '../../contracts/carrier.ts';
import type { TelephoneRate } from '../../speech/audio/audio.ts';
import type { AriResponse } from './ari-response.ts';
import { type AriRequest, playRequests, stopRequests } from './commands.ts';
import type { CommandResult, GatewayContext } from './context.ts';
import type { Leg } from './leg.ts';
import type { Prepared } from './prompts.ts';

/** Should the object die while a voice speaks, the alarm has it spoken again. */
const PREPARING_MS = 20_000;

const PROMPT_REFUSED: LegFact = { type: 'leg.prompt-failed', code: 'prompt_not_played' };

type Prepare = (prompts: Prompt[], origin: string, rate: TelephoneRate) => Promise<Prepared>;

/** Narrowband is all that most of the phone network has; more would only be thrown away. */
const rateOf = (wideband = false): TelephoneRate => (wideband ? 16_000 : 8000);

/** Plays prompts once they are ready, without holding up what else a leg has to do. */
export class PlaybackRunner {
  readonly #desk: GatewayContext;
  readonly #prepare: Prepare;
  /** Prompts of playbacks that have not begun: being made ready, or ready. */
  readonly #prompts = new Map<string, Prepared | 'preparing'>();

  constructor(desk: GatewayContext, prepare: Prepare) {
    this.#desk = desk;
    this.#prepare = prepare;
  }

  /** Makes ready what is likely to be played, while the phone rings; as wideband if the trunk's calls have been. */
  expect({ prepare, routes }: Extract<Instruction, { do: 'dial' }>): void {
    const { background, socket, legs } = this.#desk;
    const origin = socket.connection?.origin;
    const trunk = routes?.[0]?.trunk;
    const wideband = legs.all().some((leg) => leg.trunk === trunk && leg.wideband);
    if (prepare && origin !== undefined) background(this.#prepare(prepare, origin, rateOf(wideband)));
  }

  async play(leg: Leg, instruction: Extract<Instruction, { do: 'play' }>): Promise<CommandResult> {
    const { legs, tell, background } = this.#desk;
    const prepared = this.#prompts.get(instruction.playback);
    if (prepared === undefined) background(this.#prepareFor(leg.id, instruction));
    if (prepared === undefined || prepared === 'preparing') return 'later';
    this.#prompts.delete(instruction.playback);
    const { requests, playback } = playRequests(leg, instruction.playback, prepared.pieces);
    const stop = this.hush(leg);
    const ended: LegFact = { type: 'leg.playback-ended', playback: instruction.playback };
    if (playback.parts.length === 0) {
      tell(leg.id, [...prepared.failures, ended]);
      return 'done';
    }
    // Known before it is asked for: its end may be reported before the answer comes.
    legs.keep({ ...leg, playback });
    tell(leg.id, prepared.failures);
    const [last] = await this.#askFor(leg, stop, requests);
    if ((last?.status ?? 0) >= 400) tell(leg.id, [PROMPT_REFUSED, ended]);
    return 'done';
  }

  /** The answer to the last request comes first. */
  async #askFor(leg: Leg, stop: AriRequest[], requests: AriRequest[]): Promise<AriResponse[]> {
    const { socket } = this.#desk;
    const all = [...stop, ...requests];
    if (!leg.membership) return (await Promise.all(all.map((request) => socket.ask(request)))).reverse();
    const answers: AriResponse[] = [];
    for (const request of all) answers.unshift(await socket.askPatiently(request));
    return answers;
  }

  /** Tells the end of what is playing, and how to end it. */
  hush({ id, playback }: Leg): AriRequest[] {
    if (!playback) return [];
    this.#desk.tell(id, [{ type: 'leg.playback-ended', playback: playback.id }]);
    return stopRequests(playback);
  }

  /** Not awaited by the leg's work: a hang-up must not wait for a slow voice. */
  async #prepareFor(leg: string, { playback, prompts }: Extract<Instruction, { do: 'play' }>): Promise<void> {
    const { socket, legs, wakeIn, workOn } = this.#desk;
    const origin = socket.connection?.origin ?? '';
    this.#prompts.set(playback, 'preparing');
    await wakeIn(PREPARING_MS);
    const failed = (): Prepared => ({ pieces: [], failures: [{ type: 'leg.prompt-failed', code: 'prompt_failed' }] });
    const rate = rateOf(legs.find(leg)?.wideband);
    const prepared = await this.#prepare(prompts, origin, rate).catch(failed);
    const isWanted = legs.find(leg)?.todo.some((it) => it.do === 'play' && it.playback === playback);
    if (isWanted) this.#prompts.set(playback, prepared);
    else this.#prompts.delete(playback);
    workOn(leg);
  }
}
