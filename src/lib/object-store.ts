import { alarmTime } from './alarm.ts';
import { byteLength } from './bytes.ts';
import { stamped, type Upgrades, upgraded } from './upgrades.ts';

interface Row {
  /** When the object's alarm is set to; it is only ever moved forward to an earlier time. */
  alarmAt?: number;
}

export interface StoredAs<State> {
  table: string;
  upgrades: Upgrades;
  /** When the object must be woken at the latest, if at all. */
  wakeAt(state: State): number | undefined;
  /** Changes that make the state smaller, the mildest first. */
  lighten?: readonly ((state: State, now: number) => State)[];
}

/** Of a row that is far from full nobody needs to know exactly how long it is. */
const SHORT = 300_000;

const sizeOf = (row: string): number => (row.length < SHORT ? row.length : byteLength(row));

/**
 * The one row of an object. It is read once, upgraded to today's schema, and then kept in memory; every change is one write,
 * together with the alarm. An object that was asked for something that does not exist has written nothing at all.
 */
export class ObjectStore<State extends Row> {
  readonly #storage: DurableObjectStorage;
  readonly #as: StoredAs<State>;
  #state: State | undefined;
  #committed: State | undefined;
  #isRead = false;
  #size = 0;

  constructor(storage: DurableObjectStorage, as: StoredAs<State>) {
    this.#storage = storage;
    this.#as = as;
  }

  find(): State | undefined {
    if (!this.#isRead) this.#remember(this.#exists() ? this.#load() : undefined);
    return this.#state;
  }

  /** The length of the row as it was last written or read, in bytes; of a short row in characters. */
  size(): number {
    this.find();
    return this.#size;
  }

  create(state: State): State {
    this.#storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS ${this.#as.table} (id INTEGER PRIMARY KEY, record TEXT NOT NULL)`,
    );
    return this.commit(state);
  }

  /** Changes the state in memory only: something was sent. After a crash before the next commit it is sent again. */
  keep(state: State): void {
    this.#state = state;
  }

  /** Writes the changes that `keep` left unwritten, if there are any. */
  flush(): void {
    if (this.#state && this.#state !== this.#committed) this.commit(this.#state);
  }

  /** Writes the row, and the alarm if it must ring earlier, in one commit. A state that cannot be written is written lighter. */
  commit(state: State): State {
    return this.#writeOrLighten(state, this.#as.lighten ?? []);
  }

  #writeOrLighten(state: State, [lighten, ...others]: NonNullable<StoredAs<State>['lighten']>): State {
    try {
      return this.#write(state);
    } catch (error) {
      if (!lighten) throw error;
      return this.#writeOrLighten(lighten(state, Date.now()), others);
    }
  }

  #write(state: State): State {
    const now = Date.now();
    const due = this.#as.wakeAt(state);
    const wake = due === undefined ? undefined : alarmTime(due, now);
    const { alarmAt = 0 } = state;
    // An alarm whose time is past rings at any moment, or was lost: in both cases it is set again.
    const mustSet = wake !== undefined && (wake < alarmAt || alarmAt <= now);
    const committed = mustSet ? { ...state, alarmAt: wake } : state;
    let size = 0;
    this.#storage.transactionSync(() => {
      const row = JSON.stringify(stamped(committed, this.#as.upgrades));
      this.#storage.sql.exec(`INSERT OR REPLACE INTO ${this.#as.table} (id, record) VALUES (1, ?)`, row);
      if (mustSet) void this.#storage.setAlarm(wake);
      size = sizeOf(row);
    });
    this.#remember(committed);
    this.#size = size;
    return committed;
  }

  /** Deletes everything, the alarm too. A message that is still being sent finds nothing to change when its sending ends. */
  async erase(): Promise<void> {
    this.#remember(undefined);
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
  }

  #remember(state: State | undefined): void {
    this.#state = state;
    this.#committed = state;
    this.#isRead = true;
  }

  #exists(): boolean {
    const query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?";
    return this.#storage.sql.exec(query, this.#as.table).toArray().length > 0;
  }

  #load(): State | undefined {
    const [row] = this.#storage.sql
      .exec<{ record: string }>(`SELECT record FROM ${this.#as.table} WHERE id = 1`)
      .toArray();
    this.#size = sizeOf(row?.record ?? '');
    return row && upgraded<State>(JSON.parse(row.record), this.#as.upgrades);
  }
}
