import { describe, expect, it } from 'vitest';
import { readDocument, readInline } from '../../src/flow/document.ts';

const xml = (text: string) => readDocument(text, 'application/xml');
const json = (document: unknown) => readDocument(JSON.stringify(document), 'application/json');
const verbsOf = (reading: ReturnType<typeof readDocument>) => ('verbs' in reading ? reading.verbs : reading);

describe('a document in XML', () => {
  it('becomes the same verbs as its JSON form', () => {
    const fromXml = xml(`<?xml version="1.0" encoding="UTF-8"?>
      <Response>
        <!-- greeting -->
        <Say language="fr-BE" loop="2">Bonjour &amp; bienvenue</Say>
        <Gather numDigits="1" timeout="8" finishOnKey="" action="/menu" actionOnEmptyResult="true">
          <Say>Un ou deux</Say><Pause length="0.5"/><Play loop="3">/ding.wav</Play>
        </Gather>
        <Play digits="1ww2"/>
        <Redirect>https://x.example/next</Redirect>
        <Reject reason="busy"/>
        <Hangup/>
      </Response>`);
    const fromJson = json([
      { verb: 'say', language: 'fr-BE', loop: 2, text: 'Bonjour & bienvenue' },
      {
        verb: 'gather',
        numDigits: 1,
        timeout: 8,
        finishOnKey: '',
        action: '/menu',
        actionOnEmptyResult: true,
        prompts: [
          { verb: 'say', text: 'Un ou deux' },
          { verb: 'pause', length: 0.5 },
          { verb: 'play', loop: 3, url: '/ding.wav' },
        ],
      },
      { verb: 'play', digits: '1ww2' },
      { verb: 'redirect', url: 'https://x.example/next' },
      { verb: 'reject', reason: 'busy' },
      { verb: 'hangup' },
    ]);
    expect(verbsOf(fromXml)).toEqual(verbsOf(fromJson));
    expect(verbsOf(fromXml)).toHaveLength(6);
  });

  it('keeps SSML in Say, and says so', () => {
    const reading = xml(
      '<Response><Say>Hallo <break time="500ms"/> <lang xml:lang="fr-BE">septante</lang> &amp; co</Say></Response>',
    );
    expect(verbsOf(reading)).toMatchObject([
      {
        verb: 'say',
        text: 'Hallo <break time="500ms"/> <lang xml:lang="fr-BE">septante</lang> &amp; co',
        ssml: true,
      },
    ]);
  });

  it.each([
    ['Mail &lt;info@example.nl&gt; binnen', 'Mail <info@example.nl> binnen', undefined],
    ['&lt;break time="10s"/&gt;', '<break time="10s"/>', undefined],
    ['<![CDATA[<break time="10s"/>]]>', '<break time="10s"/>', undefined],
    ['&amp;lt;', '&lt;', undefined],
    ['a<!-- b -->c', 'ac', undefined],
    ['"ja" <s>x</s> ]]&gt;', '"ja" <s>x</s> ]]&gt;', true],
    ['<s>x</s>&lt;break/&gt;', '<s>x</s>&lt;break/&gt;', true],
    ['<s>x</s><![CDATA[<!DOCTYPE html><break/>]]>', '<s>x</s>&lt;!DOCTYPE html&gt;&lt;break/&gt;', true],
    ['<sub alias="&quot;&lt;">x</sub><!-- y --><?z?>', '<sub alias="&quot;&lt;">x</sub>', true],
  ])('keeps text as text, also beside SSML: %s', (content, text, ssml) => {
    const around = `<Response><Say>${content}</Say><Gather action="/x"><Say>${content}</Say></Gather></Response>`;
    const say = { verb: 'say', text, loop: 1, ...(ssml && { ssml }) };
    expect(verbsOf(xml(around))).toMatchObject([say, { prompts: [say] }]);
    expect(verbsOf(xml(`<Response><Say ssml="true">${content}</Say></Response>`))).toEqual([say]);
    expect(verbsOf(xml(`<Response><Consent>${content}</Consent></Response>`))).toMatchObject([
      { text, ...(ssml && { ssml }) },
    ]);
  });

  it('takes CDATA as text', () => {
    expect(verbsOf(xml('<Response><Say><![CDATA[3 < 5]]></Say></Response>'))).toMatchObject([{ text: '3 < 5' }]);
  });

  it.each([
    ['a comment', '<!-- <!DOCTYPE x> --><Response><Hangup/></Response>', [{ verb: 'hangup' }]],
    ['an instruction', '<?x <!DOCTYPE x> ?><Response><Hangup/></Response>', [{ verb: 'hangup' }]],
    ['CDATA', '<Response><Say><![CDATA[<!DOCTYPE html>]]></Say></Response>', [{ text: '<!DOCTYPE html>' }]],
    ['a comment in Say', '<Response><Say>a<!-- <!DOCTYPE x> --></Say></Response>', [{ text: 'a' }]],
  ])('may mention a document type in %s', (_where, text, expected) => {
    expect(verbsOf(xml(text))).toMatchObject(expected);
  });

  it('may mention ever so many elements where they are none', () => {
    const many = '<s>'.repeat(9000);
    const text = `<Response><!--${many}--><Say>a</Say></Response>`;
    expect(verbsOf(xml(text))).toMatchObject([{ text: 'a' }]);
    expect(verbsOf(readInline(text))).toMatchObject([{ text: 'a' }]);
  });

  it.each([
    ['<Respnse/>', 'flow_invalid', 'The root element must be <Response>.'],
    [
      '<Response><say>x</say></Response>',
      'flow_invalid',
      '<say> is not a verb (names are case-sensitive, as in <Say>).',
    ],
    [
      '<Response><Foobar/></Response>',
      'flow_invalid',
      '<Foobar> is not a verb (names are case-sensitive, as in <Say>).',
    ],
    ['<Response>Hello</Response>', 'flow_invalid', 'Text is not allowed directly in <Response>; put it in <Say>.'],
    ['<Response><Say><script/></Say></Response>', 'flow_invalid', '<script> is not allowed in <Say>.'],
    ['<Response><Play><b/></Play></Response>', 'flow_invalid', '<b> is not allowed in <Play>.'],
    ['<Response><Gather timeout="soon"/></Response>', 'flow_invalid', 'Verb 1 (gather), timeout: must be a number.'],
    [
      '<Response><Gather><Hangup/></Gather></Response>',
      'flow_invalid',
      'Verb 1 (gather), prompts.0.verb: must be "say" or "play" or "pause".',
    ],
    ['<Response><Pause length="-1"/></Response>', 'flow_invalid', 'Verb 1 (pause), length: must be at least 0.'],
    [
      '<Response><Gather><Play digits="1"/></Gather></Response>',
      'flow_invalid',
      'Verb 1 (gather), prompts.0.digits: are not allowed inside gather.',
    ],
  ])('%s is refused as %s: %s', (text, code, detail) => {
    expect(xml(text)).toEqual({ code, detail });
  });

  it.each([
    ['whitespace before the declaration', ' <?xml version="1.0"?><Response/>'],
    ['an unclosed element', '<Response><Say>x</Response>'],
    ['two roots', '<Response/><Response/>'],
    ['an unquoted attribute', '<Response><Pause length=1/></Response>'],
    ['an unknown entity', '<Response><Say>&xxe;</Say></Response>'],
    [
      'an external entity',
      '<!DOCTYPE r [<!ENTITY xxe SYSTEM "file:///etc/passwd">]><Response><Say>&xxe;</Say></Response>',
    ],
    ['an entity bomb', `<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "${'&a;'.repeat(50)}">]><Response>&b;</Response>`],
    ['a nesting bomb', `<Response>${'<Gather>'.repeat(5000)}${'</Gather>'.repeat(5000)}</Response>`],
    ['a nesting bomb that is never closed', '<a>'.repeat(20_000)],
    [
      'a nesting bomb with names of other characters',
      `<Response>${'<_>'.repeat(9000)}${'</_>'.repeat(9000)}</Response>`,
    ],
    ['a nesting bomb whose closing tags are CDATA', `<Response>${'<a><![CDATA[</a>]]>'.repeat(9000)}`],
    ['a nesting bomb with closing slashes in attributes', `<Response>${'<a b="/>">'.repeat(9000)}`],
    ['a nesting bomb with angle brackets in attributes', `<Response>${'<a b=">">'.repeat(6000)}</Response>`],
    [
      'a nesting bomb behind a comment of closing tags',
      `<Response><Say><!--${'</s>'.repeat(9000)}-->${'<s>'.repeat(9000)}`,
    ],
    [
      'a nesting bomb behind CDATA of closing tags',
      `<Response><Say><![CDATA[${'</s>'.repeat(9000)}]]>${'<s>'.repeat(9000)}`,
    ],
    ['a nesting bomb behind an instruction of closing tags', `<?x ${'</s>'.repeat(9000)}?>${'<s>'.repeat(9000)}`],
    ['a DOCTYPE after a comment', '<!-- x --><!DOCTYPE Response><Response/>'],
    ['a DOCTYPE after an instruction that opens a comment', '<?x <!-- ?><!DOCTYPE Response><Response/>'],
    ['nothing but a bracket', '<'],
  ])('with %s is malformed', (_what, text) => {
    expect(xml(text)).toMatchObject({ code: 'flow_malformed' });
  });
});

describe('a document in JSON', () => {
  it.each([
    ['{"verb":"say"}', 'flow_malformed', 'A JSON document is an array of verbs.'],
    ['[{"verb":"say"', 'flow_malformed', 'The document is not well-formed JSON.'],
    ['["say"]', 'flow_invalid', 'Verb 1: must be an object.'],
    [
      '[{"verb":"say","text":"ok"},{"verb":"dance"}]',
      'flow_invalid',
      expect.stringContaining('Verb 2, verb: must be "say" or'),
    ],
    ['[{"verb":"gather","numDigits":"1"}]', 'flow_invalid', 'Verb 1 (gather), numDigits: must be a number.'],
    [
      '[{"verb":"gather","finishOnKey":"##"}]',
      'flow_invalid',
      expect.stringContaining('Verb 1 (gather), finishOnKey: must be'),
    ],
    [
      '[{"verb":"play","digits":"call me"}]',
      'flow_invalid',
      expect.stringContaining('Verb 1 (play), digits: must consist of'),
    ],
  ])('%s is refused as %s', (text, code, detail) => {
    expect(readDocument(text, 'application/json')).toEqual({ code, detail });
  });

  it('is not quoted in a complaint: it may hold what a caller said or pressed', () => {
    const reading = json([
      { verb: 'gather', finishOnKey: '4711' },
      { verb: 'say', text: 'geheim'.repeat(1000) },
    ]);
    expect(JSON.stringify(reading)).not.toMatch(/4711|geheim/);
  });

  it('may have attributes that this product does not know; they are named', () => {
    expect(
      json([{ verb: 'gather', hints: 'x', action: '/a', prompts: [{ verb: 'say', text: 'a', rate: 2 }] }]),
    ).toMatchObject({
      ignored: ['gather.hints', 'say.rate'],
    });
  });

  it('has SSML only where it says so; of text that looks like it a warning tells', () => {
    const text = 'Een <break time="1s"/> twee';
    const warning = 'say.text looks like SSML and is spoken as text: SSML needs "ssml": true';
    expect(json([{ verb: 'say', text, ssml: true }])).toMatchObject({ verbs: [{ text, ssml: true }], warnings: [] });
    const gather = { verb: 'gather', action: '/a', prompts: [{ verb: 'say', text }] };
    expect(json([{ verb: 'say', text }, gather])).toMatchObject({
      verbs: [{ text }, { prompts: [{ text }] }],
      warnings: [warning],
    });
    expect(json([{ verb: 'say', text: 'Mail <info@example.nl>' }])).toMatchObject({ warnings: [] });
    expect(xml('<Response><Say>&lt;break/&gt;</Say></Response>')).toMatchObject({ warnings: [warning] });
  });

  it('has at most 64 KB, also inline, and also as an array', () => {
    const long = Array(20).fill({ verb: 'say', text: 'é'.repeat(2000) });
    expect(readInline(long)).toMatchObject({ code: 'flow_too_large' });
    expect(readInline(JSON.stringify(long))).toMatchObject({ code: 'flow_too_large' });
    expect(readInline(long.slice(0, 10))).toMatchObject({ verbs: expect.any(Array) });
  });

  it('has at most 1,000 verbs', () => {
    expect(json(Array(1001).fill({ verb: 'hangup' }))).toMatchObject({ code: 'flow_invalid' });
  });
});

describe('the language of what is said', () => {
  const said = (language: string) => [
    json([{ verb: 'say', text: 'a', language }]),
    xml(`<Response><Say language="${language}">a</Say></Response>`),
    readInline([{ verb: 'say', text: 'a', language }]),
  ];

  it.each([
    ['nl-BE', 'nl-BE'],
    ['no-NO', 'nb-NO'],
    ['nn-NO', 'nb-NO'],
    ['NO', 'nb'],
  ])('%s is spoken as %s', (language, spoken) => {
    for (const reading of said(language))
      expect(reading).toMatchObject({ verbs: [{ language: spoken }], warnings: [] });
  });

  it.each(['tr-TR', 'uk-UA', 'ja-JP', 'zz-ZZ', 'cmn-Hans-CN'])(
    '%s gives way to the call, with a warning',
    (language) => {
      for (const reading of said(language)) {
        expect(reading).toMatchObject({
          warnings: [`say.language ${language} has no voice: the call's language is spoken`],
        });
        expect(verbsOf(reading)).toEqual([{ verb: 'say', text: 'a', loop: 1 }]);
      }
    },
  );

  it('is told of once, also of nested verbs and of questions', () => {
    const CONSENT = { verb: 'consent', text: 'We record this call. Press 1 if you agree.' };
    const prompts = [{ verb: 'say', text: 'a', language: 'ja-JP' }];
    const document = [{ verb: 'gather', action: '/a', prompts }, ...prompts, { ...CONSENT, language: 'ja-JP' }];
    expect(json(document)).toMatchObject({
      verbs: [
        { prompts: [{ verb: 'say', text: 'a', loop: 1 }] },
        { verb: 'say', text: 'a', loop: 1 },
        { language: 'ja-JP' },
      ],
      warnings: [expect.stringContaining('say.language ja-JP'), expect.stringContaining('consent.language ja-JP')],
    });
  });

  it('may be one that only a server of the operator speaks', () => {
    const voices = (tag: string) => (tag === 'tr-TR' ? tag : undefined);
    const text = JSON.stringify([{ verb: 'say', text: 'a', language: 'tr-TR' }]);
    expect(readDocument(text, 'application/json', voices)).toMatchObject({
      verbs: [{ language: 'tr-TR' }],
      warnings: [],
    });
  });
});

describe('the content type', () => {
  const XML = '<Response><Hangup/></Response>';
  const JSON_TEXT = '[{"verb":"hangup"}]';

  it.each([
    ['text/xml; charset=utf-8', XML],
    ['application/xml', XML],
    ['application/twiml+xml', XML],
    ['text/html', XML],
    ['text/plain', XML],
    ['', XML],
    ['application/json', JSON_TEXT],
    ['application/vnd.flow+json', JSON_TEXT],
    ['text/plain', JSON_TEXT],
    ['', JSON_TEXT],
  ])('"%s" is read as it says, or by its looks where it says nothing', (type, text) => {
    expect(verbsOf(readDocument(text, type))).toEqual([{ verb: 'hangup' }]);
  });

  it('of something else is refused by name', () => {
    expect(readDocument('RIFF', 'audio/wav')).toEqual({
      code: 'flow_content_type',
      detail: 'Answer with XML (application/xml) or JSON (application/json), not audio/wav.',
    });
  });

  it('does not matter when there is nothing: the flow is over', () => {
    expect(readDocument('', 'audio/wav')).toEqual({ verbs: [], ignored: [], warnings: [] });
    expect(verbsOf(xml('<Response/>'))).toEqual([]);
  });
});

describe('an inline document', () => {
  it('may be XML text, JSON text or the verbs themselves', () => {
    for (const flow of ['<Response><Hangup/></Response>', '[{"verb":"hangup"}]', [{ verb: 'hangup' }]]) {
      expect(verbsOf(readInline(flow))).toEqual([{ verb: 'hangup' }]);
    }
  });

  it('may begin with a byte order mark, and its declaration of an encoding says nothing about text', () => {
    expect(verbsOf(readInline('\ufeff[{"verb":"hangup"}]'))).toEqual([{ verb: 'hangup' }]);
    const flow = '\ufeff<?xml version="1.0" encoding="ISO-8859-1"?><Response><Say>Grüße</Say></Response>';
    expect(verbsOf(readInline(flow))).toMatchObject([{ text: 'Grüße' }]);
  });

  it.each([
    [[{ verb: 'gather' }]],
    [[{ verb: 'gather', action: '/menu' }]],
    [[{ verb: 'redirect' }]],
    [[{ verb: 'play', url: 'ding.wav' }]],
    [[{ verb: 'gather', action: 'https://x.example/', prompts: [{ verb: 'play', url: 'ding.wav' }] }]],
  ])('%j is refused, because nothing is there to be relative to', (flow) => {
    expect(readInline(flow)).toMatchObject({ code: 'flow_invalid', detail: expect.stringContaining('absolute') });
  });

  it('may name absolute URLs', () => {
    expect(readInline([{ verb: 'gather', action: 'https://x.example/menu' }])).toHaveProperty('verbs');
  });
});
