/**
 * One lane of an object's outbox: messages that must leave the object, in order. A lane is part of the object's row, so it is
 * written in the same commit as the change that caused its messages.
 */
export interface Lane<Message> {
  messages: Message[];
  /** The number of failed attempts in a row. */
  attempts: number;
  /** When the alarm must look at this lane again, epoch milliseconds; absent while the lane is empty. */
  dueAt?: number;
}

/** How long a commit trusts the object to send at once. After a crash, the alarm sends the messages that are still there. */
export const GUARD_MS = 10_000;

const RETRY_LIMIT_MS = 60_000;

export const emptyLane = <Message>(): Lane<Message> => ({ messages: [], attempts: 0 });

export function put<Message>(lane: Lane<Message>, message: Message, now: number): Lane<Message> {
  return { ...lane, messages: [...lane.messages, message], dueAt: lane.dueAt ?? now + GUARD_MS };
}

/** Removes the first `count` messages: they have arrived. */
export function sent<Message>(lane: Lane<Message>, count: number, now: number): Lane<Message> {
  return left(lane.messages.slice(count), now);
}

/** Something arrived, and these messages are left. */
export const left = <Message>(messages: Message[], now: number): Lane<Message> =>
  messages.length === 0 ? emptyLane() : { messages, attempts: 0, dueAt: now + GUARD_MS };

/** Keeps all messages and waits for the next attempt: 1 s, 2 s, 4 s … up to a minute. */
export function failed<Some extends Lane<unknown>>(lane: Some, now: number): Some {
  const wait = Math.min(1000 * 2 ** lane.attempts, RETRY_LIMIT_MS);
  return { ...lane, attempts: lane.attempts + 1, dueAt: now + wait };
}

/** Whether a message is to be sent now. A lane that failed waits for its time. */
export const isReady = ({ messages, attempts, dueAt }: Lane<unknown>, now: number): boolean =>
  messages.length > 0 && (attempts === 0 || (dueAt ?? 0) <= now);
