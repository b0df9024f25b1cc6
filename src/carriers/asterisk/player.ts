import type { Instruction, LegFact, Prompt } from '../../contracts/carrier.ts';
import type { TelephoneRate } from '../../speech/audio/audio.ts';
import type { AriRequest, AriResponse } from './ari.ts';
import { playRequests, stopRequests } from './channel-requests.ts';
import type { CommandResult, GatewayContext } from './context.ts';
import { endOf, type GatewayLeg, type Playback, withoutPlayback } from './leg.ts';
import type { PreparedPrompts } from './prompts.ts';

/** Should the object die while prompts are being prepared, its alarm rings after this time and has them prepared again. */
const PREPARATION_TIMEOUT_MS = 20_000;

const PROMPT_NOT_PLAYED: LegFact = { type: 'leg.prompt-failed', code: 'prompt_not_played' };

const isRefused = (response: AriResponse | undefined): boolean => (response?.status ?? 0) >= 400;

type Prepare = (prompts: Prompt[], origin: string, rate: TelephoneRate) => Promise<PreparedPrompts>;

/** Narrowband is all that most of the phone network has; more would only be thrown away. */
const rateOf = (wideband = false): TelephoneRate => (wideband ? 16_000 : 8000);

/** Plays prompts once they are prepared, without holding up the leg's other instructions. */
export class Player {
  readonly #context: GatewayContext;
  readonly #prepare: Prepare;
  /** Prompts of playbacks that have not begun. */
  readonly #prompts = new Map<string, PreparedPrompts | 'preparing'>();

  constructor(context: GatewayContext, prepare: Prepare) {
    this.#context = context;
    this.#prepare = prepare;
  }

  /** Prepares what is likely to be played first, while the phone rings: as wideband if calls of the same trunk have been. */
  prepareAhead({ prepare, routes }: Extract<Instruction, { do: 'dial' }>): void {
    const { background, socket, legs } = this.#context;
    const origin = socket.connection?.origin;
    const trunk = routes?.[0]?.trunk;
    const wideband = legs.all().some((leg) => leg.trunk === trunk && leg.wideband);
    if (prepare && origin !== undefined) background(this.#prepare(prepare, origin, rateOf(wideband)));
  }

  async play(leg: GatewayLeg, instruction: Extract<Instruction, { do: 'play' }>): Promise<CommandResult> {
    const { legs, report, background } = this.#context;
    const prepared = this.#prompts.get(instruction.playback);
    if (prepared === undefined) background(this.#prepareFor(leg.id, instruction));
    if (prepared === undefined || prepared === 'preparing') return 'later';
    this.#prompts.delete(instruction.playback);
    const { requests, playback } = playRequests(leg, instruction.playback, prepared.parts);
    const stop = this.endPlayback(leg);
    const whole: Playback = { ...playback, ...(prepared.failures.length > 0 && { unheard: true }) };
    if (playback.parts.length === 0) {
      report(leg.id, [...prepared.failures, endOf(whole)]);
      return 'done';
    }
    // The playback is known before it is asked for: its end may be reported before the response comes.
    legs.keepInMemory({ ...leg, playback: whole });
    report(leg.id, prepared.failures);
    const [last, ...others] = await this.#send(leg, [...stop, ...requests]);
    if (isRefused(last)) this.#endRefused(leg.id, whole);
    else if (others.slice(0, requests.length - 1).some(isRefused)) this.#markUnheard(leg.id, playback.id);
    return 'done';
  }

  /** Without its last part the gateway would never report its end. */
  #endRefused(id: string, playback: Playback): void {
    const { legs, report } = this.#context;
    const leg = legs.find(id);
    if (leg?.playback?.id === playback.id) legs.keepInMemory(withoutPlayback(leg));
    report(id, [PROMPT_NOT_PLAYED, endOf({ ...playback, unheard: true })]);
  }

  /** A part in the middle was refused, whose end nobody will report. */
  #markUnheard(id: string, playback: string): void {
    const { legs, report } = this.#context;
    const leg = legs.find(id);
    if (leg?.playback?.id !== playback) return;
    legs.keepInMemory({ ...leg, playback: { ...leg.playback, unheard: true } });
    report(id, [PROMPT_NOT_PLAYED]);
  }

  /** Resolves to the responses, that to the last request first. A whispering channel must exist before it is asked to play. */
  async #send(leg: GatewayLeg, requests: AriRequest[]): Promise<AriResponse[]> {
    const { socket } = this.#context;
    if (!leg.membership) return (await Promise.all(requests.map((request) => socket.request(request)))).reverse();
    const responses: AriResponse[] = [];
    for (const request of requests) responses.unshift(await socket.requestUntilReady(request));
    return responses;
  }

  /** Reports the end of what a leg is hearing, and returns the requests that end it. */
  endPlayback({ id, playback }: GatewayLeg): AriRequest[] {
    if (!playback) return [];
    this.#context.report(id, [endOf({ ...playback, unheard: true })]);
    return stopRequests(playback);
  }

  /** The leg's other instructions do not wait for this: a hang-up must not be held up by a slow voice. */
  async #prepareFor(leg: string, { playback, prompts }: Extract<Instruction, { do: 'play' }>): Promise<void> {
    const { socket, legs, wakeIn, processPending } = this.#context;
    const origin = socket.connection?.origin ?? '';
    this.#prompts.set(playback, 'preparing');
    await wakeIn(PREPARATION_TIMEOUT_MS);
    const failed = (): PreparedPrompts => ({
      parts: [],
      failures: [{ type: 'leg.prompt-failed', code: 'prompt_failed' }],
    });
    const rate = rateOf(legs.find(leg)?.wideband);
    const prepared = await this.#prepare(prompts, origin, rate).catch(failed);
    const isWanted = legs.find(leg)?.pending.some((it) => it.do === 'play' && it.playback === playback);
    if (isWanted) this.#prompts.set(playback, prepared);
    else this.#prompts.delete(playback);
    processPending(leg);
  }
}
