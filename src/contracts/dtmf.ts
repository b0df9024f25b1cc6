const SECONDS_PER_KEY = 0.2;
const SECONDS_PER_WAIT = 0.5;

/** How long it takes to press keys on the line; w waits. */
export const pressSeconds = (keys: string): number =>
  [...keys].reduce((sum, key) => sum + (/w/i.test(key) ? SECONDS_PER_WAIT : SECONDS_PER_KEY), 0);
