/** The letters of a name, however its words are joined: `status_callback`, `statusCallback` and `Status-Callback` are one. */
const lettersOf = (name: string): string => name.replace(/[_\-\s]/g, '').toLowerCase();

/** How many edits a typing mistake has at most, by the length of the name that was meant. */
const editsAllowed = (known: string): number => (known.length >= 9 ? 2 : known.length >= 5 ? 1 : 0);

/**
 * The known name that a misspelt one was meant to be: the same letters in another case, or one edit away where the known
 * name has five letters or more, two where it has nine or more. Undefined where no name is that near.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const same = known.find((it) => lettersOf(it) === lettersOf(name));
  if (same !== undefined) return same;
  const near = known
    .map((it) => ({ it, edits: editsBetween(name, it) }))
    .filter(({ it, edits }) => edits <= editsAllowed(it));
  return near.sort((a, b) => a.edits - b.edits)[0]?.it;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that lead from one text to the
 * other (optimal string alignment).
 */
export function editsBetween(from: string, to: string): number {
  // Names that differ so much in length are no typing mistake, however long they are.
  if (Math.abs(from.length - to.length) > 2) return Number.POSITIVE_INFINITY;
  let [before, last]: number[][] = [[], Array.from({ length: to.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row[j] = Math.min(
        (row[j - 1] ?? 0) + 1,
        (last?.[j] ?? 0) + 1,
        (last?.[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before?.[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, last] = [last, row];
  }
  return last?.[to.length] ?? 0;
}
