import { type FlowProblem, problem } from './problem.ts';

/** Byte order marks, the longest first: that of UTF-32, which nobody decodes here, begins as that of UTF-16 does. */
const MARKS: [encoding: string, mark: number[]][] = [
  ['utf-32', [0xff, 0xfe, 0, 0]],
  ['utf-32', [0, 0, 0xfe, 0xff]],
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16be', [0xfe, 0xff]],
  ['utf-16le', [0xff, 0xfe]],
];

/** How XML in UTF-16 begins that has no mark (XML 1.0, appendix F). */
const UNMARKED: typeof MARKS = [
  ['utf-16be', [0, 0x3c]],
  ['utf-16le', [0x3c, 0]],
];

/** A declaration may have so many bytes. */
const MAX_DECLARATION = 200;

/** What the platform's decoder, as the web has it, would take for windows-1252, and XML does not. */
const LATIN_1 = /^(?:iso[-_]?8859[-_]?1(?::1987)?|latin-?1|l1|(?:cp|ibm)819|iso-ir-100|csisolatin1)$/i;
const ASCII = /^(?:(?:us-|cs)?ascii|ansi_x3\.4-19(?:68|86)|iso-ir-6|iso646-us)$/i;

/**
 * Decodes a document. XML names its encoding itself (RFC 7303; XML 1.0, 4.3.3): a byte order mark wins, then the charset of the
 * content type, then the declaration, and without any of them it is UTF-8. JSON is UTF-8 (RFC 8259). What is not in the
 * encoding that it names is a problem, since a replacement character would be spoken.
 */
export function decodeDocument(bytes: Uint8Array, contentType: string): string | FlowProblem {
  const encoding = encodingOf(bytes, contentType);
  if (encoding === undefined) return unreadable('The document says that it is UTF-16, which its bytes are not.');
  return decode(bytes, encoding) ?? unreadable(`The document cannot be decoded as ${encoding}.`);
}

const unreadable = (detail: string): FlowProblem => problem('flow_unreadable', detail);

/** The name of the encoding; undefined for a document that belies itself. */
function encodingOf(bytes: Uint8Array, contentType: string): string | undefined {
  if (/^\s*application\/(?:json|[^;\s]*\+json)\s*(?:;|$)/i.test(contentType)) return 'utf-8';
  const marked = beginning(bytes, MARKS);
  if (marked) return marked;
  const charset = charsetOf(contentType);
  const unmarked = beginning(bytes, UNMARKED);
  // UTF-16 without a mark that does not look like XML has the order of networks (RFC 2781).
  if (charset !== undefined) return isUtf16(charset) ? (unmarked ?? 'utf-16be') : charset;
  if (unmarked) return unmarked;
  const declared = declarationOf(bytes) ?? 'utf-8';
  return /^utf-?16/i.test(declared) ? undefined : declared;
}

const isUtf16 = (name: string): boolean => /^utf-?16$/i.test(name);

const beginning = (bytes: Uint8Array, marks: typeof MARKS): string | undefined =>
  marks.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte))?.[0];

const charsetOf = (contentType: string): string | undefined =>
  /;\s*charset\s*=\s*["']?([\w.:-]{1,40})/i.exec(contentType)?.[1];

/** The encoding that the XML declaration names. All encodings but UTF-16 write a declaration in the bytes of ASCII. */
function declarationOf(bytes: Uint8Array): string | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, MAX_DECLARATION));
  return /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([A-Za-z][\w.:-]{0,39})["']/.exec(head)?.[1];
}

/** The text without its byte order mark; undefined when the bytes cannot be decoded, or nobody knows the encoding. */
function decode(bytes: Uint8Array, encoding: string): string | undefined {
  if (LATIN_1.test(encoding)) return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  if (ASCII.test(encoding) && bytes.some((byte) => byte > 0x7f)) return undefined;
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return undefined;
  }
}
