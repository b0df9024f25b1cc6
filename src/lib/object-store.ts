import { alarmTime } from './alarm.ts';

interface Row {
  /** When the object's alarm is set to; it is only ever moved forward to an earlier time. */
  alarmAt?: number;
}

/**
 * The one row of an object. It is read once and then kept in memory; every change is one write, together with the
 * alarm. An object that was asked for something that does not exist has written nothing at all.
 */
export class ObjectStore<Record extends Row> {
  readonly #storage: DurableObjectStorage;
  readonly #table: string;
  readonly #wakeAt: (record: Record) => number | undefined;
  #record: Record | undefined;
  #committed: Record | undefined;
  #read = false;

  /** `wakeAt` says when the object must be woken at the latest, if at all. */
  constructor(
    storage: DurableObjectStorage,
    table: 'call' | 'room' | 'recording',
    wakeAt: (record: Record) => number | undefined,
  ) {
    this.#storage = storage;
    this.#table = table;
    this.#wakeAt = wakeAt;
  }

  find(): Record | undefined {
    if (!this.#read) {
      this.#record = this.#exists() ? this.#load() : undefined;
      this.#committed = this.#record;
      this.#read = true;
    }
    return this.#record;
  }

  create(record: Record): Record {
    this.#storage.sql.exec(`CREATE TABLE IF NOT EXISTS ${this.#table} (id INTEGER PRIMARY KEY, record TEXT NOT NULL)`);
    return this.commit(record);
  }

  /** Changes what is in memory only: that something was sent. A crash before the next commit sends it again. */
  keep(record: Record): void {
    this.#record = record;
  }

  /** Changes what is in memory, if there is anything. */
  change(change: (record: Record) => Record): void {
    const record = this.find();
    if (record) this.keep(change(record));
  }

  /** Writes what `keep` left unwritten, if anything. */
  flush(): void {
    if (this.#record && this.#record !== this.#committed) this.commit(this.#record);
  }

  /** One commit: the row, and the alarm where it must come earlier. */
  commit(record: Record): Record {
    const due = this.#wakeAt(record);
    const wake = due === undefined ? undefined : alarmTime(due, Date.now());
    const isEarlier = wake !== undefined && (record.alarmAt === undefined || wake < record.alarmAt);
    const committed = isEarlier ? { ...record, alarmAt: wake } : record;
    this.#storage.transactionSync(() => {
      const row = JSON.stringify(committed);
      this.#storage.sql.exec(`INSERT OR REPLACE INTO ${this.#table} (id, record) VALUES (1, ?)`, row);
      if (isEarlier) void this.#storage.setAlarm(wake);
    });
    this.#record = committed;
    this.#committed = committed;
    this.#read = true;
    return committed;
  }

  /** Deletes everything, the alarm too. What is still being sent finds nothing to change when it comes back. */
  async erase(): Promise<void> {
    this.#record = undefined;
    this.#committed = undefined;
    this.#read = true;
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
  }

  #exists(): boolean {
    const query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?";
    return this.#storage.sql.exec(query, this.#table).toArray().length > 0;
  }

  #load(): Record | undefined {
    const [row] = this.#storage.sql
      .exec<{ record: string }>(`SELECT record FROM ${this.#table} WHERE id = 1`)
      .toArray();
    return row && JSON.parse(row.record);
  }
}
