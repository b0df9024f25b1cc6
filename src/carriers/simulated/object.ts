import { DurableObject } from 'cloudflare:workers';
import type { NewCallFacts } from '../../calls/model.ts';
import type { CallView } from '../../calls/schemas.ts';
import { alarmTime } from '../../lib/alarm.ts';
import { done, type Outcome } from '../../lib/outcome.ts';
import { callObject, simulatedObject } from '../../objects.ts';
import { isBridge } from '../bridge-id.ts';
import type { Carrier, EndCause, LegCommand, LegEvent, Script } from '../carrier.ts';
import { ownerOf } from '../owner.ts';
import {
  type Attendance,
  type Mixing,
  type Note,
  newMixing,
  nextInBridge,
  performInBridge,
  stepInBridge,
  takeNotes,
  withoutLeg,
} from './bridge.ts';
import { type Heard, heardBy } from './heard.ts';
import { incomingLeg, livedUntil, nextWall, perform, step } from './machine.ts';
import { type Leg, newLeg } from './model.ts';
import { scriptFor } from './script.ts';

/** What the object keeps: the leg or the bridge that it is, and events that their owner may not have heard. */
type Line = { unheard: LegEvent[] } & ({ leg: Leg; mixing?: undefined } | { mixing: Mixing; leg?: undefined });

const RETRY_MS = 1000;

/**
 * The simulated phone network: one object per leg, and one per bridge. It is told what to do and reports what happens,
 * as any carrier; legs tell their bridge how they take part, and nobody waits for a bridge.
 */
export class SimulatedObject extends DurableObject<Env> implements Carrier {
  #line: Line | undefined;
  /** Until when bridges that could not be told are left alone. */
  #restUntil = 0;

  async perform(command: LegCommand): Promise<Outcome<undefined, EndCause>> {
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
  async ring(facts: NewCallFacts, script: Script): Promise<CallView> {
    const now = Date.now();
    if (!this.#load()) this.#write({ unheard: [], leg: incomingLeg(facts.id, script, now, now) });
    const view = await callObject(this.env, facts.id).begin({ ...facts, script });
    const line = this.#load();
    if (line) this.#save(line);
    return view;
  }

  /** As a bridge: what legs noted for it. Resolves once it is kept; a repeat changes nothing. */
  async takeNotes(bridge: string, notes: Note[]): Promise<void> {
    const { mixing, unheard } = this.#bridge(bridge, Date.now());
    this.#save({ unheard, mixing: takeNotes(mixing, notes) });
  }

  /** As a bridge: who was in it, and what was played to all. */
  attendance(): Attendance | undefined {
    const { presences, sounds, keys } = this.#load()?.mixing ?? {};
    return presences && sounds && keys && { presences, sounds, keys };
  }

  /** As a leg: what it heard, as far as the bridges know by now. */
  async heard(): Promise<Heard[]> {
    const leg = this.#load()?.leg;
    if (!leg) return [];
    const ids = [...new Set(leg.stays.map(({ bridge }) => bridge))];
    const attendances = await Promise.all(
      ids.map(async (id) => [id, await simulatedObject(this.env, id).attendance()] as const),
    );
    return heardBy(leg, Object.fromEntries(attendances), livedUntil(leg, Date.now()));
  }

  /** As a leg: nothing of it stays, also where it met others. Doing it twice changes nothing. */
  async forget(): Promise<void> {
    const { leg } = this.#load() ?? {};
    const bridges = new Set(leg?.stays.map(({ bridge }) => bridge));
    await Promise.all([...bridges].map((bridge) => simulatedObject(this.env, bridge).forgetLeg(leg?.id ?? '')));
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

  override async alarm(): Promise<void> {
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
    if (this.#line) this.#save(this.#line);
  }

  /** Tells bridges and owner, side by side. False if the owner did not hear it: nothing more happens before it has. */
  async #tell(line: Line): Promise<boolean> {
    const { leg, mixing, unheard } = line;
    const notes = leg && this.#hasNotes(line, Date.now()) ? leg.notes : [];
    const [heard, ...noted] = await Promise.allSettled([
      unheard.length > 0 ? ownerOf((leg ?? mixing).id, this.env).legEvents(unheard) : undefined,
      ...byBridge(notes).map(([bridge, own]) => simulatedObject(this.env, bridge).takeNotes(bridge, own)),
    ]);
    if (noted.some(({ status }) => status === 'rejected')) this.#restUntil = Date.now() + RETRY_MS;
    else this.#forget(notes.at(-1)?.n ?? 0);
    if (heard.status === 'rejected') return false;
    this.#line = { ...(this.#line as Line), unheard: [] };
    return true;
  }

  #hasNotes({ leg }: Line, now: number): boolean {
    return leg !== undefined && leg.notes.length > 0 && now >= this.#restUntil;
  }

  /** Notes up to this one have arrived. */
  #forget(last: number): void {
    const { leg, unheard } = this.#line as Line;
    if (leg) this.#line = { unheard, leg: { ...leg, notes: leg.notes.filter(({ n }) => n > last) } };
  }

  #load(): Line | undefined {
    this.#line ??= this.ctx.storage.kv.get<Line>('line');
    return this.#line;
  }

  #bridge(id: string, now: number): { mixing: Mixing; unheard: LegEvent[] } {
    const { mixing = newMixing(id, now), unheard = [] } = this.#load() ?? {};
    return { mixing, unheard };
  }

  #write(line: Line): void {
    this.#line = line;
    this.ctx.storage.kv.put('line', line);
  }

  async #erase(): Promise<void> {
    this.#line = undefined;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  #save(line: Line): void {
    const wake = line.unheard.length > 0 ? undefined : nextOf(line, this.#restUntil);
    this.ctx.storage.transactionSync(() => {
      this.#write(line);
      if (wake !== undefined) void this.ctx.storage.setAlarm(alarmTime(wake, Date.now()));
    });
  }
}

/** When the alarm must look at it: bridges are told at once, unless they rest. */
function nextOf({ leg, mixing }: Line, restUntil: number): number | undefined {
  if (mixing) return nextInBridge(mixing);
  const next = nextWall(leg);
  return leg.notes.length > 0 ? Math.min(restUntil, next ?? restUntil) : next;
}

/** Lets the next thing happen that is due; the same line when there is none. */
function stepLine(line: Line, now: number): Line {
  const due = line.mixing ? nextInBridge(line.mixing) : nextWall(line.leg);
  if (due === undefined || due > now) return line;
  const { events: unheard, ...stepped } = line.mixing ? stepInBridge(line.mixing, now) : step(line.leg, now);
  return { ...stepped, unheard };
}

const byBridge = (notes: Note[]): [string, Note[]][] =>
  [...new Set(notes.map(({ bridge }) => bridge))].map((id) => [id, notes.filter(({ bridge }) => bridge === id)]);

/** The first command of a leg dials it; a command for a leg that never was does nothing. */
function dialled(command: LegCommand, now: number): Leg | undefined {
  const [first] = command.instructions;
  if (first?.do !== 'dial') return undefined;
  return newLeg(command.leg, first.script ?? scriptFor(first.to), command.at, now);
}
