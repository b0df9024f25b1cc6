import { alarmTime } from './alarm.ts';
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
  /** A smaller state, without what the object can do without. */
  lighten?(state: State): State;
}

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

  constructor(storage: DurableObjectStorage, as: StoredAs<State>) {
    this.#storage = storage;
    this.#as = as;
  }

  find(): State | undefined {
    if (!this.#isRead) this.#remember(this.#exists() ? this.#load() : undefined);
    return this.#state;
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
    try {
      return this.#write(state);
    } catch (error) {
      const lighter = this.#as.lighten?.(state);
      if (!lighter) throw error;
      return this.#write(lighter);
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
    this.#storage.transactionSync(() => {
      const row = JSON.stringify(stamped(committed, this.#as.upgrades));
      this.#storage.sql.exec(`INSERT OR REPLACE INTO ${this.#as.table} (id, record) VALUES (1, ?)`, row);
      if (mustSet) void this.#storage.setAlarm(wake);
    });
    this.#remember(committed);
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
    return row && upgraded<State>(JSON.parse(row.record), this.#as.upgrades);
  }
}
