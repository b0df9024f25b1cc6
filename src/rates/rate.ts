/** The price of calls to numbers with a prefix, in integer micro-euros. */
export interface Rate {
  perMinuteMicros: number;
  /** Seconds that are charged at least … */
  firstSeconds: number;
  /** … and the step in which every further second is charged. */
  nextSeconds: number;
}

/** What a call of this length costs; nothing when it was never answered. */
export function priceOf(rate: Rate, seconds: number | undefined): number {
  if (seconds === undefined) return 0;
  const further = Math.ceil(Math.max(0, seconds - rate.firstSeconds) / rate.nextSeconds) * rate.nextSeconds;
  return Math.ceil((rate.perMinuteMicros * (rate.firstSeconds + further)) / 60);
}

/** Micro-euros as a decimal string with at least two places: 12300 is "0.0123". */
export function formatMicros(micros: number): string {
  const digits = String(micros).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6).replace(/0{1,4}$/, '')}`;
}

/**
 * Every prefix of an E.164 number without its plus, the longest first; '' matches all. A number that is dialled as it is
 * (112, 116117) begins with no country's code, so it has none, and no price: nobody pays for calling for help.
 */
export function prefixesOf(number: string): string[] {
  if (/^\d/.test(number)) return [];
  const digits = number.replace(/^\+/, '');
  return Array.from({ length: digits.length + 1 }, (_, cut) => digits.slice(0, digits.length - cut));
}
