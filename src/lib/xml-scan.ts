/**
 * Everything in XML that is not text: comments, CDATA, instructions and declarations, in which no tag counts, and tags, whose
 * quoted attributes may contain ">". Each ends where the text does at the latest, so that no document is scanned twice.
 */
const MARKUP =
  /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<\?[\s\S]*?(?:\?>|$)|<!(doctype)|<(\/?)[^\s<>!?/](?:"[^"<]*"|'[^'<]*'|[^"'<>])*>/gi;

export interface XmlOutline {
  /** How deep elements nest. */
  depth: number;
  /** Whether it declares a document type: one that is written in a comment or in CDATA is none. */
  hasDoctype: boolean;
}

/**
 * Finds out what must be known of XML before a parser may see it: parsers recurse, and a document that nests thousands deep
 * would exhaust their stack. Exact for well-formed XML; of other XML the depth is not less than where a parser finds it broken.
 */
export function scanXml(text: string): XmlOutline {
  let open = 0;
  const outline: XmlOutline = { depth: 0, hasDoctype: false };
  for (const [markup, doctype, closing] of text.matchAll(MARKUP)) {
    if (doctype !== undefined) outline.hasDoctype = true;
    if (closing === undefined) continue;
    if (closing) open -= 1;
    else if (!markup.endsWith('/>')) open += 1;
    outline.depth = Math.max(outline.depth, open);
  }
  return outline;
}
