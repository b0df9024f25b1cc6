import { alarmTime } from './alarm.ts';
import { kindAndPlace } from './error-kind.ts';
import {
  type AnswerOf,
  type BatchOf,
  hasCausedMore,
  type LaneName,
  type LaneTable,
  laneFailed,
  namesOf,
  nextIn,
  type ObjectShape,
  type ObjectState,
  wakeAt,
} from './object-state.ts';
import { ObjectStore } from './object-store.ts';
import { SingleFlight } from './single-flight.ts';

/** How each lane leaves: sends a batch, and resolves to what its receiver answered. Rejects when it did not arrive. */
export type Sends<State, Lanes> = {
  [Name in keyof Lanes]: (batch: BatchOf<Lanes[Name]>, state: State) => Promise<AnswerOf<Lanes[Name]>>;
};

type Change<State> = (state: State, now: number) => State;
type Context = Pick<DurableObjectState, 'id' | 'storage' | 'waitUntil'>;

/**
 * Does what every object with a life of its own does in the same way: it loads the state, commits changes in one row
 * together with the alarm, and sends what the commits left to send. Nothing leaves before it is committed, what leaves may
 * be repeated after a crash and is never lost, each lane is sent once at a time, in order, and lanes hold up none other.
 */
export class ObjectShell<State extends ObjectState, Lanes extends LaneTable<State>> {
  readonly #context: Context;
  readonly #shape: ObjectShape<State, Lanes>;
  readonly #sends: Record<LaneName<State>, (batch: never, state: State) => Promise<unknown>>;
  readonly #names: LaneName<State>[];
  readonly #flights = new SingleFlight<LaneName<State>>();
  readonly #store: ObjectStore<State>;
  /** Whether this incarnation of the object knows that its alarm is set. */
  #isAlarmKnown = false;

  constructor(context: Context, shape: ObjectShape<State, Lanes>, sends: Sends<State, Lanes>) {
    this.#context = context;
    this.#shape = shape;
    this.#sends = sends;
    this.#names = namesOf<State, Lanes>(shape.lanes);
    this.#store = new ObjectStore(context.storage, { ...shape, wakeAt: (state) => this.#wakeAt(state) });
  }

  /** The object's state, if it exists. */
  find(): State | undefined {
    const state = this.#store.find();
    if (state && !this.#isAlarmKnown) this.#context.waitUntil(this.#mendAlarm());
    this.#isAlarmKnown = true;
    return state;
  }

  /** The object begins to exist. Sends nothing yet. */
  create(state: State): State {
    this.#isAlarmKnown = true;
    return this.#store.create(state);
  }

  /** Commits a change of the object, if it exists and this is one; answers with its state. Sends nothing yet. */
  commit(change: Change<State>): State | undefined {
    const state = this.find();
    const next = state && change(state, Date.now());
    return next === state ? state : next && this.#store.commit(next);
  }

  /** Commits a change, and sends beside it what it left to send. */
  change(change: Change<State>): State | undefined {
    const before = this.find();
    const after = this.commit(change);
    if (after !== before) this.#context.waitUntil(this.send());
    return after;
  }

  /** Changes what is in memory only, as what was sent does: the next commit writes it. */
  keep(change: Change<State>): void {
    const state = this.find();
    if (state) this.#store.keep(change(state, Date.now()));
  }

  /**
   * Resolves once everything that was committed before, and what that caused, was sent or has failed once: also what another
   * call of this method is sending. Never rejects: what could not be sent stays, and the alarm tries again.
   */
  async send(): Promise<void> {
    const awaited = this.#names.filter((name) => !this.#shape.lanes[name].isBeside);
    do {
      this.#startBeside();
      await Promise.all(awaited.map((name) => this.#drain(name)));
    } while (awaited.some((name) => this.#nextIn(name) !== undefined));
    const state = this.#store.find();
    if (state && !this.#shape.isAboutToCommit?.(state)) this.#flush();
  }

  /** The object's alarm: fires its timers, sends what is left, and then does what else is to be done. Never throws. */
  alarm(also?: (before: State) => Promise<void>): Promise<void> {
    return handleAlarm(this.#context, async () => {
      const before = this.#store.find();
      this.#isAlarmKnown = true;
      const rung = this.commit((state, now) => {
        const { alarmAt: _rung, ...rest } = state;
        return this.#shape.fireTimers(rest as State, now);
      });
      const sending = this.send();
      this.#context.waitUntil(sending);
      // Where a receiver hangs, the handler must not: the next alarm would wait for its end.
      await orUntil(rung?.alarmAt, sending);
      if (before) await also?.(before);
    });
  }

  /** Deletes everything, the alarm too. What is still being sent finds nothing to change when it comes back. */
  erase(): Promise<void> {
    return this.#store.erase();
  }

  #wakeAt(state: State): number | undefined {
    return wakeAt(this.#shape, state, Date.now(), (name) => this.#flights.isRunning(name));
  }

  /** The platform may have given the alarm up, or lost it: whatever wakes the object then sets it again. */
  async #mendAlarm(): Promise<void> {
    const set = await this.#context.storage.getAlarm();
    const state = this.#store.find();
    const due = state && this.#wakeAt(state);
    if (due === undefined) return;
    const wake = alarmTime(due, Date.now());
    if (set === null || set > wake) await this.#context.storage.setAlarm(wake);
  }

  #startBeside(): void {
    for (const name of this.#names) if (this.#shape.lanes[name].isBeside) this.#context.waitUntil(this.#drain(name));
  }

  #drain(name: LaneName<State>): Promise<void> {
    return this.#flights.run(name, () => this.#sendNext(name));
  }

  /** Sends what is next in a lane; false when there is nothing. */
  async #sendNext(name: LaneName<State>): Promise<boolean> {
    const state = this.#store.find();
    const batch = this.#nextIn(name);
    if (!state || batch === undefined) return false;
    const answered = await this.#answer(name, batch, state);
    // The table says what each lane sends and is answered: here that is not known any more.
    const { sent } = this.#shape.lanes[name];
    this.#settle(name, (it, now) => (answered ? sent(it, batch as never, answered.answer as never, now) : undefined));
    return true;
  }

  #nextIn(name: LaneName<State>): unknown {
    const state = this.#store.find();
    return state && this.#tryIn(name, () => nextIn(state, name, this.#shape.lanes[name], Date.now()));
  }

  async #answer(name: LaneName<State>, batch: unknown, state: State): Promise<{ answer: unknown } | undefined> {
    try {
      return { answer: await this.#sends[name](batch as never, state) };
    } catch {
      return undefined;
    }
  }

  /** Applies the result of sending: `change`, or else a failure. Then sends what that has caused, or what has waited for it. */
  #settle(name: LaneName<State>, change: (state: State, now: number) => State | undefined): void {
    const before = this.#store.find();
    if (!before) return;
    const now = Date.now();
    const after = this.#tryIn(name, () => change(before, now) ?? laneFailed(before, name, now)) ?? before;
    if (after !== before) this.#store.keep(after);
    const { lanes } = this.#shape;
    if (lanes[name].isBeside || hasCausedMore(before, after, name, lanes)) this.#flush();
    if (lanes[name].isBeside) this.#context.waitUntil(this.send());
    else for (const other of this.#names) if (other !== name) this.#context.waitUntil(this.#drain(other));
  }

  /** Runs something that may throw for a message that cannot even be read: such a message holds up its own lane only. */
  #tryIn<Result>(name: LaneName<State>, run: () => Result): Result | undefined {
    try {
      return run();
    } catch (error) {
      logBroken(`lane ${name}`, this.#context.id, error);
      this.keep((state, now) => laneFailed(state, name, now));
      return undefined;
    }
  }

  /** Writes what sending has changed. Where that fails, the row and the alarm are as before, which sends it again. */
  #flush(): void {
    try {
      this.#store.flush();
    } catch (error) {
      logBroken('commit', this.#context.id, error);
    }
  }
}

/** How soon an alarm rings again after its handler broke off. */
const BROKEN_ALARM_MS = 60_000;

/**
 * Handles an object's alarm so that it never throws: the platform gives up an alarm whose handler threw six times, and an
 * object without an alarm never ends. What broke is logged, and the alarm rings again a minute later.
 */
export async function handleAlarm(
  { id, storage }: Pick<DurableObjectState, 'id' | 'storage'>,
  handle: () => Promise<void>,
): Promise<void> {
  try {
    await handle();
  } catch (error) {
    logBroken('alarm', id, error);
    const again = Date.now() + BROKEN_ALARM_MS;
    const set = await storage.getAlarm();
    if (set === null || set > again) await storage.setAlarm(again);
  }
}

/** The object's name is an id; an error's message may hold anything, and is not logged. */
function logBroken(what: string, { name = '' }: DurableObjectId, error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: the platform's log, ids only
  console.error(`${what} broke off`, name, kindAndPlace(error));
}

/** The longest delay of a timer in memory. */
const MOST_MS = 2 ** 31 - 1;

/** Resolves when `work` has, but at `at` at the latest, if there is such a time. */
async function orUntil(at: number | undefined, work: Promise<void>): Promise<void> {
  if (at === undefined) return work;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.min(at - Date.now(), MOST_MS));
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
