import { toHex } from './hex.ts';

export type IdPrefix = 'CA' | 'CF' | 'RE' | 'CN' | 'AC';

const HEX = '0123456789abcdef';

/**
 * Makes an id of a prefix and a UUID version 7 (RFC 9562, 5.7) in hex. Ids that are made later
 * sort later, to the millisecond.
 */
export function newId(
  prefix: IdPrefix,
  now: number,
  random: Uint8Array = crypto.getRandomValues(new Uint8Array(10)),
): string {
  const tail = toHex(random);
  const variant = HEX[8 + (Number.parseInt(tail[4] ?? '0', 16) & 3)];
  return `${lowestId(prefix, now)}7${tail.slice(0, 3)}${variant}${tail.slice(5)}`;
}

/** The smallest text that sorts at or before every id of this prefix made at `now` or later. */
export function lowestId(prefix: IdPrefix, now: number): string {
  return prefix + Math.max(0, Math.floor(now)).toString(16).padStart(12, '0');
}

/** The time at which the id was made, in epoch milliseconds. */
export const idTime = (id: string): number => Number.parseInt(id.slice(2, 14), 16);

export const isId = (prefix: IdPrefix, text: string): boolean =>
  text.length === 34 && text.startsWith(prefix) && /^[0-9a-f]{32}$/.test(text.slice(2));

/**
 * The `n`-th id that is derived from another one, at this moment. Its random part is the other's, moved on by `n`: a decision
 * that is repeated after a crash comes to the same id.
 */
export function derivedId(prefix: IdPrefix, from: string, n: number, now: number): string {
  const tail = (BigInt(`0x${from.slice(-12)}`) + BigInt(n)) & 0xffff_ffff_ffffn;
  return `${lowestId(prefix, now)}${from.slice(14, -12)}${tail.toString(16).padStart(12, '0')}`;
}
