/** The addresses from which a trunk takes calls. */
interface TrunkCallers {
  id: string;
  matches: string[];
}

/** Names two trunks that take calls from the same address, in words for the operator: Asterisk could not tell their calls apart. */
export function sharedAddress(trunks: TrunkCallers[]): string | undefined {
  const all = trunks.flatMap(({ id, matches }) => matches.map((match) => ({ id, match })));
  for (const [at, one] of all.entries()) {
    const other = all.slice(at + 1).find(({ id, match }) => id !== one.id && overlaps(one.match, match));
    if (other) return `Calls from ${one.match} (${one.id}) and from ${other.match} (${other.id})`;
  }
  return undefined;
}

function overlaps(one: string, other: string): boolean {
  const [a, b] = [networkOf(one), networkOf(other)];
  // Only Asterisk knows the address of a host's name, so names are compared as they are.
  if (!a || !b) return one.toLowerCase() === other.toLowerCase();
  const size = Math.max(a.size, b.size);
  return Math.floor(a.first / size) === Math.floor(b.first / size);
}

function networkOf(text: string): { first: number; size: number } | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (!match) return undefined;
  const bits = Number(match[5] ?? 32);
  const first = match.slice(1, 5).reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return { first, size: 2 ** (32 - Math.min(bits, 32)) };
}
