import { emptyLane, failed, GUARD_MS, isReady, type Lane, put } from './outbox.ts';
import { earliest, type Timers } from './timers.ts';
import type { Upgrades } from './upgrades.ts';

/**
 * The state that every object with a life of its own keeps besides its own: one row, written in one commit, because the
 * platform bills rows. The fields of an object's state that are lanes of its outbox are declared in its shape.
 */
export interface ObjectState {
  timers: Timers<string>;
  /** How often something changed that the database's copy shows. */
  version: number;
  /** The version that the database does not have yet, if any. */
  copies: Lane<number>;
  /** When the object's alarm is set to; it is only ever moved forward to an earlier time. */
  alarmAt?: number;
}

export const newObjectState = () => ({ timers: {}, version: 0, copies: emptyLane<number>() });

/** The names of the fields that are lanes. */
export type LaneName<State> = {
  [Name in keyof State]-?: State[Name] extends Lane<unknown> ? Name : never;
}[keyof State] &
  string;

/** How one lane drains: what goes next, and what has changed once it arrived. */
export interface LaneRules<State> {
  /** The batch that goes next of a lane that is not empty; undefined when nothing of it may go now. */
  next(state: State, now: number): unknown;
  /** The state after `batch` was sent, and answered with `answer`. */
  sent(state: State, batch: never, answer: never, now: number): State;
  /** Whether the lane waits for another one: then nothing of it goes, and no alarm is set for it. */
  isHeldUp?(state: State): boolean;
  /** Nobody who waits until everything was sent waits for this lane. */
  isBeside?: true;
}

export type LaneTable<State> = { [Name in LaneName<State>]: LaneRules<State> };

/** Everything that the shell must know of a kind of object, in pure functions. */
export interface ObjectShape<State, Lanes extends LaneTable<State>> {
  /** The table that holds the one row. */
  table: string;
  upgrades: Upgrades;
  /** Lanes drain side by side, so that none holds up another; each keeps its order. */
  lanes: Lanes;
  /** The state after the timers that are due at `now`, wall time. */
  fireTimers(state: State, now: number): State;
  /** When the next timer is due, wall time; its name's due time, unless the object has a time of its own. */
  timerDue?(state: State): number | undefined;
  /**
   * Whether somebody who was just sent for will have a change committed in a moment: that commit writes what sending has
   * changed, too, and saves a row. Should nobody come, the alarm sends again what the row still has to send.
   */
  isAboutToCommit?(state: State): boolean;
  /** A smaller state, with which a commit that failed is tried again. */
  lighten?(state: State): State;
}

/** The batch that is sent of a lane in one go, and the answer of its receiver. */
export type BatchOf<Rules> = Rules extends { next(...args: never[]): infer Batch } ? NonNullable<Batch> : never;
export type AnswerOf<Rules> = Rules extends {
  sent(state: never, batch: never, answer: infer Answer, now: number): unknown;
}
  ? Answer
  : never;

/** The lane of this name. */
export const laneIn = <State>(state: State, name: LaneName<State>): Lane<unknown> => state[name] as Lane<unknown>;

/** The batch that is to be sent of a lane now; undefined when there is none, or a failed attempt waits for its time. */
export function nextIn<State>(
  state: State,
  name: LaneName<State>,
  { next, isHeldUp }: LaneRules<State>,
  now: number,
): unknown {
  return isReady(laneIn(state, name), now) && !isHeldUp?.(state) ? next(state, now) : undefined;
}

/** The lane could not be sent: it waits for its next attempt. */
export const laneFailed = <State>(state: State, name: LaneName<State>, now: number): State => ({
  ...state,
  [name]: failed(laneIn(state, name), now),
});

/**
 * When the object must be woken, at the latest; undefined when nothing is left to do. A lane that is being sent this very
 * moment is trusted for as long as a new one, or the alarm would ring again and again until it is.
 */
export function wakeAt<State extends ObjectState, Lanes extends LaneTable<State>>(
  { lanes, timerDue = ({ timers }) => earliest(timers) }: Pick<ObjectShape<State, Lanes>, 'lanes' | 'timerDue'>,
  state: State,
  now = 0,
  isBusy: (name: LaneName<State>) => boolean = () => false,
): number | undefined {
  const due = namesOf<State, Lanes>(lanes)
    .filter((name) => !lanes[name].isHeldUp?.(state))
    .map((name) => {
      const { dueAt } = laneIn(state, name);
      return dueAt !== undefined && isBusy(name) ? Math.max(dueAt, now + GUARD_MS) : dueAt;
    });
  const times = [timerDue(state), ...due].filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

export const namesOf = <State, Lanes extends LaneTable<State>>(lanes: Lanes): LaneName<State>[] =>
  Object.keys(lanes) as LaneName<State>[];

/** Whether sending has caused more than its lane's own progress: what it caused must be committed before it leaves. */
export const hasCausedMore = <State extends ObjectState>(
  before: State,
  after: State,
  name: LaneName<State>,
  lanes: LaneTable<State>,
): boolean =>
  before.timers !== after.timers ||
  namesOf<State, LaneTable<State>>(lanes).some((other) => other !== name && before[other] !== after[other]);

/** The database's copy is to be written, since something in it changed. */
export const copyAgain = <State extends ObjectState>(state: State, now: number): State => {
  const version = state.version + 1;
  return { ...state, version, copies: put(emptyLane(), version, now) };
};

/** Has the database's copy written if what it shows, `shown`, has changed, or if there is no copy yet. */
export function copyIfChanged<State extends ObjectState>(
  before: State,
  after: State,
  shown: (state: State) => unknown,
  now: number,
): State {
  const isSame = JSON.stringify(shown(before)) === JSON.stringify(shown(after));
  return after.version > 0 && isSame ? after : copyAgain(after, now);
}

/** The lane of the database's copy: only the newest version is written. */
export const copyLane = {
  next: ({ copies }: ObjectState): number | undefined => copies.messages[0],
  sent: <State extends ObjectState>(state: State, version: number, _answer: unknown): State =>
    state.copies.messages[0] === version ? { ...state, copies: emptyLane() } : state,
};
