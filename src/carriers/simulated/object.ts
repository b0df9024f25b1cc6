import { DurableObject } from 'cloudflare:workers';
import type { NewCallFacts } from '../../calls/call.ts';
import type { CallMethods } from '../../calls/rpc.ts';
import { isBridge } from '../../contracts/bridge-id.ts';
import type { CallFacts } from '../../contracts/call.ts';
import type { EndCause, LegCommand, LegEvent, Script } from '../../contracts/carrier.ts';
import { legOwner } from '../../contracts/leg-owner.ts';
import { callObject, recordingObject, simulatedObject } from '../../contracts/objects.ts';
import { scriptFor } from '../../contracts/script.ts';
import { alarmTime } from '../../lib/alarm.ts';
import { handleAlarm } from '../../lib/object-shell.ts';
import { done, type Result } from '../../lib/result.ts';
import { SingleFlight } from '../../lib/single-flight.ts';
import { stamped, upgraded } from '../../lib/upgrades.ts';
import type { RecordingMethods } from '../../recordings/rpc.ts';
import { languagesOf } from '../../speech/speech.ts';
import {
  applyBridgeUpdates,
  type BridgeHistory,
  type BridgeUpdate,
  newBridge,
  performInBridge,
  type SimulatedBridge,
  withoutLeg,
} from './bridge.ts';
import {
  advanceEndpoint,
  claimRendering,
  nextAlarm,
  RENDERING_FAILED,
  recorderOf,
  renewClaims,
  type SimulatedEndpoint,
  settleRendering,
} from './endpoint.ts';
import { newSimulatedLeg, type SimulatedLeg } from './leg.ts';
import { livedUntil, newIncomingLeg, performOnLeg } from './machine.ts';
import { type MixPlan, mixPlanOfBridge, mixPlanOfLeg } from './mix-plan.ts';
import { hasFailed, hasNoTriesLeft } from './recorder.ts';
import { writeRecording } from './recording-writer.ts';
import type { SimulatedMethods } from './rpc.ts';
import { pitchOf } from './tones.ts';
import { type HeardSound, transcriptOf } from './transcript.ts';
import { endpointUpgrades } from './upgrades.ts';

const RETRY_MS = 1000;

/** The name under which the object stores its endpoint. */
/** A word of the first release, which cannot change: under it live legs and bridges are stored. */
const STORED = 'line';

/**
 * The simulated phone network: one object per leg, and one per bridge. It performs commands and reports events, as any
 * carrier does. Legs send updates to their bridge, and no leg waits for a bridge.
 */
export class SimulatedObject extends DurableObject<Env> implements SimulatedMethods {
  #endpoint: SimulatedEndpoint | undefined;
  /** After a bridge could not be reached, bridges are left alone until this time. */
  #restUntil = 0;
  readonly #renderings = new SingleFlight<'recording'>();

  async perform(command: LegCommand): Promise<Result<undefined, EndCause>> {
    const now = Date.now();
    if (isBridge(command.leg)) {
      const { bridge, undelivered } = this.#loadBridge(command.leg, now);
      this.#save({ undelivered, bridge: performInBridge(bridge, command, now) });
      return done(undefined);
    }
    const endpoint = this.#load();
    const leg = endpoint?.leg ?? dialledLeg(command, now);
    const voices = languagesOf(this.env);
    const hasVoice = (language: string) => voices(language) !== undefined;
    if (leg) this.#save({ undelivered: endpoint?.undelivered ?? [], leg: performOnLeg(leg, command, now, hasVoice) });
    return done(undefined);
  }

  async ring(facts: NewCallFacts, script: Script): Promise<CallFacts> {
    const now = Date.now();
    const caller = () => ({ ...newIncomingLeg(facts.id, script, now, now), pitch: pitchOf(facts.from) });
    if (!this.#load()) this.#write({ undelivered: [], leg: caller() });
    const begun = await callObject<CallMethods>(this.env, facts.id).begin({ ...facts, script });
    const endpoint = this.#load();
    if (endpoint) this.#save(endpoint);
    return begun;
  }

  async applyBridgeUpdates(id: string, updates: BridgeUpdate[]): Promise<void> {
    const { bridge, undelivered } = this.#loadBridge(id, Date.now());
    this.#save({ undelivered, bridge: applyBridgeUpdates(bridge, updates) });
  }

  history(): BridgeHistory | undefined {
    const { presences, sounds, keys } = this.#load()?.bridge ?? {};
    return presences && sounds && keys && { presences, sounds, keys };
  }

  async heard(): Promise<HeardSound[]> {
    const leg = this.#load()?.leg;
    return leg ? transcriptOf(leg, await this.#historiesFor(leg), livedUntil(leg, Date.now())) : [];
  }

  /** The histories of the bridges that a leg was in, by id. */
  async #historiesFor({ bridgeStays }: SimulatedLeg): Promise<Record<string, BridgeHistory | undefined>> {
    const ids = [...new Set(bridgeStays.map(({ bridge }) => bridge))];
    const histories = ids.map(
      async (id) => [id, await simulatedObject<SimulatedMethods>(this.env, id).history()] as const,
    );
    return Object.fromEntries(await Promise.all(histories));
  }

  /** Forgets a leg, also in the bridges that it was in. Doing it twice changes nothing. */
  async forget(): Promise<void> {
    const { leg } = this.#load() ?? {};
    const bridges = new Set(leg?.bridgeStays.map(({ bridge }) => bridge));
    await Promise.all(
      [...bridges].map((bridge) => simulatedObject<SimulatedMethods>(this.env, bridge).forgetLeg(leg?.id ?? '')),
    );
    await this.#erase();
  }

  async forgetLeg(leg: string): Promise<void> {
    const { bridge, undelivered = [] } = this.#load() ?? {};
    if (!bridge) return;
    const rest = withoutLeg(bridge, leg);
    if (rest.presences.length > 0) this.#save({ undelivered, bridge: rest });
    else await this.#erase();
  }

  override alarm(): Promise<void> {
    return handleAlarm(this.ctx, () => this.#live());
  }

  async #live(): Promise<void> {
    // The alarm does not wait for renderings: what happens to a leg must not wait until a recording is rendered.
    this.ctx.waitUntil(this.#renderings.run('recording', () => this.#renderRecording()));
    for (let endpoint = this.#load(); endpoint; endpoint = this.#load()) {
      const now = Date.now();
      const next = endpoint.undelivered.length > 0 ? endpoint : advanceEndpoint(endpoint, now);
      if (next === endpoint && endpoint.undelivered.length === 0 && !this.#hasUpdates(endpoint, now)) break;
      // An event is stored before it is reported: its owner drops a repeat, but could not make up for a loss.
      if (next !== endpoint) this.#write(next);
      if (!(await this.#report(next))) {
        await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
        return;
      }
    }
    if (this.#endpoint) this.#save(renewClaims(this.#endpoint, Date.now()));
  }

  /** Renders one recording that is over. False when there is none to be rendered now. */
  async #renderRecording(): Promise<boolean> {
    const endpoint = this.#load();
    const claimed = endpoint && claimRendering(endpoint, Date.now());
    if (!claimed) return false;
    this.#save(claimed.endpoint);
    const { recorder } = claimed;
    const { recording } = recorder;
    const result = hasNoTriesLeft(recorder)
      ? 'failed'
      : await writeRecording(recorder, () => this.#mixPlan(recording), this.env);
    if (hasFailed(recorder, result)) {
      const failed = { type: 'failed', at: Date.now(), reason: RENDERING_FAILED } as const;
      // A recording that this does not reach fails all the same: after a day without its files.
      await recordingObject<RecordingMethods>(this.env, recording)
        .report(failed)
        .catch(() => {});
    }
    this.#save(settleRendering(this.#endpoint as SimulatedEndpoint, recorder, result, Date.now()));
    return true;
  }

  async #mixPlan(recording: string): Promise<MixPlan> {
    const endpoint = this.#endpoint as SimulatedEndpoint;
    const recorder = recorderOf(endpoint, recording);
    return endpoint.leg
      ? mixPlanOfLeg(endpoint.leg, recorder, await this.#historiesFor(endpoint.leg))
      : mixPlanOfBridge(endpoint.bridge, recorder);
  }

  /**
   * Sends events to the owner and updates to bridges, side by side. False if the owner was not
   * reached: it must hear of everything in order.
   */
  async #report(endpoint: SimulatedEndpoint): Promise<boolean> {
    const { leg, bridge, undelivered } = endpoint;
    const updates = leg && this.#hasUpdates(endpoint, Date.now()) ? leg.bridgeUpdates : [];
    const [reported, ...updated] = await Promise.allSettled([
      undelivered.length > 0 ? legOwner((leg ?? bridge).id, this.env).legEvents(undelivered) : undefined,
      ...byBridge(updates).map(([id, own]) =>
        simulatedObject<SimulatedMethods>(this.env, id).applyBridgeUpdates(id, own),
      ),
    ]);
    if (updated.some(({ status }) => status === 'rejected')) this.#restUntil = Date.now() + RETRY_MS;
    else this.#dropUpdates(updates.at(-1)?.n ?? 0);
    if (reported.status === 'rejected') return false;
    this.#endpoint = { ...(this.#endpoint as SimulatedEndpoint), undelivered: [] };
    return true;
  }

  #hasUpdates({ leg }: SimulatedEndpoint, now: number): boolean {
    return leg !== undefined && leg.bridgeUpdates.length > 0 && now >= this.#restUntil;
  }

  /** Drops the updates up to this number: they have arrived. */
  #dropUpdates(last: number): void {
    const { leg, undelivered } = this.#endpoint as SimulatedEndpoint;
    if (!leg) return;
    const bridgeUpdates = leg.bridgeUpdates.filter(({ n }) => n > last);
    this.#endpoint = { undelivered, leg: { ...leg, bridgeUpdates } };
  }

  #load(): SimulatedEndpoint | undefined {
    if (this.#endpoint) return this.#endpoint;
    const stored = this.ctx.storage.kv.get(STORED);
    if (stored !== undefined) this.#endpoint = upgraded(stored, endpointUpgrades);
    return this.#endpoint;
  }

  #loadBridge(id: string, now: number): { bridge: SimulatedBridge; undelivered: LegEvent[] } {
    const { bridge = newBridge(id, now), undelivered = [] } = this.#load() ?? {};
    return { bridge, undelivered: undelivered };
  }

  #write(endpoint: SimulatedEndpoint): void {
    this.#endpoint = endpoint;
    this.ctx.storage.kv.put(STORED, stamped(endpoint, endpointUpgrades));
  }

  async #erase(): Promise<void> {
    this.#endpoint = undefined;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  #save(endpoint: SimulatedEndpoint): void {
    const wake = endpoint.undelivered.length > 0 ? undefined : nextAlarm(endpoint, this.#restUntil);
    this.ctx.storage.transactionSync(() => {
      this.#write(endpoint);
      if (wake !== undefined) void this.ctx.storage.setAlarm(alarmTime(wake, Date.now()));
    });
  }
}

const byBridge = (updates: BridgeUpdate[]): [string, BridgeUpdate[]][] =>
  [...new Set(updates.map(({ bridge }) => bridge))].map((id) => [id, updates.filter(({ bridge }) => bridge === id)]);

/** The leg that its first command dials; a command for a leg that never was does nothing. */
function dialledLeg(command: LegCommand, now: number): SimulatedLeg | undefined {
  const [first] = command.instructions;
  if (first?.do !== 'dial') return undefined;
  const leg = newSimulatedLeg(command.leg, first.script ?? scriptFor(first.to), command.at, now);
  return { ...leg, pitch: pitchOf(first.to) };
}
