import { describe, expect, it } from 'vitest';
import { readDocument, readInline } from '../../src/flow/document.ts';

const xml = (inside: string) => readDocument(`<Response>${inside}</Response>`, 'application/xml');

describe('an attribute that does nothing is named', () => {
  it.each([
    ['of a verb', '<Say foo="1">Hallo</Say>', ['say.foo']],
    ['of a verb inside', '<Gather action="/a"><Say foo="1">Kies</Say></Gather>', ['say.foo']],
    ['of a number', '<Dial><Number foo="1" byoc="BY1">+31201234567</Number></Dial>', ['number.foo', 'number.byoc']],
    [
      'of a SIP address',
      '<Dial bar="2"><Sip username="u" password="p">sip:a@pbx.example.com</Sip></Dial>',
      ['dial.bar', 'sip.username', 'sip.password'],
    ],
    ['of a conference', '<Dial><Conference region="ie1">standup</Conference></Dial>', ['conference.region']],
    ['that several have', '<Say foo="1">a</Say><Say foo="2">b</Say>', ['say.foo']],
  ])('%s', (_what, inside, ignored) => {
    expect(xml(inside)).toMatchObject({ ignored });
  });

  it('in JSON, and in an inline flow', () => {
    const targets = [{ noun: 'number', to: '+31201234567', foo: 1 }];
    expect(readInline([{ verb: 'dial', targets }])).toMatchObject({ ignored: ['number.foo'] });
  });
});

describe('a list of words', () => {
  it.each([
    [
      '<Record action="/a" recordingStatusCallbackEvent="completed absent"/>',
      { recordingStatusCallbackEvent: 'completed' },
    ],
    [
      '<Dial><Conference statusCallbackEvent="start modify end">x</Conference></Dial>',
      { statusCallbackEvent: 'start end' },
    ],
  ])('in XML may have what TwiML has besides, without a word about it: %s', (inside, attributes) => {
    expect(xml(inside)).toMatchObject({ verbs: [attributes], warnings: [] });
  });

  it('in XML leaves out a word that nobody knows, and its author is told', () => {
    const number = '<Number statusCallbackEvent="answered hung-up">+31201234567</Number>';
    expect(xml(`<Dial>${number}</Dial>`)).toMatchObject({
      verbs: [{ targets: [{ statusCallbackEvent: 'answered' }] }],
      warnings: ['number.statusCallbackEvent has an unknown word, which is ignored: hung-up'],
    });
    expect(xml('<Record action="/a" recordingStatusCallbackEvent="nothing"/>')).toMatchObject({
      verbs: [{ recordingStatusCallbackEvent: '' }],
    });
  });

  it('in JSON has only words that are known', () => {
    const verbs = [{ verb: 'record', action: 'https://x.example/', recordingStatusCallbackEvent: 'absent' }];
    expect(readInline(verbs)).toMatchObject({ code: 'flow_invalid' });
  });
});
