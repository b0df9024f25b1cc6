import { describe, expect, it } from 'vitest';
import { scanXml } from '../../src/lib/xml-scan.ts';

const xmlDepth = (text: string) => scanXml(text).depth;

describe('the depth of XML', () => {
  it.each([
    ['text alone', 'a < b & c', 0],
    ['one element', '<a>text</a>', 1],
    ['elements beside each other', '<a><b></b><b></b></a>', 2],
    ['elements without content', '<a><b/><b x="1"/></a>', 1],
    ['an element that is never closed', '<a><b><c>', 3],
    ['names of any letters', '<_><é><a:b></a:b></é></_>', 3],
  ])('of %s is counted', (_what, text, depth) => expect(xmlDepth(text)).toBe(depth));

  it.each([
    ['an attribute with a slash and ">" in it', '<a b="/>">', '</a>'],
    ['an attribute with an apostrophe in quotes', `<a b="'>">`, '</a>'],
    ['a closing tag in CDATA', '<a><![CDATA[</a>]]>', '</a>'],
    ['a closing tag in a comment', '<a><!-- </a> -->', '</a>'],
    ['a closing tag in an instruction', '<a><?x </a> ?>', '</a>'],
  ])('is not hidden by %s', (_what, open, close) => {
    expect(xmlDepth(`${open.repeat(50)}${close.repeat(50)}`)).toBe(50);
  });

  it('takes no tag in a comment, in CDATA or in an instruction for an element', () => {
    expect(xmlDepth('<a><!-- <b><c> --><![CDATA[<b><c>]]><?x <b><c> ?></a>')).toBe(1);
  });

  it.each(['<!--', '<![CDATA[', '<?', '<a b="', '<a "', "<a '>", '<'])(
    'is found at once although %j is repeated and never ends',
    (opening) => expect(xmlDepth(opening.repeat(20_000))).toBe(0),
  );
});

describe('a document type', () => {
  it.each([
    ['as it is written', '<!DOCTYPE x>', true],
    ['in small letters', '<!doctype html>', true],
    ['after a comment', '<!-- x --><!DOCTYPE x><a/>', true],
    ['after a comment that holds the end of CDATA', '<!-- ]]> --><!DOCTYPE x><a/>', true],
    ['after an instruction', '<?x <!-- ?><!DOCTYPE x><a/>', true],
    ['within a comment', '<!-- <!DOCTYPE x> --><a/>', false],
    ['within CDATA', '<a><![CDATA[<!DOCTYPE x>]]></a>', false],
    ['within an instruction', '<?x <!DOCTYPE x> ?><a/>', false],
    ['within a quoted attribute, as text', '<a b="&lt;!DOCTYPE x>"/>', false],
  ])('%s: %s', (_where, text, declared) => expect(scanXml(text).hasDoctype).toBe(declared));
});
