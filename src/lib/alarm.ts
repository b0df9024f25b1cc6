/**
 * The time to set an object's alarm to, for something that is due at `at`: a whole millisecond, and always in the future.
 * The platform takes an alarm that is set to the time of the running one for that one, and drops it when that ends.
 */
export const alarmTime = (at: number, now: number): number => Math.max(Math.ceil(at), now + 1);
