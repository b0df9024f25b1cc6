/** 22.10.1 closed two holes through which ARI ran programs (GHSA-vrfp-mg3q-3959, GHSA-wcvv-g26m-wx5c). */
const OLDEST = [22, 10, 1];

export const OLDEST_VERSION = OLDEST.join('.');

/** Whether Asterisk is new enough. Its version reads like `22.10.1~dfsg+~cs6.15` or `certified-20.7-cert2`. */
export function isSupportedVersion(version: string): boolean {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  if (!match) return false;
  const numbers = match.slice(1).map((part) => Number(part ?? 0));
  const first = OLDEST.findIndex((least, index) => numbers[index] !== least);
  return first === -1 || (numbers[first] ?? 0) > (OLDEST[first] ?? 0);
}
