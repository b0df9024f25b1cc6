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
import {
  type Attendance,
  type BridgeNote,
  newBridge,
  performInBridge,
  type SimulatedBridge,
  takeNotes,
  withoutLeg,
} from './bridge.ts';
import {
  claimSound,
  nextOf,
  RENDERING_FAILED,
  recorderOf,
  type SimulatedEndpoint,
  settleSound,
  stepLine,
  stillMaking,
} from './endpoint.ts';
import { type Leg, newLeg } from './leg.ts';
import { incomingLeg, livedUntil, perform } from './machine.ts';
import { type MixPlan, mixPlanOfBridge, mixPlanOfLeg } from './mix-plan.ts';
import { hasFailed, isBeyondTrying } from './recorder.ts';
import { writeRecording } from './recording-writer.ts';
import type { SimulatedMethods } from './rpc.ts';
import { voiceHertz } from './tones.ts';
import { type HeardSound, transcriptOf } from './transcript.ts';
import { endpointUpgrades } from './upgrades.ts';

const RETRY_MS = 1000;

/**
 * The simulated phone network: one object per leg, and one per bridge. It is told what to do and reports what happens,
 * as any carrier; legs tell their bridge how they take part, and nobody waits for a bridge.
 */
export class SimulatedObject extends DurableObject<Env> implements SimulatedMethods {
  #line: SimulatedEndpoint | undefined;
  /** Until when bridges that could not be told are left alone. */
  #restUntil = 0;
  readonly #senders = new SingleFlight<'sounds'>();

  async perform(command: LegCommand): Promise<Result<undefined, EndCause>> {
    const now = Date.now();
    if (isBridge(command.leg)) {
      const { mixing, unheard } = this.#bridge(command.leg, now);
      this.#save({ unheard, mixing: performInBridge(mixing, command, now) });
      return done(undefined);
    }
    const line = this.#load();
    const leg = line?.leg ?? dialled(command, now);
    if (leg) this.#save({ unheard: line?.unheard ?? [], leg: perform(leg, command, now) });
    return done(undefined);
  }

  /** Brings in a call: the caller is there before the call is, and does nothing before the call has begun. */
  async ring(facts: NewCallFacts, script: Script): Promise<CallFacts> {
    const now = Date.now();
    const caller = () => ({ ...incomingLeg(facts.id, script, now, now), voice: voiceHertz(facts.from) });
    if (!this.#load()) this.#write({ unheard: [], leg: caller() });
    const begun = await callObject<CallMethods>(this.env, facts.id).begin({ ...facts, script });
    const line = this.#load();
    if (line) this.#save(line);
    return begun;
  }

  /** As a bridge: what legs noted for it. Resolves once it is kept; a repeat changes nothing. */
  async takeNotes(bridge: string, notes: BridgeNote[]): Promise<void> {
    const { mixing, unheard } = this.#bridge(bridge, Date.now());
    this.#save({ unheard, mixing: takeNotes(mixing, notes) });
  }

  /** As a bridge: who was in it, and what was played to all. */
  attendance(): Attendance | undefined {
    const { presences, sounds, keys } = this.#load()?.mixing ?? {};
    return presences && sounds && keys && { presences, sounds, keys };
  }

  /** As a leg: what it heard, as far as the bridges know by now. */
  async heard(): Promise<HeardSound[]> {
    const leg = this.#load()?.leg;
    return leg ? transcriptOf(leg, await this.#attendances(leg), livedUntil(leg, Date.now())) : [];
  }

  async #attendances({ stays }: Leg): Promise<Record<string, Attendance | undefined>> {
    const ids = [...new Set(stays.map(({ bridge }) => bridge))];
    const attendances = ids.map(
      async (id) => [id, await simulatedObject<SimulatedMethods>(this.env, id).attendance()] as const,
    );
    return Object.fromEntries(await Promise.all(attendances));
  }

  /** As a leg: nothing of it stays, also where it met others. Doing it twice changes nothing. */
  async forget(): Promise<void> {
    const { leg } = this.#load() ?? {};
    const bridges = new Set(leg?.stays.map(({ bridge }) => bridge));
    await Promise.all(
      [...bridges].map((bridge) => simulatedObject<SimulatedMethods>(this.env, bridge).forgetLeg(leg?.id ?? '')),
    );
    await this.#erase();
  }

  /** As a bridge: with the last of those who were in it goes what was played to all. */
  async forgetLeg(leg: string): Promise<void> {
    const { mixing, unheard = [] } = this.#load() ?? {};
    if (!mixing) return;
    const rest = withoutLeg(mixing, leg);
    if (rest.presences.length > 0) this.#save({ unheard, mixing: rest });
    else await this.#erase();
  }

  override alarm(): Promise<void> {
    return handleAlarm(this.ctx, () => this.#live());
  }

  async #live(): Promise<void> {
    // Not waited for: what happens to a leg must not wait until a sound is made.
    this.ctx.waitUntil(this.#senders.run('sounds', () => this.#makeSound()));
    for (let line = this.#load(); line; line = this.#load()) {
      const now = Date.now();
      const next = line.unheard.length > 0 ? line : stepLine(line, now);
      if (next === line && line.unheard.length === 0 && !this.#hasNotes(line, now)) break;
      // Kept before it is told: who is told drops a repeat, but could not make up for a loss.
      if (next !== line) this.#write(next);
      if (!(await this.#tell(next))) {
        await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
        return;
      }
    }
    if (this.#line) this.#save(stillMaking(this.#line, Date.now()));
  }

  /** Makes the sound of one recording that is over. False when there is none to be made now. */
  async #makeSound(): Promise<boolean> {
    const line = this.#load();
    const claimed = line && claimSound(line, Date.now());
    if (!claimed) return false;
    this.#save(claimed.line);
    const { recorder } = claimed;
    const { recording } = recorder;
    const make = () => writeRecording(recording, () => this.#score(recording), this.env);
    const result = isBeyondTrying(recorder) ? 'failed' : await make();
    if (hasFailed(recorder, result)) {
      const failed = { type: 'failed', at: Date.now(), reason: RENDERING_FAILED } as const;
      // Should it not hear this, it fails all the same: after a day without sound.
      await recordingObject<RecordingMethods>(this.env, recording)
        .report(failed)
        .catch(() => {});
    }
    this.#save(settleSound(this.#line as SimulatedEndpoint, recorder, result, Date.now()));
    return true;
  }

  async #score(recording: string): Promise<MixPlan> {
    const { leg, mixing } = this.#line as SimulatedEndpoint;
    const recorder = recorderOf(this.#line as SimulatedEndpoint, recording);
    return leg
      ? mixPlanOfLeg(leg, recorder, await this.#attendances(leg))
      : mixPlanOfBridge(mixing as SimulatedBridge, recorder);
  }

  /** Tells bridges and owner, side by side. False if the owner did not hear it: nothing more happens before it has. */
  async #tell(line: SimulatedEndpoint): Promise<boolean> {
    const { leg, mixing, unheard } = line;
    const notes = leg && this.#hasNotes(line, Date.now()) ? leg.notes : [];
    const [heard, ...noted] = await Promise.allSettled([
      unheard.length > 0 ? legOwner((leg ?? mixing).id, this.env).legEvents(unheard) : undefined,
      ...byBridge(notes).map(([bridge, own]) =>
        simulatedObject<SimulatedMethods>(this.env, bridge).takeNotes(bridge, own),
      ),
    ]);
    if (noted.some(({ status }) => status === 'rejected')) this.#restUntil = Date.now() + RETRY_MS;
    else this.#forget(notes.at(-1)?.n ?? 0);
    if (heard.status === 'rejected') return false;
    this.#line = { ...(this.#line as SimulatedEndpoint), unheard: [] };
    return true;
  }

  #hasNotes({ leg }: SimulatedEndpoint, now: number): boolean {
    return leg !== undefined && leg.notes.length > 0 && now >= this.#restUntil;
  }

  /** Notes up to this one have arrived. */
  #forget(last: number): void {
    const { leg, unheard } = this.#line as SimulatedEndpoint;
    if (leg) this.#line = { unheard, leg: { ...leg, notes: leg.notes.filter(({ n }) => n > last) } };
  }

  #load(): SimulatedEndpoint | undefined {
    if (this.#line) return this.#line;
    const stored = this.ctx.storage.kv.get('line');
    if (stored !== undefined) this.#line = upgraded(stored, endpointUpgrades);
    return this.#line;
  }

  #bridge(id: string, now: number): { mixing: SimulatedBridge; unheard: LegEvent[] } {
    const { mixing = newBridge(id, now), unheard = [] } = this.#load() ?? {};
    return { mixing, unheard };
  }

  #write(line: SimulatedEndpoint): void {
    this.#line = line;
    this.ctx.storage.kv.put('line', stamped(line, endpointUpgrades));
  }

  async #erase(): Promise<void> {
    this.#line = undefined;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  #save(line: SimulatedEndpoint): void {
    const wake = line.unheard.length > 0 ? undefined : nextOf(line, this.#restUntil);
    this.ctx.storage.transactionSync(() => {
      this.#write(line);
      if (wake !== undefined) void this.ctx.storage.setAlarm(alarmTime(wake, Date.now()));
    });
  }
}

const byBridge = (notes: BridgeNote[]): [string, BridgeNote[]][] =>
  [...new Set(notes.map(({ bridge }) => bridge))].map((id) => [id, notes.filter(({ bridge }) => bridge === id)]);

/** The first command of a leg dials it; a command for a leg that never was does nothing. */
function dialled(command: LegCommand, now: number): Leg | undefined {
  const [first] = command.instructions;
  if (first?.do !== 'dial') return undefined;
  const leg = newLeg(command.leg, first.script ?? scriptFor(first.to), command.at, now);
  return { ...leg, voice: voiceHertz(first.to) };
}
