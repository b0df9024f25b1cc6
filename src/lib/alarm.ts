/**
 * When to set an object's alarm to, for something due at `at`: a whole millisecond, and always in the future. An alarm
 * that is set to the time of the one that is just running counts as that one, and is gone when it ends.
 */
export const alarmTime = (at: number, now: number): number => Math.max(Math.ceil(at), now + 1);
