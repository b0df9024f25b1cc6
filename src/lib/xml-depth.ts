/**
 * Everything in XML that is not text: comments, CDATA and instructions, in which no tag counts, and tags, whose quoted
 * attributes may contain ">". Each ends where the text does at the latest, so that no document is scanned twice.
 */
const MARKUP =
  /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<\?[\s\S]*?(?:\?>|$)|<(\/?)[^\s<>!?/](?:"[^"<]*"|'[^'<]*'|[^"'<>])*>/g;

/**
 * Counts how deep elements nest, without a parser: parsers recurse, and a document that nests thousands deep would
 * exhaust their stack. Exact for well-formed XML, and not less than the depth at which a parser finds other XML broken.
 */
export function xmlDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [markup, closing] of text.matchAll(MARKUP)) {
    if (closing === undefined) continue;
    if (closing) depth -= 1;
    else if (!markup.endsWith('/>')) depth += 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
