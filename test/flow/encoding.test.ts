import { describe, expect, it } from 'vitest';
import { decodeDocument } from '../../src/flow/encoding.ts';

const XML = 'application/xml';
const latin = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const bytes = (...all: (number[] | string)[]) =>
  Uint8Array.from(all.flatMap((it) => (typeof it === 'string' ? [...latin(it)] : it)));
const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string, order: 'le' | 'be') =>
  Uint8Array.from(
    [...text].flatMap((letter) => {
      const code = letter.charCodeAt(0);
      return order === 'le' ? [code & 255, code >> 8] : [code >> 8, code & 255];
    }),
  );
const declared = (encoding: string, body: number[] | string = 'x') =>
  bytes(`<?xml version="1.0" encoding="${encoding}"?><Say>`, body, '</Say>');
const said = (text: unknown) => /<Say>(.*)<\/Say>/.exec(String(text))?.[1];
const UNREADABLE = { code: 'flow_unreadable' };

describe('the encoding of XML', () => {
  it('is UTF-8 when nothing is said, with a byte order mark or without', () => {
    expect(decodeDocument(utf8('<Say>Grüße</Say>'), XML)).toBe('<Say>Grüße</Say>');
    expect(decodeDocument(bytes([0xef, 0xbb, 0xbf], [...utf8('<Say>Grüße</Say>')]), XML)).toBe('<Say>Grüße</Say>');
  });

  it.each([
    ['ISO-8859-1', [0x47, 0x72, 0xfc, 0xdf, 0x65], 'Grüße'],
    ['iso-8859-15', [0xa4, 0xfc], '€ü'],
    ['windows-1250', [0x9c, 0xb3], 'śł'],
    ['windows-1252', [0x80, 0xe9], '€é'],
    ['windows-1251', [0xef, 0xf0], 'пр'],
    ['ISO-8859-2', [0xb6], 'ś'],
    ['ISO-8859-7', [0xe1], 'α'],
    ['US-ASCII', 'abc', 'abc'],
    ['UTF-8', [0xc3, 0xbc], 'ü'],
  ])('is what the declaration says: %s', (encoding, body, text) => {
    expect(said(decodeDocument(declared(encoding, body), XML))).toBe(text);
    expect(said(decodeDocument(declared(encoding, body), 'text/xml'))).toBe(text);
    expect(said(decodeDocument(declared(encoding, body), ''))).toBe(text);
  });

  it('is declared with apostrophes, too, and after other attributes', () => {
    const text = bytes("<?xml version='1.0'\n encoding = 'iso-8859-15' standalone='yes' ?><Say>", [0xa4], '</Say>');
    expect(said(decodeDocument(text, XML))).toBe('€');
  });

  it('is that of the charset, whatever the declaration says', () => {
    expect(said(decodeDocument(declared('UTF-8', [0xa4]), 'text/xml; charset=ISO-8859-15'))).toBe('€');
    expect(said(decodeDocument(declared('ISO-8859-1', [0xc3, 0xbc]), 'application/xml;charset="utf-8"'))).toBe('ü');
    expect(said(decodeDocument(declared('UTF-16', [0xc3, 0xbc]), 'application/xml; charset=utf-8'))).toBe('ü');
  });

  it('is that of the byte order mark, whatever the charset and the declaration say', () => {
    const marked = bytes([0xef, 0xbb, 0xbf], [...declared('ISO-8859-1', [0xc3, 0xbc])]);
    expect(said(decodeDocument(marked, 'text/xml; charset=windows-1252'))).toBe('ü');
    const le = bytes([0xff, 0xfe], [...utf16('<Say>ł</Say>', 'le')]);
    expect(said(decodeDocument(le, 'text/xml; charset=utf-8'))).toBe('ł');
    expect(said(decodeDocument(le, 'text/xml; charset=utf-16be'))).toBe('ł');
  });

  it.each(['le', 'be'] as const)('is UTF-16 %s by its mark, by its name, and by how it begins', (order) => {
    const mark = order === 'le' ? [0xff, 0xfe] : [0xfe, 0xff];
    const text = '<?xml version="1.0" encoding="UTF-16"?><Say>Grüße €</Say>';
    const marked = bytes(mark, [...utf16(text, order)]);
    expect(decodeDocument(marked, XML)).toBe(text);
    expect(decodeDocument(marked, `${XML}; charset=utf-16`)).toBe(text);
    expect(decodeDocument(utf16(text, order), XML)).toBe(text);
    expect(decodeDocument(utf16(text, order), `${XML}; charset=UTF-16`)).toBe(text);
    expect(decodeDocument(utf16(text, order), `${XML}; charset=UTF-16${order}`)).toBe(text);
  });

  it('is ISO-8859-1 as XML means it, and not windows-1252', () => {
    expect(said(decodeDocument(declared('ISO-8859-1', [0x80, 0x93]), XML))).toBe('\u0080\u0093');
    expect(said(decodeDocument(declared('latin1', [0x80]), XML))).toBe('\u0080');
  });

  it.each([
    ['UTF-8 that is none', bytes('<Say>Gr', [0xfc, 0xdf], 'e</Say>'), XML],
    ['UTF-8 that breaks off', bytes('<Say>', [0xc3]), XML],
    ['UTF-8 by its charset that is none', bytes('<Say>', [0xfc], '</Say>'), 'text/xml; charset=utf-8'],
    ['ASCII with other letters', declared('US-ASCII', [0xfc]), XML],
    ['UTF-16 with half a letter', bytes([0xff, 0xfe, 0x3c]), XML],
    ['UTF-16 with half a pair', bytes([0xfe, 0xff, 0xd8, 0x00, 0x00, 0x41]), XML],
    ['UTF-32', bytes([0xff, 0xfe, 0, 0, 0x3c, 0, 0, 0]), XML],
    ['a declaration of UTF-16 in single bytes', declared('UTF-16'), XML],
    ['an encoding that nobody knows', declared('x-klingon'), XML],
    ['a charset that nobody knows', utf8('<Say>x</Say>'), 'text/xml; charset=x-klingon'],
    ['UTF-7', utf8('+ADw-Say/+AD4-'), 'text/xml; charset=utf-7'],
    ['EBCDIC', bytes([0x4c, 0x6f, 0xa7, 0x94, 0x93]), XML],
    ['Latin letters in Shift_JIS', declared('Shift_JIS', [0xfc, 0xdf]), XML],
  ])('must be true: %s is unreadable', (_what, body, type) => {
    expect(decodeDocument(body, type)).toMatchObject(UNREADABLE);
  });
});

describe('the encoding of JSON', () => {
  it('is UTF-8, with a byte order mark or without, whatever the charset says', () => {
    for (const type of ['application/json', 'application/json; charset=iso-8859-1', 'application/flow+json']) {
      expect(decodeDocument(utf8('["ü"]'), type)).toBe('["ü"]');
      expect(decodeDocument(bytes([0xef, 0xbb, 0xbf], [...utf8('["ü"]')]), type)).toBe('["ü"]');
    }
  });

  it.each([
    ['Latin letters', bytes('["', [0xfc], '"]')],
    ['UTF-16', bytes([0xff, 0xfe], [...utf16('[]', 'le')])],
  ])('must be: %s are unreadable', (_what, body) => {
    expect(decodeDocument(body, 'application/json')).toMatchObject(UNREADABLE);
  });

  it('is that of the charset where it is plain text', () => {
    expect(decodeDocument(bytes('["', [0xfc], '"]'), 'text/plain; charset=iso-8859-1')).toBe('["ü"]');
    expect(decodeDocument(utf8('["ü"]'), 'text/plain')).toBe('["ü"]');
  });
});
