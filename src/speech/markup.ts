import { parseXml, type XmlElement } from '@rgrove/parse-xml';
import { scanXml } from '../lib/xml-scan.ts';

/** Elements may nest so deep: deeper than in any real document, and far from what would exhaust the parser's stack. */
const MAX_DEPTH = 32;

/** Stripping `<b<i>reak>` leaves another tag behind, so it is repeated. No honest text needs more rounds than this. */
const MAX_STRIP_ROUNDS = 8;

const TAG = /<\/?[a-z][^<>]*>/gi;
const QUOTED_TAG = /<\/?[a-z](?:"[^"<]*"|'[^'<]*'|[^"'<>])*>/gi;
const NOT_SPOKEN =
  /<!--[\s\S]*?(?:-->|$)|<\?[a-z][\s\S]*?(?:\?>|$)|<!\[CDATA\[|\]\]>|<!doctype[^<>[]*(?:\[[^\]]*\]?)?\s*>?/gi;
/** Tags that were never closed, up to where their attributes end. Only tags of SSML count: "x<y" is none. */
const CUT_OFF_TAG =
  /<\/?(?:break|emphasis|lang|p|phoneme|prosody|s|say-as|speak|sub|w)(?=[\s/]|$)(?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"?|'[^'<>]*'?|[^\s"'<>]+))*\s*\/?/gi;
const ENTITY = /&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-f]{1,6});/gi;
const NAMED_ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Whether a text holds tags or entities. "3 < 5" and "AT&T" do not. Releases to 64f997c took such a text for SSML. */
export function isMarkup(text: string): boolean {
  return [TAG, NOT_SPOKEN, CUT_OFF_TAG, ENTITY].some((pattern) => text.search(pattern) >= 0);
}

/** Parses the content as the children of one element; undefined when it is broken beyond the usual mistakes of people. */
export function parseMarkup(text: string): XmlElement | undefined {
  // What is well-formed needs no repair, which would take a tag in CDATA for one.
  return parseElements(text) ?? parseElements(repair(text));
}

function parseElements(text: string): XmlElement | undefined {
  if (scanXml(text).depth > MAX_DEPTH) return undefined;
  try {
    return parseXml(`<speak>${text}</speak>`).root ?? undefined;
  } catch {
    return undefined;
  }
}

/** Strips markup that cannot be parsed: a listener should hear all of its words and none of its tags. */
export function stripMarkup(text: string): string {
  let left = text;
  for (let round = 0; round < MAX_STRIP_ROUNDS; round++) {
    const before = left;
    for (const pattern of [NOT_SPOKEN, QUOTED_TAG, TAG, CUT_OFF_TAG]) left = left.replace(pattern, ' ');
    if (left === before) return left.replace(ENTITY, (entity) => decode(entity.slice(1, -1).toLowerCase()));
  }
  return left.replace(/[<>]/g, ' ');
}

/** Escapes what people write into XML without escaping it, and drops the characters that no XML may hold. */
function repair(text: string): string {
  return text
    .toWellFormed()
    .replace(/^\s*<\?xml[^<>]*\?>/i, '')
    .replace(/<!doctype[^<>[]*(?:\[[^\]]*\])?\s*>/i, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, (_, text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;'))
    .replace(/[\p{Cc}\ufffe\uffff]/gu, ' ')
    .replace(/&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});)/g, '&amp;')
    .replace(/<(?!\/?[a-zA-Z]|!--|!\[CDATA\[|\?[a-zA-Z])/g, '&lt;');
}

function decode(name: string): string {
  if (!name.startsWith('#')) return NAMED_ENTITIES[name] ?? ' ';
  const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code >= 0x20 && code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : ' ';
}
