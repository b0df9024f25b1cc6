import { DurableObject } from 'cloudflare:workers';
import type { NewCallFacts } from '../../calls/model.ts';
import type { CallView } from '../../calls/schemas.ts';
import { alarmTime } from '../../lib/alarm.ts';
import { done, type Outcome } from '../../lib/outcome.ts';
import { callObject } from '../../objects.ts';
import type { Carrier, EndCause, LegCommand, LegEvent, Script } from '../carrier.ts';
import { incomingLeg, type Leg, newLeg, nextWall, perform, step } from './machine.ts';
import { scriptFor } from './script.ts';

/** What the object keeps: the leg, and an event that its call may not have heard. */
interface Line {
  leg: Leg;
  unheard: LegEvent[];
}

const RETRY_MS = 1000;

/** The simulated phone network: one object per leg. It is told what to do and reports what happens, as any carrier. */
export class SimulatedObject extends DurableObject<Env> implements Carrier {
  #line: Line | undefined;

  async perform(command: LegCommand): Promise<Outcome<undefined, EndCause>> {
    const now = Date.now();
    const leg = this.#load()?.leg ?? dialled(command, now);
    if (leg) this.#save({ unheard: this.#load()?.unheard ?? [], leg: perform(leg, command, now) });
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

  override async alarm(): Promise<void> {
    for (let line = this.#load(); line; line = this.#load()) {
      const { leg, events } =
        line.unheard.length > 0 ? { leg: line.leg, events: line.unheard } : step(line.leg, Date.now());
      if (events.length === 0) break;
      // Kept before it is told: the call drops a repeat, but could not make up for a loss.
      this.#write({ leg, unheard: events });
      try {
        await callObject(this.env, leg.id).legEvents(events);
      } catch {
        await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
        return;
      }
      this.#line = { ...(this.#line as Line), unheard: [] };
    }
    if (this.#line) this.#save(this.#line);
  }

  #load(): Line | undefined {
    this.#line ??= this.ctx.storage.kv.get<Line>('line');
    return this.#line;
  }

  #write(line: Line): void {
    this.#line = line;
    this.ctx.storage.kv.put('line', line);
  }

  #save(line: Line): void {
    const wake = line.unheard.length > 0 ? undefined : nextWall(line.leg);
    this.ctx.storage.transactionSync(() => {
      this.#write(line);
      if (wake !== undefined) void this.ctx.storage.setAlarm(alarmTime(wake, Date.now()));
    });
  }
}

/** The first command of a leg dials it; a command for a leg that never was does nothing. */
function dialled(command: LegCommand, now: number): Leg | undefined {
  const [first] = command.instructions;
  if (first?.do !== 'dial') return undefined;
  return newLeg(command.leg, first.script ?? scriptFor(first.to), command.at, now);
}
