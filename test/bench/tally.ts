/** What is counted of the objects of one class. */
export interface ObjectTally {
  /** Requests by method: RPC calls, and runs of `alarm`. */
  requests: Record<string, number>;
  /** Rows written, as the platform bills them: by SQL, by `kv.put` (one each) and by `setAlarm` (one each). */
  written: { sql: number; kv: number; alarm: number };
  rowsRead: number;
}

/** What a Worker used since its tally was last cleared: the units on the platform's bill. */
export interface Tally {
  /** Invocations of the Worker. */
  worker: { fetch: number; queue: number };
  call: ObjectTally;
  simulated: ObjectTally;
  gateway: ObjectTally;
  /** Conferences, and the objects of their names. */
  conference: ObjectTally;
  d1: { statements: number; rowsRead: number; rowsWritten: number };
  /** Messages. */
  queue: { sent: number; received: number };
}

/** One whole call, and what it used. */
export interface CountedCall {
  tally: Tally;
  callbacks: string[];
  flowRequests: number;
}

/** A participant of a conference, and what everyone used because of it. */
export interface CountedParticipant {
  tally: Tally;
  callbacks: string[];
  /** Alarms of the participants' calls and of the conference that are set for the next minute, while all just talk. */
  alarmsPerMinute: number;
}

const emptyObjectTally = (): ObjectTally => ({ requests: {}, written: { sql: 0, kv: 0, alarm: 0 }, rowsRead: 0 });

export const emptyTally = (): Tally => ({
  worker: { fetch: 0, queue: 0 },
  call: emptyObjectTally(),
  simulated: emptyObjectTally(),
  gateway: emptyObjectTally(),
  conference: emptyObjectTally(),
  d1: { statements: 0, rowsRead: 0, rowsWritten: 0 },
  queue: { sent: 0, received: 0 },
});

export const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);
