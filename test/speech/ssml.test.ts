import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  looksLikeSsml,
  MAX_CONTENT,
  MAX_PIECE,
  MAX_PIECES,
  type SpeechPiece,
  splitSpeech,
  spokenText,
} from '../../src/speech/ssml.ts';

const split = (content: string, language = 'nl-NL') => splitSpeech(content, language, true);
const texts = (content: string) => split(content).map((piece) => (piece.type === 'text' ? piece.text : piece.ms));
const only = (content: string) => {
  const pieces = split(content);
  expect(pieces).toHaveLength(1);
  return pieces[0] as Extract<SpeechPiece, { type: 'text' }>;
};

describe('text', () => {
  it.each([
    'Mail <info@example.nl> binnen',
    'Hallo <break time="10s"/> daar',
    'AT&amp;T &lt;3 &#233;',
    '<![CDATA[x]]>',
    '<!-- x -->',
    'Hallo wereld.',
    '3 < 5',
    'AT&T',
    'als x<y dan',
    'I <3 you',
    'wat <? nu',
    'a > b',
    ' twee  spaties\nen een regel ',
    '[[x]]',
  ])('passes unchanged: %j', (text) => {
    expect(splitSpeech(text, 'nl-NL')).toEqual([
      { type: 'text', text, language: 'nl-NL', rate: 1, pitch: 1, volume: 1 },
    ]);
  });

  it('is nothing when it is blank', () => {
    expect(splitSpeech('', 'nl-NL')).toEqual([]);
    expect(splitSpeech(' \n ', 'nl-NL')).toEqual([]);
    expect(split(' \n ')).toEqual([]);
  });

  it.each(['3 < 5', 'AT&T', 'als x<y dan', 'I <3 you', 'wat <? nu', 'a > b', '[[x]]'])(
    'is spoken as it is in SSML, too, where somebody forgot to escape it: %j',
    (text) => expect(texts(text)).toEqual([text]),
  );

  it('is decoded in SSML when it holds entities', () => {
    expect(texts('AT&amp;T &lt;3 &#233;&#xe9;n')).toEqual(['AT&T <3 één']);
  });

  it('is cut between sentences when it is long', () => {
    const pieces = splitSpeech('Dit is een zin. '.repeat(300), 'nl-NL').map((piece) => 'text' in piece && piece.text);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.slice(0, -1).every((text) => String(text).endsWith('zin.'))).toBe(true);
    expect(pieces.join(' ').trim()).toBe('Dit is een zin. '.repeat(300).trim());
  });
});

describe('<break>', () => {
  it('lasts as long as its time says, ten seconds at most', () => {
    expect(texts('a <break time="500ms"/> b <break time="1.5s"/> c<break time="99s"/>d')).toEqual([
      'a',
      500,
      'b',
      1500,
      'c',
      10_000,
      'd',
    ]);
  });

  it('has six strengths, and is of medium strength without any', () => {
    const ms = (strength: string) => texts(`a<break strength="${strength}"/>b`)[1];
    expect(['none', 'x-weak', 'weak', 'medium', 'strong', 'x-strong'].map(ms)).toEqual(['b', 100, 250, 500, 750, 1000]);
    expect(texts('a<break/>b')).toEqual(['a', 500, 'b']);
    expect(texts('a<break time="soon"/>b')).toEqual(['a', 500, 'b']);
  });

  it('adds up with the next one, to a minute in all', () => {
    expect(texts('a<break time="1s"/><break time="2s"/>b')).toEqual(['a', 3000, 'b']);
    expect(texts(`a${'<break time="10s"/>'.repeat(50)}b`)).toEqual(['a', 60_000, 'b']);
  });
});

describe('<lang> and xml:lang', () => {
  it('changes the language within', () => {
    expect(split('Hallo <break time="500ms"/> <lang xml:lang="fr-BE">septante</lang> dag')).toEqual([
      { type: 'text', text: 'Hallo', language: 'nl-NL', rate: 1, pitch: 1, volume: 1 },
      { type: 'pause', ms: 500 },
      { type: 'text', text: 'septante', language: 'fr-BE', rate: 1, pitch: 1, volume: 1 },
      { type: 'text', text: 'dag', language: 'nl-NL', rate: 1, pitch: 1, volume: 1 },
    ]);
    expect(only('<speak xml:lang="de-DE">Tag</speak>').language).toBe('de-DE');
  });

  it('ignores what is no language', () => {
    expect(only('<lang xml:lang="../../etc">x</lang>').language).toBe('nl-NL');
  });
});

describe('<p> and <s>', () => {
  it('leave a pause between, never at an end, and give way to a break', () => {
    expect(texts('<p>Een</p><p>Twee</p>')).toEqual(['Een', 700, 'Twee']);
    expect(texts('<p><s>Een</s><s>Twee</s></p>')).toEqual(['Een', 300, 'Twee']);
    expect(texts('<p>Een</p><break time="2s"/><p>Twee</p>')).toEqual(['Een', 2000, 'Twee']);
  });
});

describe('<prosody> and <emphasis>', () => {
  it.each([
    ['rate="slow"', { rate: 0.75 }],
    ['rate="80%"', { rate: 0.8 }],
    ['rate="+10%"', { rate: 1.1 }],
    ['rate="1.5"', { rate: 1.5 }],
    ['rate="9999%"', { rate: 4 }],
    ['pitch="+12st"', { pitch: 2 }],
    ['pitch="-10%"', { pitch: 0.9 }],
    ['volume="silent"', { volume: 0 }],
    ['volume="-6dB"', { volume: 0.501 }],
    ['rate="constructor"', { rate: 1 }],
  ])('%s', (attribute, manner) => {
    expect(only(`<prosody ${attribute}>x</prosody>`)).toMatchObject(manner);
  });

  it('multiply when nested', () => {
    expect(only('<prosody rate="slow"><prosody rate="50%">x</prosody></prosody>').rate).toBe(0.375);
  });

  it('make emphasis slower and louder, and reduction the other way round', () => {
    expect(only('<emphasis level="strong">x</emphasis>')).toMatchObject({ rate: 0.8, volume: 1.4 });
    expect(only('<emphasis>x</emphasis>')).toMatchObject({ rate: 0.9, volume: 1.2 });
    expect(only('<emphasis level="reduced">x</emphasis>')).toMatchObject({ rate: 1.1, volume: 0.8 });
  });

  it('keep a full stop with the word before it', () => {
    expect(texts('Dit is <emphasis>nieuw</emphasis>.')).toEqual(['Dit is', 'nieuw.']);
  });
});

describe('<say-as>', () => {
  const say = (as: string, text: string, language = 'nl-NL', format = '') =>
    split(`<say-as interpret-as="${as}" format="${format}">${text}</say-as>`, language).map((piece) =>
      piece.type === 'text' ? piece.text : piece.ms,
    )[0];

  it.each([
    ['digits', '1234', '1 2 3 4'],
    ['characters', 'tf 7b', 'T, F, 7, B'],
    ['spell-out', 'straße', 'S, T, R, A, ß, E'],
    ['telephone', '+31 20-123', '+ 3 1, 2 0, 1 2 3'],
    ['cardinal', '1234', '1234'],
    ['ordinal', '3', 'derde'],
    ['date', '2024-02-29', '29 februari 2024'],
    ['date', '20241231', '31 december 2024'],
    ['date', '2024-02-30', '2024-02-30'],
    ['address', 'Dam 1', 'Dam 1'],
    ['', 'x', 'x'],
  ])('%s of %s', (as, text, spoken) => {
    expect(say(as, text)).toBe(spoken);
  });

  it.each([
    ['dmy', '31-12-2024', 'de-DE', '31. Dezember 2024'],
    ['mdy', '12/31/2024', 'fr-FR', '31 décembre 2024'],
    ['dm', '29.2.', 'nl', '29.2.'],
    ['dm', '29.2', 'nl', '29 februari'],
    ['my', '3/2025', 'en-GB', 'March 2025'],
    ['dmy', '1-1-2024', 'nl-a', '1-1-2024'],
  ])('date as %s: %s in %s', (format, text, language, spoken) => {
    expect(say('date', text, language, format)).toBe(spoken);
  });

  it('writes ordinals as each language does', () => {
    expect(
      ['en', 'en', 'fr', 'fr', 'de', 'es', 'pl'].map((language, i) => say('ordinal', String(i + 1), language)),
    ).toEqual(['1st', '2nd', '3ème', '4ème', '5.', '6º', '7']);
  });

  it('is silent for an expletive', () => {
    expect(texts('a <say-as interpret-as="expletive">x</say-as> b')).toEqual(['a b']);
  });
});

describe('the other elements', () => {
  it('speaks the alias of <sub>, and the text of <w>, <phoneme> and what is not known', () => {
    expect(texts('<sub alias="Europese Unie">EU</sub>')).toEqual(['Europese Unie']);
    expect(
      texts('een <w role="amazon:VB">b</w>om <phoneme alphabet="ipa" ph="x">tomaat</phoneme> <x:y>z</x:y>'),
    ).toEqual(['een bom tomaat z']);
  });

  it('skips comments and declarations, and reads CDATA', () => {
    expect(texts('<?xml version="1.0"?><speak>a<!-- b --> <![CDATA[c < d]]></speak>')).toEqual(['a c < d']);
  });
});

describe('escaped markup', () => {
  it.each([
    ['Mail &lt;info@example.nl&gt; <emphasis level="none">binnen</emphasis>', 'Mail <info@example.nl> binnen'],
    ['Een &lt;break time="10s"/&gt;<w>.</w>', 'Een <break time="10s"/>.'],
    ['<s>a</s><![CDATA[<!DOCTYPE html><!-- b --><break/>]]>', '<!DOCTYPE html><!-- b --><break/>'],
    ['<s>&#x000041;</s>', 'A'],
  ])('%j is text', (content, text) => expect(texts(content).at(-1)).toBe(text));
});

describe('a text that looks like SSML', () => {
  it.each(['a <break time="1s"/>', '<speak>a</speak>', '<s>a</s>', 'AT&amp;T', '</prosody>', '<Break/>', '<p'])(
    '%j does',
    (text) => expect(looksLikeSsml(text)).toBe(true),
  );
  it.each(['Mail <info@example.nl>', 'a < b', 'AT&T', '<3', '<spam>', 'x<y', '<sub-total>'])('%j does not', (text) =>
    expect(looksLikeSsml(text)).toBe(false),
  );
});

describe('the words of SSML', () => {
  it('are those that are heard', () => {
    const ssml = 'Uw <sub alias="code">c.</sub> <break/>is <prosody volume="silent">geheim</prosody> &lt;1&gt;';
    expect(spokenText(ssml, 'nl-NL')).toBe('Uw code is <1>');
    expect(spokenText('<break time="5s"/>', 'nl-NL')).toBe('');
  });
});

describe('broken markup', () => {
  it.each([
    ['<a><b>x</a>', ['x']],
    ['Hallo <break time="5', ['Hallo']],
    ['<break>oops', ['oops']],
    ['een <s twee', ['een twee']],
    ['<b<i>reak>', []],
    ['AT&T <break/> x', ['AT&T', 500, 'x']],
    ['3 < 5 <break/> x', ['3 < 5', 500, 'x']],
    ['<!DOCTYPE x [<!ENTITY a "b">]><speak>x</speak>', ['x']],
    [`${'<p>'.repeat(40)}diep${'</p>'.repeat(40)}`, ['diep']],
    ['a\u0000<break/>b', ['a', 500, 'b']],
  ])('%j is spoken without its tags', (content, spoken) => {
    expect(texts(content)).toEqual(spoken);
  });
});

describe('nested markup', () => {
  const nested = (depth: number) => `${'<p>'.repeat(depth)}a<break/>b${'</p>'.repeat(depth)}`;

  it('is followed to a depth of thirty and some, and spoken without its tags beyond', () => {
    expect(texts(nested(30))).toEqual(['a', 500, 'b']);
    expect(texts(nested(40))).toEqual(['a b']);
    expect(texts(nested(1200))).toEqual(['a b']);
  });
});

describe('any content of a Say', () => {
  const bits = fc.constantFrom(
    '<break time="1s"/>',
    '<p>',
    '</p>',
    '<s>',
    '</s>',
    '<lang xml:lang="fr">',
    '</lang>',
    '<emphasis>',
    '</emphasis>',
    '<sub alias="q">',
    '</sub>',
    '<say-as interpret-as="digits">',
    '</say-as>',
    '<',
    '>',
    '&',
    '"',
    '&amp;',
    '&#0;',
    '<!--',
    '-->',
    ']]>',
    '12',
    'woord ',
    '\ud800',
    '😀',
  );
  const contents = fc.oneof(
    fc.array(bits, { maxLength: 60 }).map((all) => all.join('')),
    fc.string({ unit: 'binary' }),
  );

  it('is split without an error, and within the bounds', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const pieces = split(content);
        expect(pieces.length).toBeLessThanOrEqual(MAX_PIECES + 2);
        for (const piece of pieces) {
          if (piece.type === 'pause') expect(piece.ms).toBeGreaterThan(0);
          else expect(piece.text.length).toBeLessThanOrEqual(MAX_PIECE);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is spoken without its tags', () => {
    // Without entities and CDATA, which may rightly stand for a written tag.
    const tags = fc.array(
      bits.filter((bit) => !bit.startsWith('&') && bit !== ']]>'),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(tags, (all) => {
        for (const text of texts(all.join('')))
          expect(String(text)).not.toMatch(/<\/?(?:break|lang|emphasis|sub|say-as)\b/);
      }),
      { numRuns: 2000 },
    );
  });

  it('is spoken with every word', () => {
    const words = fc.array(
      fc.tuple(
        bits.filter((bit) => /^<\/?[a-z]/.test(bit)),
        fc.constantFrom('aap', 'noot', 'mies'),
      ),
    );
    fc.assert(
      fc.property(words, (all) => {
        const expected = all.map(([, word]) => word);
        const heard = texts(all.map(([tag, word]) => `${tag} ${word} `).join('')).filter(
          (text) => typeof text === 'string',
        );
        const said = heard
          .join(' ')
          .split(/\s+/)
          .filter((word) => word && word !== 'q');
        if (!all.some(([tag]) => tag.startsWith('<sub'))) expect(said).toEqual(expected);
      }),
    );
  });

  it.each([
    '<a'.repeat(5000),
    `${'<a'.repeat(3333)}${'>'.repeat(3333)}`,
    `<s a=${' '.repeat(9900)}`,
    '<s a="'.repeat(1600),
    '<!--'.repeat(2500),
    '<p>a</p>'.repeat(1250),
    '<lang xml:lang="fr">a</lang>b'.repeat(340),
    'x'.repeat(MAX_CONTENT * 3),
  ])('takes no time over %#', (content) => {
    const from = performance.now();
    expect(split(content).length).toBeLessThanOrEqual(MAX_PIECES + 2);
    expect(performance.now() - from).toBeLessThan(500);
  });
});
