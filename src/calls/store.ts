import { alarmTime } from '../lib/alarm.ts';
import { type CallRecord, wakeAt } from './record.ts';

/**
 * The one row of a call's object. It is read once and then kept in memory; every change is one write, together with
 * the alarm. An object that was asked for a call that does not exist has written nothing at all.
 */
export class CallStore {
  readonly #storage: DurableObjectStorage;
  #record: CallRecord | undefined;
  #committed: CallRecord | undefined;
  #read = false;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  find(): CallRecord | undefined {
    if (!this.#read) {
      this.#record = this.#exists() ? this.#load() : undefined;
      this.#committed = this.#record;
      this.#read = true;
    }
    return this.#record;
  }

  create(record: CallRecord): CallRecord {
    this.#storage.sql.exec('CREATE TABLE IF NOT EXISTS call (id INTEGER PRIMARY KEY, record TEXT NOT NULL)');
    return this.commit(record);
  }

  /** Changes what is in memory only: that something was sent. A crash before the next commit sends it again. */
  keep(record: CallRecord): void {
    this.#record = record;
  }

  /** Writes what `keep` left unwritten, if anything. */
  flush(): void {
    if (this.#record && this.#record !== this.#committed) this.commit(this.#record);
  }

  /** One commit: the row, and the alarm where it must come earlier. */
  commit(record: CallRecord): CallRecord {
    const due = wakeAt(record);
    const wake = due === undefined ? undefined : alarmTime(due, Date.now());
    const isEarlier = wake !== undefined && (record.alarmAt === undefined || wake < record.alarmAt);
    const committed = isEarlier ? { ...record, alarmAt: wake } : record;
    this.#storage.transactionSync(() => {
      this.#storage.sql.exec('INSERT OR REPLACE INTO call (id, record) VALUES (1, ?)', JSON.stringify(committed));
      if (isEarlier) void this.#storage.setAlarm(wake);
    });
    this.#record = committed;
    this.#committed = committed;
    this.#read = true;
    return committed;
  }

  #exists(): boolean {
    return (
      this.#storage.sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'call'").toArray().length > 0
    );
  }

  #load(): CallRecord | undefined {
    const [row] = this.#storage.sql.exec<{ record: string }>('SELECT record FROM call WHERE id = 1').toArray();
    return row && JSON.parse(row.record);
  }
}
